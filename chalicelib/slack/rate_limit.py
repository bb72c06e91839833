"""At most twenty messages a minute. Further messages are kept in a table, and posted as one digest after the minute.

Many containers run the notifier at the same time, so a table counts for all of them. One delivery per minute claims the
digest, waits until the minute is over and posts it. A claim is never lost: Lambda's retry of that delivery, or its
redrive days later, finds the claim and posts the digest. If the table cannot be used, messages are posted individually.
"""

import logging
from datetime import datetime, timedelta
from enum import Enum

from chalicelib.errors import AwsRefused, NotDone
from chalicelib.slack.delivery import Delivery
from chalicelib.slack.gateways import NotifyGateways
from chalicelib.slack.messages import SlackMessage, digest

logger = logging.getLogger(__name__)

MESSAGES_A_MINUTE = 20
POSTED_AFTER = timedelta(seconds=5)
"""How long after the end of its minute a digest is posted, so that it includes late writes."""
IN_TIME = timedelta(seconds=2)
"""How long after the end of its minute an entry is certain to be in the digest."""


class Verdict(Enum):
    """The handling of a message. The log contains the values."""

    POST = "posted"
    KEEP = "kept for the digest"


def admit(delivery: Delivery, message: SlackMessage, gateways: NotifyGateways) -> tuple[Verdict, str | None]:
    """Count a message, and keep it for the digest if its minute is full.

    Returns
    -------
    Verdict, str or None
        The handling of the message, and the minute whose digest this delivery has to post.
    """
    try:
        return _admitted(delivery, message, gateways)
    except (AwsRefused, NotDone) as error:
        logger.warning("the table of notification rates cannot be used; messages are posted individually: %s", error)
        return Verdict.POST, None


def _admitted(delivery: Delivery, message: SlackMessage, gateways: NotifyGateways) -> tuple[Verdict, str | None]:
    rate, now = gateways.rate, gateways.now()
    claimed = rate.claimed_minute(delivery.id, _earliest(delivery)) if delivery.may_be_a_retry(now) else None
    if claimed:
        return Verdict.KEEP, claimed
    minute = _minute(now)
    if rate.count(minute) <= MESSAGES_A_MINUTE:
        return Verdict.POST, None
    rate.keep(minute, delivery.id, message.kind.name, message.summary.source)
    if gateways.now() > _end(minute) + IN_TIME:
        return Verdict.POST, None
    ours = rate.claimant(minute, delivery.id) == delivery.id
    return Verdict.KEEP, (minute if ours else None)


def post_digest(minute: str, gateways: NotifyGateways) -> None:
    """Wait until `minute` is over, and post its digest unless it was posted before.

    Raises
    ------
    NotDone, AwsRefused
        Slack or the table failed. The claim remains, and the retry finds it.
    """
    wait = _end(minute) + POSTED_AFTER - gateways.now()
    if wait > timedelta(0):
        gateways.pause(wait.total_seconds())
    if gateways.rate.is_posted(minute):
        return
    text, blocks = digest(_start(minute), MESSAGES_A_MINUTE, gateways.rate.kept(minute))
    gateways.slack.post(text, blocks)
    try:
        gateways.rate.mark_posted(minute)
    except (AwsRefused, NotDone) as error:
        logger.warning("the digest of %s is posted, but not marked as posted: %s", minute, error)


def _earliest(delivery: Delivery) -> str:
    """The first minute in which a delivery can have claimed a digest. SNS's clock may be ahead of ours."""
    return _minute(delivery.published_at - timedelta(minutes=1)) if delivery.published_at else ""


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def _start(minute: str) -> datetime:
    return datetime.fromisoformat(f"{minute}:00+00:00")


def _end(minute: str) -> datetime:
    return _start(minute) + timedelta(minutes=1)
