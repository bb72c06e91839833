"""Whether a rule's mode lets a remediator change what it finds now: the hold says that, and no message does."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from chalicelib.errors import DdAwsError, MustWait
from chalicelib.messages import Finding, Violation
from chalicelib.modes import Handling
from chalicelib.rules import Plan
from chalicelib.trust.exemptions import instant
from chalicelib.trust.holds import Hold, hold_id

logger = logging.getLogger(__name__)


class NotConsented(MustWait):
    """Nobody has agreed to just this: it waits as a finding of what there is now."""

    def __init__(self, reason: str, finding: Finding) -> None:
        self.finding = finding
        super().__init__(reason)


class Consents(Protocol):
    """Where it is kept what somebody, or time, has let go on."""

    def read(self, hold_id: str, /) -> Hold | None: ...

    def change(self, hold_id: str, change: Callable[[Hold | None], Hold | None], now: datetime, /) -> Hold | None: ...


class ConsentGateways(Protocol):
    """What a consent depends on."""

    @property
    def holds(self) -> Consents: ...

    def handling(self, config_rule: str) -> Handling: ...

    def timestamp(self) -> str: ...


def demand_consent(finding: Finding, found: Sequence[Violation], plan: Plan, gateways: ConsentGateways) -> None:
    """NotConsented where what was `found` is not enforced at once, and did not get its approval or its grace."""
    handling = gateways.handling(finding.raised_by_rule)
    if handling.is_immediate:
        return
    hold = gateways.holds.read(hold_id(finding))
    if hold and hold.lets_go(handling, found, instant(gateways.timestamp(), "timestamp")):
        return
    now = replace(finding, violations=tuple(found), required_steps=plan.calls, notes=plan.notes)
    raise NotConsented(f"The rule's mode is {handling.mode}, and nobody has let this go on.", now)


def use_consent(finding: Finding, gateways: ConsentGateways) -> None:
    """Once it is closed: what comes after needs a consent of its own. One that is missed ends by itself in a week."""
    if gateways.handling(finding.raised_by_rule).is_immediate:
        return
    now = instant(gateways.timestamp(), "timestamp")
    try:
        gateways.holds.change(hold_id(finding), lambda known: known.used() if known else None, now)
    except DdAwsError as error:
        logger.warning("a consent was not used up: %s", error)
