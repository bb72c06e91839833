"""Answer inquiries from CloudTrail: who opened a violation, and what our puts have overwritten.

CloudTrail lags by minutes, and allows two calls a second.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.errors import AwsRefused, BadInput, NotDone, shortened
from chalicelib.exposure.trail_events import TrailEvent
from chalicelib.findings import whereabouts
from chalicelib.investigation.actors import Answer, answer
from chalicelib.investigation.ask import LOOK_AGAIN, InquiringGateways
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.investigation.puts import InvestigatePutsGateways, investigate_puts
from chalicelib.json_values import demand_past
from chalicelib.notify import Actor, Certainty, Rejection
from chalicelib.pipeline.intake import Deployment, demand_ours
from chalicelib.rules import RULES

logger = logging.getLogger(__name__)

LONGEST = 1200
"""Seconds after which the inquiry is given up."""
MOST_PAGES = 10
PAUSE = 1.0
"""Seconds after each call, so that two concurrent investigators make at most two calls a second."""
READING = timedelta(seconds=35)
"""How long pages are read: a page takes at most 20 s, and the function's timeout is 60 s."""
JUST_BEFORE = timedelta(minutes=30)

_UNREAD = "CloudTrail has more events than were read, and none of the latest events could have opened the violation."
_NOTHING = "CloudTrail has no event that could have opened the violation: it may be older than 90 days."


class InvestigateGateways(InquiringGateways, InvestigatePutsGateways, Deployment, Protocol):
    """What `investigate` needs of the outside."""

    def events(self, inquiry: Inquiry) -> Iterator[tuple[TrailEvent, ...]]: ...

    def reject(self, body: str, reason: str) -> str: ...


def investigate(event: Mapping[str, Any], gateways: InvestigateGateways) -> None:
    """Answer the inquiries in an SQS event, each on its own: tell people, or ask again later.

    Raises
    ------
    ExceptionGroup
        Some inquiries could neither be answered nor sent again: SQS delivers them again.
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
        inquiry = _inquiry(record["body"], now, gateways)
    except BadInput as error:
        queue = gateways.reject(record["body"], str(error))
        gateways.publish(Rejection(queue, str(error), shortened(record["body"], 500)))
        return
    left = LONGEST - int((now - inquiry.asked).total_seconds())
    try:
        if inquiry.puts and (investigate_puts(inquiry, gateways) or left <= 0):
            inquiry = replace(inquiry, puts=())
        if inquiry.violations:
            found, why = _found(inquiry, now, gateways)
            if left <= 0 or _is_believed_early(found, inquiry):
                gateways.publish(_told(inquiry, found, "" if found.event else why))
                inquiry = replace(inquiry, violations=())
    except AwsRefused as refusal:
        if inquiry.violations:
            gateways.publish(_told(inquiry, Answer(), str(refusal)))
        return
    if inquiry.puts or inquiry.violations:
        gateways.inquire(inquiry, min(LOOK_AGAIN, left))


def _is_believed_early(found: Answer, inquiry: Inquiry) -> bool:
    """Whether it was opened just before it was found; if not, CloudTrail may still lack a later closing and opening."""
    return bool(found.opened and found.event and inquiry.detected - found.event.at <= JUST_BEFORE)


def _inquiry(body: str, now: datetime, gateways: InvestigateGateways) -> Inquiry:
    """The checked inquiry; one from the future would be repeated forever."""
    inquiry = Inquiry.from_body(body)
    demand_ours(inquiry.aws_account_id, inquiry.aws_region, gateways)
    demand_past(inquiry.asked_at, "message.askedAt", now)
    demand_past(inquiry.detected_at, "message.detectedAt", now)
    return inquiry


def _found(inquiry: Inquiry, started: datetime, gateways: InvestigateGateways) -> tuple[Answer, str]:
    """The answer, from as few of the latest events as needed; and the reason if it is empty."""
    own = frozenset(gateways.role(rule.remediator) for rule in RULES)
    events: list[TrailEvent] = []
    found = Answer()
    try:
        for number, page in enumerate(gateways.events(inquiry), 1):
            gateways.pause(PAUSE)
            events += page
            found = answer(inquiry, events, own)
            if found.opened:
                break
            if number == MOST_PAGES or datetime.fromisoformat(gateways.timestamp()) - started > READING:
                return found, _UNREAD
    except NotDone as error:
        gateways.pause(PAUSE)
        return found, f"CloudTrail could not be read: {error}"
    return found, _NOTHING


def _told(inquiry: Inquiry, found: Answer, reason: str) -> Actor:
    event = found.event
    known = Certainty.OPENED if found.opened else Certainty.LAST_CHANGE
    return Actor(
        certainty=known if event else Certainty.UNKNOWN,
        remediation_id=inquiry.remediation_id,
        **whereabouts(inquiry),
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
