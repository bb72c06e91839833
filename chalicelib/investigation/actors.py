"""Finds out who opened a violation, from CloudTrail's events of a resource.

If somebody closed the violation after an event that opened it, a later event opened it again, which CloudTrail may not
have yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.exposure.event_effect import EventEffect
from chalicelib.exposure.trail_events import TrailEvent, text
from chalicelib.findings import Violation
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.resources import SECURITY_GROUP
from chalicelib.rules.s3_bucket.opened_by import on_bucket
from chalicelib.rules.security_group.opened_by import on_group, outlasts


@dataclass(frozen=True)
class Answer:
    """The call that opened violations, as far as known.

    Attributes
    ----------
    event : TrailEvent or None
        The call; None if unknown.
    opened : tuple of str
        The violations that it opened, in words; empty if it is only the last change that may have opened them.
    """

    event: TrailEvent | None = None
    opened: tuple[str, ...] = ()


def answer(inquiry: Inquiry, events: Iterable[TrailEvent], own_roles: frozenset[str]) -> Answer:
    """The event that opened the most violations, the latest of several; else the last event that may have opened one.

    Parameters
    ----------
    events : iterable of TrailEvent
        CloudTrail's events of the resource, in any order.
    own_roles : frozenset of str
        The names of our remediators' roles. They never open violations; what they closed before the detection is
        closed.
    """
    made = [each for each in events if not each.error and not each.is_read_only and each.at <= inquiry.asked]
    latest_first = sorted(_before_our_fix(made, inquiry, own_roles), key=lambda each: each.at, reverse=True)
    opened: dict[str, tuple[str, ...]] = {}
    lasts: list[TrailEvent] = []
    for violation in inquiry.violations:
        effect, event = _searched(inquiry, violation, latest_first, own_roles)
        if event and effect is EventEffect.OPENS:
            opened[event.event_id] = (*opened.get(event.event_id, ()), violation.reason)
        elif event:
            lasts.append(event)
    found = [each for each in latest_first if each.event_id in opened]
    if found:
        best = max(found, key=lambda each: (len(opened[each.event_id]), each.at))
        return Answer(best, opened[best.event_id])
    return Answer(max(lasts, key=lambda each: each.at, default=None))


def _before_our_fix(events: Sequence[TrailEvent], inquiry: Inquiry, own_roles: frozenset[str]) -> Sequence[TrailEvent]:
    """The events until our fix: a violation opened after it is another finding."""
    ours = (each.at for each in events if is_own(each, inquiry.aws_account_id, own_roles))
    fixed = max((at for at in ours if at >= _whole(inquiry.detected)), default=inquiry.asked)
    return [each for each in events if each.at <= fixed]


def _whole(when: datetime) -> datetime:
    """The time in whole seconds, as in CloudTrail."""
    return when.replace(microsecond=0)


def _searched(
    inquiry: Inquiry, violation: Violation, latest_first: Sequence[TrailEvent], own_roles: frozenset[str]
) -> tuple[EventEffect | None, TrailEvent | None]:
    """The event that opened the violation, or the last one that may have; None if there is neither."""
    last: TrailEvent | None = None
    detected = _whole(inquiry.detected)
    effect_on = on_group if inquiry.target_resource_type == SECURITY_GROUP else on_bucket
    for event in latest_first:
        effect = effect_on(event, violation)
        if effect is None:
            continue
        if is_own(event, inquiry.aws_account_id, own_roles):
            if effect.ends_the_search and event.at < detected:
                break
            continue
        if effect is EventEffect.OPENS and not outlasts(event, latest_first):
            return None, last or event
        if effect is EventEffect.OPENS:
            return (effect if _is_certain(event, violation) else None), event
        last = last or (event if effect.may_have_opened else None)
        if effect.ends_the_search:
            break
    return None, last


def _is_certain(event: TrailEvent, violation: Violation) -> bool:
    """Whether the violation cannot have been open before: EC2 refuses to authorize a rule that exists.

    A rule, policy or setting that was replaced may have been open before. So may a prefix list, whose entries others
    change.
    """
    return event.name == "AuthorizeSecurityGroupIngress" and not violation.violation_details.get("prefixListIds")


def is_own(event: TrailEvent, account_id: str, own_roles: frozenset[str]) -> bool:
    """Whether one of our remediators made the call, by the name and account of its role."""
    role = text(event.issuer, "arn").partition(":role/")[2].rpartition("/")[2]
    return role in own_roles and text(event.issuer, "accountId") == account_id
