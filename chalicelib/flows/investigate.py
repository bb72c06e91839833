"""Answer inquiries: who opened what was found, by CloudTrail, which lags by minutes and bears two calls a second."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from chalicelib.errors import AwsRefused, BadInput, NotDone, shortened
from chalicelib.flows.inquire import LOOK_AGAIN, InquiringGateways
from chalicelib.inquiries import Inquiry
from chalicelib.notifications import Actor, Certainty, Notification, Rejection
from chalicelib.reading import parsed
from chalicelib.rules import RULES
from chalicelib.trust.actors import Answer, answer
from chalicelib.trust.trail_events import TrailEvent

logger = logging.getLogger(__name__)

LONGEST = 1200
"""Seconds after which the question is given up."""
MOST_PAGES = 10
PAUSE = 1.0
"""Seconds after each call, so that two investigators at once keep to two calls a second."""
CLOCKS = timedelta(minutes=5)
"""By how much clocks may differ; a question from further in the future would be asked for ever."""

_NOTHING = "CloudTrail has no call that bears on it: it is older than 90 days, or was made elsewhere."


class InvestigateGateways(InquiringGateways, Protocol):
    """What `investigate` needs of the outside."""

    @property
    def max_receive_count(self) -> int: ...

    def role(self, function: str) -> str: ...

    def events(self, inquiry: Inquiry) -> Iterator[tuple[TrailEvent, ...]]: ...

    def reject(self, body: str, reason: str) -> str: ...

    def publish(self, notification: Notification) -> None: ...

    def pause(self, seconds: float) -> None: ...


def investigate(event: Mapping[str, Any], gateways: InvestigateGateways) -> None:
    """Answer the inquiries in an SQS event, each on its own: tell people, or ask again later.

    Raises
    ------
    ExceptionGroup
        Those that failed: SQS delivers them again.
    """
    failed: list[Exception] = []
    for record in event["Records"]:
        try:
            _answer(record, gateways)
        except Exception as error:
            logger.exception("not answered: %s", shortened(record["body"], 1000))
            failed.append(error)
    if failed:
        raise ExceptionGroup("not answered", failed)


def _answer(record: Mapping[str, Any], gateways: InvestigateGateways) -> None:
    now = datetime.fromisoformat(gateways.timestamp())
    try:
        inquiry = _inquiry(record["body"], now)
    except BadInput as error:
        queue = gateways.reject(record["body"], str(error))
        gateways.publish(Rejection(queue, str(error), shortened(record["body"], 500)))
        return
    try:
        found = _found(inquiry, gateways)
    except AwsRefused as refusal:
        gateways.publish(_told(inquiry, Answer(), str(refusal)))
        return
    except NotDone as error:
        if int(record["attributes"]["ApproximateReceiveCount"]) < gateways.max_receive_count:
            raise
        gateways.publish(_told(inquiry, Answer(), f"CloudTrail could not be asked: {error}"))
        return
    left = LONGEST - int((now - inquiry.asked).total_seconds())
    if found.opened or left <= 0:
        gateways.publish(_told(inquiry, found, "" if found.event else _NOTHING))
    else:
        gateways.inquire(inquiry, min(LOOK_AGAIN, left))


def _inquiry(body: str, now: datetime) -> Inquiry:
    inquiry = Inquiry.from_json(parsed(body))
    if inquiry.asked > now + CLOCKS:
        raise BadInput("message.askedAt", inquiry.asked_at, "a time that has come")
    return inquiry


def _found(inquiry: Inquiry, gateways: InvestigateGateways) -> Answer:
    """By the latest events, as few as it takes."""
    own = frozenset(gateways.role(rule.remediator) for rule in RULES)
    events: list[TrailEvent] = []
    found = Answer()
    for page in islice(gateways.events(inquiry), MOST_PAGES):
        gateways.pause(PAUSE)
        events += page
        found = answer(inquiry, events, own)
        if found.opened:
            break
    return found


def _told(inquiry: Inquiry, found: Answer, reason: str) -> Actor:
    event = found.event
    known = Certainty.OPENED if found.opened else Certainty.LAST_CHANGE
    return Actor(
        certainty=known if event else Certainty.UNKNOWN,
        remediation_id=inquiry.remediation_id,
        raised_by_rule=inquiry.raised_by_rule,
        aws_account_id=inquiry.aws_account_id,
        aws_region=inquiry.aws_region,
        target_resource_type=inquiry.target_resource_type,
        target_resource_id=inquiry.target_resource_id,
        detected_at=inquiry.detected_at,
        violations=found.opened or tuple(violation.reason for violation in inquiry.violations),
        who=event.who if event else "",
        described=event.described if event else "",
        source=event.address if event else "",
        user_agent=event.user_agent if event else "",
        event_name=event.name if event else "",
        event_id=event.event_id if event else "",
        event_time=event.at.isoformat(timespec="seconds") if event else "",
        reason=reason,
    )
