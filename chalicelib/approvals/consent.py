"""Consent: whether a remediator may fix what it finds now. The holds decide, never a message."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.approvals.holds import Hold, consented, covered, hold_id
from chalicelib.errors import DdAwsError, MustWait
from chalicelib.exemptions.exemptions import instant
from chalicelib.findings import Finding, Violation
from chalicelib.modes import Handling

logger = logging.getLogger(__name__)


UNTIL_ASKED = 60
"""Seconds until the coordinator receives it: prevents a hot loop while the coordinator has other settings."""


class NotConsented(MustWait):
    """The fix lacks a consent: the current finding waits."""

    def __init__(self, reason: str, finding: Finding) -> None:
        self.finding = finding
        super().__init__(reason, UNTIL_ASKED)


class Consents(Protocol):
    """The store of holds."""

    def of(self, hold_id: str, /) -> Sequence[Hold]: ...

    def change(self, hold_id: str, change: Callable[[Hold | None], Hold | None], now: datetime, /) -> Hold | None: ...


class ConsentGateways(Protocol):
    """What a consent needs of the outside."""

    @property
    def holds(self) -> Consents: ...

    @property
    def asks_nobody(self) -> bool: ...

    def handling(self, config_rule: str) -> Handling: ...

    def timestamp(self) -> str: ...


def consented_parts(now: Finding, gateways: ConsentGateways) -> set[str] | None:
    """The parts of `now` that are approved or whose grace period is over; None if the rule needs neither."""
    handling = gateways.handling(now.raised_by_rule)
    if handling.is_immediate:
        return None
    return consented(gateways.holds.of(hold_id(now)), now, handling, instant(gateways.timestamp(), "timestamp"))


def demand_consent(now: Finding, gateways: ConsentGateways) -> None:
    """NotConsented if a part of `now` needs an approval or a grace period and has none."""
    parts = consented_parts(now, gateways)
    if parts is not None and not covered(now.violations) <= parts:
        mode = gateways.handling(now.raised_by_rule).mode
        raise NotConsented(f"The rule's mode is {mode}, and nobody has approved this fix.", now)


def use_consent(finding: Finding, closed: Sequence[Violation], gateways: ConsentGateways, *, is_all: bool) -> None:
    """Use up the consent for what was closed: if opened again, it needs a new one. On errors, it ends in a week."""
    if gateways.asks_nobody:
        return
    now = instant(gateways.timestamp(), "timestamp")
    try:
        for hold in gateways.holds.of(hold_id(finding)):
            gateways.holds.change(
                hold.hold_id, lambda known: known.used(closed, now, is_all=is_all) if known else None, now
            )
    except DdAwsError as error:
        logger.warning("a consent could not be used up: %s", error)
