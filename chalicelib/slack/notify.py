"""Post what people need to know to Slack, from the messages on the topic and the events of EventBridge.

Of AWS Config's messages, only compliance changes are posted. EventBridge invokes the notifier with those of our own
Config rules, and a delivery channel may publish them to the topic. They count only if they are about the topic's own
account and region. The same applies to CloudWatch alarms.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from chalicelib.errors import BadInput
from chalicelib.slack.delivery import Delivery, believed
from chalicelib.slack.gateways import NotifyGateways
from chalicelib.slack.messages import compose, remark
from chalicelib.slack.messages.compliance import CHANGE_EVENT
from chalicelib.slack.rate_limit import Verdict, admit, post_digest
from chalicelib.slack.threads import News, is_folded, is_repeat, note, tell

logger = logging.getLogger(__name__)


def notify(event: Mapping[str, Any], gateways: NotifyGateways) -> None:
    """Post each record of the event that is worth reporting to Slack.

    A record that fails does not stop the others. Its error is raised after them, so that Lambda retries the event and
    finally moves it to the on-failure queue. SNS sends one record per event, so no message is posted twice.

    Parameters
    ----------
    event : Mapping
        The event of SNS: ``Records[].Sns.{Message, MessageId, Timestamp, Subject, TopicArn}``; or an event of
        EventBridge: ``{id, time, account, region, source, detail-type, detail}``.

    Raises
    ------
    BadInput
        The event, or a notification of our own, has the wrong shape.
    NotDone
        Slack or SSM could not be reached, or Slack's rate limit would last too long.
    ExceptionGroup
        Several records failed.
    """
    failures: list[Exception] = []
    digests: set[str] = set()
    for delivery in _deliveries(event, gateways):
        with _kept(failures):
            minute = _pass_on(delivery(), gateways)
            digests |= {minute} if minute else set()
    for minute in sorted(digests):
        with _kept(failures):
            post_digest(minute, gateways)
    if len(failures) > 1:
        raise ExceptionGroup(f"{len(failures)} notifications failed", failures)
    if failures:
        raise failures[0]


def _pass_on(delivery: Delivery, gateways: NotifyGateways) -> str | None:
    """Post one record, keep it for a digest or drop it; return the minute whose digest this delivery has to post."""
    if delivery.is_foreign:
        _log(delivery, "dropped: it is about another account or region than the topic's")
        return None
    message = compose(delivery.body, delivery.topic_arn, gateways.stage)
    if message is None:
        _log(delivery, "dropped")
        return None
    said = remark(delivery.body, delivery.published_at)
    if said and said.at:
        said = replace(said, at=believed(said.at, gateways.now()) or delivery.published_at)
    news = News(delivery.id, message, said)
    if is_repeat(news, gateways):
        _log(delivery, "dropped: a repeat", message.summary.source)
        return None
    if is_folded(news, gateways):
        note(news, gateways)
        _log(delivery, "dropped: the fix was reported", message.summary.source)
        return None
    verdict, minute = admit(delivery, message, gateways)
    if verdict is Verdict.POST:
        tell(news, gateways)
    else:
        note(news, gateways)
    _log(delivery, verdict.value, message.summary.source)
    return minute


def _log(delivery: Delivery, result: str, summary: str = "") -> None:
    line = {
        "messageType": delivery.message_type,
        "resource": delivery.resource,
        "result": result,
        "messageId": delivery.message_id,
        **({"summary": summary} if summary else {}),
    }
    logger.info(json.dumps(line))


def _deliveries(event: Mapping[str, Any], gateways: NotifyGateways) -> list[Callable[[], Delivery]]:
    """A reader of each delivery in the event."""
    now = gateways.now()
    if (event.get("source"), event.get("detail-type")) == ("aws.config", CHANGE_EVENT) and "Records" not in event:
        return [lambda: Delivery.from_event(event, now, gateways.topic_arn)]
    records = event.get("Records")
    if not isinstance(records, list):
        raise BadInput("event.Records", records, "a list")
    return [partial(Delivery.from_record, record, now) for record in records]


@contextmanager
def _kept(failures: list[Exception]) -> Iterator[None]:
    """Keep an exception, to be raised after the other records."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - it is raised later
        failures.append(error)
