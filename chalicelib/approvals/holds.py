"""Holds: findings that wait for an approval, for the end of a grace period, or since their rule is only observed.

A hold covers the parts of violations that people were notified of, however often they are found, and whatever a message
says. Violations that are found later, when the resource itself is read, wait in a separate hold, with their own
notification and their own time. Therefore, a new violation ends no decision and no grace period.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from chalicelib.errors import MustWait
from chalicelib.exemptions.exemptions import as_text, instant
from chalicelib.exposure.parts import parts
from chalicelib.findings import Finding, Violation
from chalicelib.modes import Handling, Mode

DECISION_HOLDS = timedelta(days=7)
"""How long an approval is valid, as long as a queued message; and how long a rejected finding is not reported again."""
SETTLED = timedelta(minutes=5)
"""How long after a fix AWS Config may still evaluate the earlier state."""
SEEN_AGAIN = timedelta(days=2)
"""A violation that was not found for longer was closed, since every resource is evaluated daily; if found again, it is
reported again."""


MOST_HOLDS = 10
"""The maximum number of holds of one resource and Config rule."""
LOOK_AGAIN = 900
"""Seconds until a finding is received again if there are too many holds."""


class State(StrEnum):
    """The state of a hold."""

    OBSERVED = "observed"
    APPROVAL = "approval"
    """It waits for an approval."""
    GRACE = "grace"
    """It is queued again when its grace period is over."""
    APPROVED = "approved"
    """Somebody approved it; the coordinator queues it again."""
    RELEASED = "released"
    """It was queued again."""
    REJECTED = "rejected"
    """Somebody rejected the fix: the resource stays as it is."""
    DONE = "done"
    """A remediator closed everything that it covers."""


STATES = {Mode.OBSERVE: State.OBSERVED, Mode.APPROVE: State.APPROVAL, Mode.ENFORCE: State.GRACE}
"""The state of a hold without a decision, by the mode of its rule."""
IS_DUE = frozenset({State.GRACE, State.APPROVED})
"""The states whose findings the coordinator queues again when they are due."""
GOES_ON = frozenset({State.APPROVED, State.RELEASED})
LISTED = (State.APPROVAL, *sorted(IS_DUE), State.RELEASED, State.OBSERVED, State.REJECTED)
"""The states of the holds that are listed for people."""


@dataclass(frozen=True)
class Hold:
    """A finding that waits, however often it is found.

    Attributes
    ----------
    finding : Finding
        The finding at the reading for which the hold was written.
    covers : tuple of str
        The parts of the violations that people were notified of, or decided about.
    since, seen_at : str
        When the hold began, and when the finding was last found; ISO 8601, UTC.
    due_at : str
        When the grace period ends, or when somebody decided; ISO 8601, UTC.
    who, reason : str
        Who decided (an ARN), and why; empty if nobody did.
    is_told : bool
        Whether people were notified of the hold.
    number : int
        The number of the hold, from 1, among those of the resource and the Config rule.
    """

    finding: Finding
    state: State
    covers: tuple[str, ...]
    since: str
    seen_at: str
    due_at: str
    who: str = ""
    reason: str = ""
    is_told: bool = False
    number: int = 1

    @property
    def hold_id(self) -> str:
        return hold_id(self.finding) + (f"-{self.number}" if self.number > 1 else "")

    def is_in_force(self, handling: Handling, finding: Finding, now: datetime) -> bool:
        """Whether it still decides about the parts that it covers, under the rule parameters of `finding`."""
        if dict(self.finding.rule_parameters) != dict(finding.rule_parameters):
            return False
        if self.state in GOES_ON:
            return self.consents(handling, finding, now)
        if self.state is State.REJECTED:
            return self._is_fresh(now)
        is_known = self.is_told or self.state is State.OBSERVED
        return self.state is STATES[handling.mode] and is_known and not self.is_over(now)

    def consents(self, handling: Handling, finding: Finding, now: datetime) -> bool:
        """Whether the parts that it covers may be fixed now; in mode `approve`, a grace period is no approval."""
        is_consent = self.state in GOES_ON and (bool(self.who) or handling.mode is Mode.ENFORCE)
        has_same_parameters = dict(self.finding.rule_parameters) == dict(finding.rule_parameters)
        return is_consent and handling.mode is not Mode.OBSERVE and self._is_fresh(now) and has_same_parameters

    def is_over(self, now: datetime) -> bool:
        """Whether the violation was closed or exempted since it was last found: violations are found daily."""
        return now >= instant(self.seen_at, "seenAt") + SEEN_AGAIN

    def seen(self, now: datetime) -> Self:
        """The hold after the finding was found again."""
        return replace(self, seen_at=as_text(now))

    def decided(self, state: State, finding: Finding, who: str, reason: str, now: datetime) -> Self:
        """The hold after a decision by somebody who was shown `finding`: about the parts in both."""
        return replace(
            self,
            finding=finding.fitted(),
            covers=tuple(sorted(covered(finding.violations) & set(self.covers))),
            state=state,
            who=who,
            reason=reason,
            due_at=as_text(now),
            is_told=True,
        )

    def is_due(self, now: datetime) -> bool:
        """Whether the finding must be queued again; a grace period ends only if people were notified."""
        is_known = self.is_told or self.state is not State.GRACE
        return self.state in IS_DUE and is_known and instant(self.due_at, "dueAt") <= now

    def released(self, now: datetime) -> Self:
        """The hold after its finding was queued again; the age of an approval stays the same."""
        return replace(self, state=State.RELEASED, due_at=self.due_at if self.who else as_text(now))

    def used(self, closed: Iterable[Violation], now: datetime, *, is_all: bool) -> Self | None:
        """The hold after a remediator closed violations (all if `is_all`); None if it waits again for a decision."""
        if self.state not in GOES_ON:
            return None
        left = () if is_all else tuple(part for part in self.covers if part not in covered(closed))
        return replace(self, covers=left) if left else replace(self, covers=(), state=State.DONE, due_at=as_text(now))

    def _is_fresh(self, now: datetime) -> bool:
        return now < instant(self.due_at, "dueAt") + DECISION_HOLDS


def held(finding: Finding, handling: Handling, now: datetime) -> Hold:
    """A hold of a finding that was not reported yet."""
    covers = tuple(sorted(covered(finding.violations)))
    state, due = STATES[handling.mode], as_text(now + handling.grace)
    return Hold(finding.fitted(), state, covers, as_text(now), as_text(now), due)


def new_hold(known: Sequence[Hold], found: Finding, handling: Handling, now: datetime) -> Hold | None:
    """The hold for the parts of `found` that no hold in force covers; None if there are none.

    Parameters
    ----------
    known : sequence of Hold
        All holds of the resource and the Config rule.
    found : Finding
        The violations of the resource itself, which was read just now.

    Raises
    ------
    MustWait
        There are too many holds with decisions already.
    """
    in_force = {hold.number: hold for hold in known if hold.is_in_force(handling, found, now)}
    new = covered(found.violations) - _covers(in_force.values())
    if not new:
        return None
    violations = tuple(each for each in found.violations if covered([each]) & new)
    hold = replace(held(replace(found, violations=violations), handling, now), covers=tuple(sorted(new)))
    for number in range(1, MOST_HOLDS + 1):
        if number not in in_force:
            return replace(hold, number=number)
    undecided = [each for each in in_force.values() if not each.who and each.state not in GOES_ON]
    if not undecided:
        raise MustWait(f"{MOST_HOLDS} decisions about the resource are already in force.", LOOK_AGAIN)
    last = max(undecided, key=lambda each: each.since)
    return replace(hold, number=last.number, covers=tuple(sorted(new | set(last.covers))))


def waiting(known: Iterable[Hold], finding: Finding, handling: Handling, now: datetime) -> tuple[Hold, ...]:
    """The holds in which all violations of `finding` wait, or were rejected; empty if some violation is in none."""
    in_force = [hold for hold in known if hold.is_in_force(handling, finding, now) and hold.state not in GOES_ON]
    parts = covered(finding.violations)
    return tuple(hold for hold in in_force if parts & set(hold.covers)) if parts <= _covers(in_force) else ()


def consented(known: Iterable[Hold], finding: Finding, handling: Handling, now: datetime) -> set[str]:
    """The parts that may be fixed now: they are approved, or their grace period is over."""
    return _covers(hold for hold in known if hold.consents(handling, finding, now))


def hold_id(finding: Finding) -> str:
    """The ID of the first hold of a resource and Config rule: `w-` and twelve hexadecimal digits. Others add `-2`."""
    what = json.dumps([*finding.resource, finding.raised_by_rule])
    return "w-" + hashlib.sha256(what.encode()).hexdigest()[:12]


def covered(violations: Iterable[Violation]) -> set[str]:
    """The parts of all `violations`."""
    return {part for violation in violations for part in parts(violation)}


def _covers(holds: Iterable[Hold]) -> set[str]:
    return {part for hold in holds for part in hold.covers}
