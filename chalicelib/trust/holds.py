"""Findings that wait: for somebody's approval, for the end of their grace, or because their rule is only observed.

There is one hold for each resource and Config rule, however often the same is found; it covers what people were told
of, part by part. What is found beside that is another finding: it is told, and waits from its own beginning.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from chalicelib.messages import Finding, Violation
from chalicelib.modes import Handling, Mode
from chalicelib.trust.exemptions import as_text, instant
from chalicelib.trust.parts import parts

DECISION_HOLDS = timedelta(days=7)
"""An approval is good for so long, as long as a queued message; and so long a rejected finding is not asked about."""


class State(StrEnum):
    """How far a hold has come."""

    OBSERVED = "observed"
    APPROVAL = "approval"
    """It waits for somebody's approval."""
    GRACE = "grace"
    """It goes on by itself once its grace is over."""
    APPROVED = "approved"
    """Somebody has let it go on; the coordinator queues it anew."""
    RELEASED = "released"
    """It was queued anew."""
    REJECTED = "rejected"
    """Somebody wants it left as it is."""
    DONE = "done"
    """A remediator has brought it to its end."""


IS_DUE = frozenset({State.GRACE, State.APPROVED})
"""What the coordinator queues anew once its time has come."""
GOES_ON = frozenset({State.APPROVED, State.RELEASED})
LISTED = (State.APPROVAL, *sorted(IS_DUE), State.OBSERVED, State.REJECTED)
"""What people may want to see, and decide about."""


@dataclass(frozen=True)
class Hold:
    """One finding that waits, over all its repetitions.

    Attributes
    ----------
    finding : Finding
        As it was raised last.
    covers : tuple of str
        The parts of the violations that people were told of.
    since : str
        When it began to wait; ISO 8601, UTC.
    due_at : str
        When it goes on by itself, or was let go on; ISO 8601, UTC.
    who, reason : str
        Who decided (an ARN), and why; empty: nobody did.
    is_told : bool
        Whether people were told that it waits.
    """

    finding: Finding
    state: State
    covers: tuple[str, ...]
    since: str
    due_at: str
    who: str = ""
    reason: str = ""
    is_told: bool = False

    @property
    def hold_id(self) -> str:
        return hold_id(self.finding)

    def is_about(self, violations: Iterable[Violation]) -> bool:
        """Whether people were told of all of `violations`."""
        return _parts(violations) <= set(self.covers)

    def lets_go(self, handling: Handling, violations: Iterable[Violation], now: datetime) -> bool:
        """Whether `violations` may be fixed now; in mode `approve` nobody's grace counts as an approval."""
        is_let = self.state in GOES_ON and (bool(self.who) or handling.mode is Mode.ENFORCE)
        return is_let and handling.mode is not Mode.OBSERVE and self._is_fresh(now) and self.is_about(violations)

    def stands(self, other: Self, now: datetime) -> bool:
        """Whether it still holds although `other` would be the hold of the finding that came now."""
        if not self.is_about(other.finding.violations):
            return False
        was_rejected = self.state is State.REJECTED and self._is_fresh(now)
        return self.state is other.state or (was_rejected and other.state is not State.OBSERVED)

    def decided(self, state: State, who: str, reason: str, now: datetime) -> Self:
        """As somebody has decided."""
        return replace(self, state=state, who=who, reason=reason, due_at=as_text(now))

    def released(self, now: datetime) -> Self:
        """As it is queued anew; an approval gets no younger by that."""
        return replace(self, state=State.RELEASED, due_at=self.due_at if self.who else as_text(now))

    def used(self) -> Self | None:
        """As a remediator has brought it to its end; None: it waits anew, for something else."""
        return replace(self, state=State.DONE) if self.state in GOES_ON else None

    def _is_fresh(self, now: datetime) -> bool:
        return now < instant(self.due_at, "dueAt") + DECISION_HOLDS


def held(finding: Finding, handling: Handling, now: datetime) -> Hold:
    """A hold of a finding that nobody was told of yet."""
    state = {Mode.OBSERVE: State.OBSERVED, Mode.APPROVE: State.APPROVAL, Mode.ENFORCE: State.GRACE}[handling.mode]
    covers = tuple(sorted(_parts(finding.violations)))
    return Hold(finding, state, covers, as_text(now), as_text(now + handling.grace))


def received(known: Hold | None, finding: Finding, handling: Handling, now: datetime) -> Hold | None:
    """The hold in which `finding` has to wait; None: it may go on.

    Where the same waits already it keeps its place, its decision and its times, with what is found now.
    """
    new = held(finding, handling, now)
    if known is None:
        return new
    if known.lets_go(handling, finding.violations, now):
        return None
    if not known.stands(new, now):
        return new
    return replace(known, finding=replace(finding, detected_at=known.finding.detected_at))


def hold_id(finding: Finding) -> str:
    """The same for every finding of one resource by one Config rule: `w-` and twelve hexadecimal digits."""
    what = json.dumps([*finding.resource, finding.raised_by_rule])
    return "w-" + hashlib.sha256(what.encode()).hexdigest()[:12]


def _parts(violations: Iterable[Violation]) -> set[str]:
    return {part for violation in violations for part in parts(violation)}
