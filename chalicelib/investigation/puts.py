"""Find out from CloudTrail, which lags by minutes, whether our puts have overwritten somebody else's change."""

import logging
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from chalicelib.errors import NotDone
from chalicelib.exposure.trail_events import TrailEvent
from chalicelib.findings import whereabouts
from chalicelib.investigation.inquiry import SLACK, Inquiry
from chalicelib.investigation.overwritten import Overwritten, content, overwritten
from chalicelib.notify import ChangeOverwritten, Notification
from chalicelib.rules import RULES

logger = logging.getLogger(__name__)

MOST_PAGES = 2
"""The events of the few seconds around our puts usually fit into one page; the function's timeout is a minute."""
PAUSE = 1.0
"""Seconds after each call: CloudTrail allows two calls a second, and two investigators may run concurrently."""
EVENT_ID = re.compile(r"[0-9A-Za-z-]{1,64}")

_CERTAIN = "CloudTrail has this call after our last reading and before our own call, which replaced its settings."
_SAME_SECOND = (
    "CloudTrail's times are whole seconds, and this call was in the same second as our last reading or our own call. "
    "Ours has replaced its settings, unless it was made before our reading or after our call. Compare it with the "
    "current settings."
)


class InvestigatePutsGateways(Protocol):
    """What `investigate_puts` needs of the outside."""

    def role(self, function: str) -> str: ...

    def events_between(
        self, inquiry: Inquiry, since: datetime, until: datetime
    ) -> Iterator[tuple[TrailEvent, ...]]: ...

    def publish(self, notification: Notification) -> None: ...

    def pause(self, seconds: float) -> None: ...


def investigate_puts(inquiry: Inquiry, gateways: InvestigatePutsGateways) -> bool:
    """Notify people of the changes that our puts have overwritten; whether there were any in CloudTrail.

    Raises
    ------
    AwsRefused
        The permission to read CloudTrail is missing.
    """
    own_roles = frozenset(gateways.role(rule.remediator) for rule in RULES)
    events = _events(inquiry, gateways)
    found = (overwritten(put, events, inquiry.aws_account_id, own_roles) for put in inquiry.puts)
    lost = {each.event.event_id: each for each in found if each}
    for each in lost.values():
        gateways.publish(_told(inquiry, each))
    return bool(lost)


def _events(inquiry: Inquiry, gateways: InvestigatePutsGateways) -> list[TrailEvent]:
    """The bucket's events around our puts, most recent first, as far as they could be read."""
    since, until = min(put.read for put in inquiry.puts) - SLACK, max(put.put for put in inquiry.puts) + SLACK
    events: list[TrailEvent] = []
    try:
        for number, page in enumerate(gateways.events_between(inquiry, since, until), 1):
            gateways.pause(PAUSE)
            events += page
            if number == MOST_PAGES:
                logger.warning("CloudTrail has more events of %s than were read", inquiry.target_resource_id)
                break
    except NotDone as error:
        logger.warning("CloudTrail could not be read: %s", error)
        gateways.pause(PAUSE)
    return events


def _told(inquiry: Inquiry, lost: Overwritten) -> ChangeOverwritten:
    event = lost.event
    return ChangeOverwritten(
        remediation_id=inquiry.remediation_id,
        **whereabouts(inquiry),
        detected_at=inquiry.detected_at,
        who=event.who,
        described=event.described,
        source=event.address,
        user_agent=event.user_agent,
        event_name=event.name,
        event_id=event.event_id,
        event_time=event.at.isoformat(timespec="seconds"),
        content=content(event),
        our_action=lost.ours.action,
        our_time=lost.ours.put_at,
        certainty=_CERTAIN if lost.is_certain else _SAME_SECOND,
        next_step=_restored(inquiry, event),
    )


def _restored(inquiry: Inquiry, event: TrailEvent) -> str:
    """How to restore the overwritten change."""
    if event.name.startswith("Delete"):
        return f"If the settings should still be deleted, make the call {event.name} again."
    again = f"Make the call {event.name} again, without what makes the bucket public: that would be fixed again."
    if not EVENT_ID.fullmatch(event.event_id):
        return again
    command = (
        f"aws cloudtrail lookup-events --region {inquiry.aws_region} --query Events[0].CloudTrailEvent --output text "
        f"--lookup-attributes AttributeKey=EventId,AttributeValue={event.event_id}"
    )
    return f"{again} CloudTrail keeps the whole request for 90 days: {command}"
