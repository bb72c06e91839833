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
SETTLED = timedelta(minutes=5)
"""How long after a fix AWS Config may still judge what was before it."""
SEEN_AGAIN = timedelta(days=2)
"""What was not found for longer, although all is judged daily, was over; what is found then is told anew."""


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
LISTED = (State.APPROVAL, *sorted(IS_DUE), State.RELEASED, State.OBSERVED, State.REJECTED)
"""What people may want to see, and decide about."""


@dataclass(frozen=True)
class Hold:
    """One finding that waits, over all its repetitions.

    Attributes
    ----------
    finding : Finding
        As it was raised last.
    covers : tuple of str
        The parts of the violations that people were told of, or have decided about.
    since, seen_at : str
        When it began to wait, and when it was found last; ISO 8601, UTC.
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
    seen_at: str
    due_at: str
    who: str = ""
    reason: str = ""
    is_told: bool = False

    @property
    def hold_id(self) -> str:
        return hold_id(self.finding)

    def is_about(self, finding: Finding) -> bool:
        """Whether it covers all that was found, and that was judged, and would be fixed, by the same parameters."""
        judged_alike = dict(self.finding.rule_parameters) == dict(finding.rule_parameters)
        return judged_alike and covered(finding.violations) <= set(self.covers)

    def lets_go(self, handling: Handling, finding: Finding, now: datetime) -> bool:
        """Whether `finding` may be fixed now; in mode `approve` nobody's grace counts as an approval."""
        is_let = self.state in GOES_ON and (bool(self.who) or handling.mode is Mode.ENFORCE)
        return is_let and handling.mode is not Mode.OBSERVE and self._is_fresh(now) and self.is_about(finding)

    def stands(self, other: Self, now: datetime) -> bool:
        """Whether it still holds although `other` would be the hold of the finding that came now."""
        if not self.is_about(other.finding):
            return False
        if self.state is State.REJECTED:
            return self._is_fresh(now)
        is_known = self.is_told or self.state is State.OBSERVED
        return self.state is other.state and is_known and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Whether it was closed, or exempted, since it was found last: what is wrong is found daily."""
        return now >= instant(self.seen_at, "seenAt") + SEEN_AGAIN

    def seen(self, finding: Finding, now: datetime) -> Self:
        """As the same is found again."""
        same = replace(finding, detected_at=self.finding.detected_at)
        return replace(self, finding=same, seen_at=as_text(now))

    def decided(self, state: State, finding: Finding, who: str, reason: str, now: datetime) -> Self:
        """As somebody has decided who was shown `finding`: about that and nothing else."""
        return replace(
            self,
            finding=finding,
            covers=tuple(sorted(covered(finding.violations))),
            state=state,
            who=who,
            reason=reason,
            due_at=as_text(now),
            is_told=True,
        )

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be queued anew; nobody's grace is over who was never told of it."""
        is_known = self.is_told or self.state is not State.GRACE
        return self.state in IS_DUE and is_known and instant(self.due_at, "dueAt") <= now

    def released(self, now: datetime) -> Self:
        """As it is queued anew; an approval gets no younger by that."""
        return replace(self, state=State.RELEASED, due_at=self.due_at if self.who else as_text(now))

    def used(self, closed: Iterable[Violation], now: datetime, *, is_all: bool) -> Self | None:
        """As a remediator has closed that, and perhaps all; None: it waits anew, for something else."""
        if self.state not in GOES_ON:
            return None
        left = () if is_all else tuple(part for part in self.covers if part not in covered(closed))
        return replace(self, covers=left) if left else replace(self, covers=(), state=State.DONE, due_at=as_text(now))

    def was_just_done(self, handling: Handling, now: datetime) -> bool:
        """Whether what is found now may be from before: a remediator, who reads the resource, has to see."""
        is_recent = now < instant(self.due_at, "dueAt") + SETTLED
        return self.state is State.DONE and is_recent and handling.mode is not Mode.OBSERVE

    def _is_fresh(self, now: datetime) -> bool:
        return now < instant(self.due_at, "dueAt") + DECISION_HOLDS


def held(finding: Finding, handling: Handling, now: datetime) -> Hold:
    """A hold of a finding that nobody was told of yet."""
    state = {Mode.OBSERVE: State.OBSERVED, Mode.APPROVE: State.APPROVAL, Mode.ENFORCE: State.GRACE}[handling.mode]
    covers = tuple(sorted(covered(finding.violations)))
    return Hold(finding, state, covers, as_text(now), as_text(now), as_text(now + handling.grace))


def received(known: Hold | None, finding: Finding, handling: Handling, now: datetime) -> Hold | None:
    """The hold in which `finding` has to wait; None: it may go on.

    Where the same waits already it keeps its place, its decision and its times, with what is found now.
    """
    new = held(finding, handling, now)
    if known is None:
        return new
    if known.lets_go(handling, finding, now) or known.was_just_done(handling, now):
        return None
    return known.seen(finding, now) if known.stands(new, now) else new


def hold_id(finding: Finding) -> str:
    """The same for every finding of one resource by one Config rule: `w-` and twelve hexadecimal digits."""
    what = json.dumps([*finding.resource, finding.raised_by_rule])
    return "w-" + hashlib.sha256(what.encode()).hexdigest()[:12]


def covered(violations: Iterable[Violation]) -> set[str]:
    """The parts of all `violations`."""
    return {part for violation in violations for part in parts(violation)}
