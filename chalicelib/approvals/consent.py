"""Whether a rule's mode lets a remediator change what it finds now: the hold says that, and no message does."""

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
"""Seconds until the coordinator sees it: no hot loop where its settings are still, or for ever, other ones."""


class NotConsented(MustWait):
    """Nobody has agreed to just this: it waits as a finding of what there is now."""

    def __init__(self, reason: str, finding: Finding) -> None:
        self.finding = finding
        super().__init__(reason, UNTIL_ASKED)


class Consents(Protocol):
    """Where it is kept what somebody, or time, has let go on."""

    def of(self, hold_id: str, /) -> Sequence[Hold]: ...

    def change(self, hold_id: str, change: Callable[[Hold | None], Hold | None], now: datetime, /) -> Hold | None: ...


class ConsentGateways(Protocol):
    """What a consent depends on."""

    @property
    def holds(self) -> Consents: ...

    @property
    def asks_nobody(self) -> bool: ...

    def handling(self, config_rule: str) -> Handling: ...

    def timestamp(self) -> str: ...


def consented_parts(now: Finding, gateways: ConsentGateways) -> set[str] | None:
    """The parts of what is found `now` that have their approval or their grace; None: the rule asks for neither."""
    handling = gateways.handling(now.raised_by_rule)
    if handling.is_immediate:
        return None
    return consented(gateways.holds.of(hold_id(now)), now, handling, instant(gateways.timestamp(), "timestamp"))


def demand_consent(now: Finding, gateways: ConsentGateways) -> None:
    """NotConsented where some of what is found `now` is not enforced at once, and has no approval and no grace."""
    parts = consented_parts(now, gateways)
    if parts is not None and not covered(now.violations) <= parts:
        mode = gateways.handling(now.raised_by_rule).mode
        raise NotConsented(f"The rule's mode is {mode}, and nobody has approved this fix.", now)


def use_consent(finding: Finding, closed: Sequence[Violation], gateways: ConsentGateways, *, is_all: bool) -> None:
    """What was closed needs a consent of its own when it comes back. One that is missed ends by itself in a week."""
    if gateways.asks_nobody:
        return
    now = instant(gateways.timestamp(), "timestamp")
    try:
        for hold in gateways.holds.of(hold_id(finding)):
            gateways.holds.change(
                hold.hold_id, lambda known: known.used(closed, now, is_all=is_all) if known else None, now
            )
    except DdAwsError as error:
        logger.warning("a consent was not used up: %s", error)
