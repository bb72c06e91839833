"""Violations that come back each time they are fixed: noticed, told, and by the stage's setting left alone."""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.errors import DdAwsError, MustWait
from chalicelib.flows.inquire import InquiringGateways, ask_who
from chalicelib.messages import Finding, Violation
from chalicelib.notifications import Flapping, Notification
from chalicelib.trust.flapping import FlapAction, History, violation_key
from chalicelib.trust.record import remediation_id

logger = logging.getLogger(__name__)

LOOK_AGAIN = 900
"""Seconds until a finding that is left alone is looked at again; people are reminded once an hour."""


class Histories(Protocol):
    """What was fixed how often, by resource (``<account>/<region>/<type>/<id>``) and violation."""

    def fixed(self, resource: str, key: str, reason: str, remediation_id: str) -> None: ...

    def fights(self, resource: str) -> Mapping[str, History]: ...

    def is_reminder_due(self, resource: str, key: str) -> bool: ...


class FightGateways(InquiringGateways, Protocol):
    """What it takes to notice a fight, and to tell people."""

    @property
    def stage(self) -> str: ...

    @property
    def flap_action(self) -> FlapAction: ...

    @property
    def flapping(self) -> Histories: ...

    def publish(self, notification: Notification) -> None: ...


def keep_out_of_fights(finding: Finding, found: Sequence[Violation], gateways: FightGateways) -> None:
    """Tell people of a fight, at most once an hour; MustWait where all that was found is fought about, and so stays.

    Where something else was found as well, everything is fixed: a new hole does not stay open because of an old fight.
    """
    resource = "/".join(finding.resource)
    fights = gateways.flapping.fights(resource)
    fought = {key: fights[key] for key in _keys(finding, found) if key in fights}
    if not fought or len(fought) < len({*_keys(finding, found)}):
        return
    reasons = "; ".join(history.reason for history in fought.values())
    logger.warning("flapping: %s: %s", resource, reasons)  # the foundation has an alarm on the first word
    if gateways.flapping.is_reminder_due(resource, next(iter(fought))):
        gateways.publish(_news(finding, tuple(fought.values()), gateways))
        ask_who(finding, found, gateways)
    if gateways.flap_action is FlapAction.STOP:
        raise MustWait(f"It comes back each time it is fixed: {reasons}", LOOK_AGAIN)


def note_fixed(finding: Finding, closed: Sequence[Violation], gateways: FightGateways) -> None:
    """Write down what was fixed; what is missed is a fix that does not count, so the remediation goes on."""
    resource = "/".join(finding.resource)
    for violation in closed:
        try:
            key = violation_key(finding.raised_by_rule, violation)
            gateways.flapping.fixed(resource, key, violation.reason, remediation_id(finding))
        except DdAwsError as error:
            logger.warning("a fix was not counted: %s", error)


def _keys(finding: Finding, found: Sequence[Violation]) -> list[str]:
    return [violation_key(finding.raised_by_rule, violation) for violation in found]


def _news(finding: Finding, fought: tuple[History, ...], gateways: FightGateways) -> Flapping:
    stops = gateways.flap_action is FlapAction.STOP
    return Flapping(
        stage=gateways.stage,
        raised_by_rule=finding.raised_by_rule,
        aws_account_id=finding.aws_account_id,
        aws_region=finding.aws_region,
        target_resource_type=finding.target_resource_type,
        target_resource_id=finding.target_resource_id,
        violations=tuple(history.reason for history in fought),
        fixed_at=tuple(_iso(at) for at in sorted({at for history in fought for at in history.times})),
        left_until=_iso(max(history.fight_ends for history in fought)) if stops else "",
    )


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
