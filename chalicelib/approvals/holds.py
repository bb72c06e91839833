"""Findings that wait: for somebody's approval, for the end of their grace, or because their rule is only observed.

A hold covers what people were told of, part by part, however often the same is found, and whatever a message says. What
is found beside that, once the resource itself was read, waits in a hold of its own: it is told, and waits from its own
beginning. So nobody's decision and no grace ends because something else is found.
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
"""An approval is good for so long, as long as a queued message; and so long a rejected finding is not asked about."""
SETTLED = timedelta(minutes=5)
"""How long after a fix AWS Config may still judge what was before it."""
SEEN_AGAIN = timedelta(days=2)
"""What was not found for longer, although all is judged daily, was over; what is found then is told anew."""


MOST_HOLDS = 10
"""Of one resource and Config rule, beside each other."""
LOOK_AGAIN = 900
"""Seconds until a finding that finds no room beside these is looked at again."""


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


STATES = {Mode.OBSERVE: State.OBSERVED, Mode.APPROVE: State.APPROVAL, Mode.ENFORCE: State.GRACE}
"""In which a finding waits that nobody has decided about, by the mode of its rule."""
IS_DUE = frozenset({State.GRACE, State.APPROVED})
"""What the coordinator queues anew once its time has come."""
GOES_ON = frozenset({State.APPROVED, State.RELEASED})
LISTED = (State.APPROVAL, *sorted(IS_DUE), State.RELEASED, State.OBSERVED, State.REJECTED)
"""What people may want to see, and decide about."""


@dataclass(frozen=True)
class Hold:
    """A finding that waits, over all its repetitions.

    Attributes
    ----------
    finding : Finding
        As the resource was when it was read for it.
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
    number : int
        From 1, among the holds of the resource and the Config rule.
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

    def stands(self, handling: Handling, finding: Finding, now: datetime) -> bool:
        """Whether it still speaks for what it covers, where that is judged by the parameters of `finding`."""
        if dict(self.finding.rule_parameters) != dict(finding.rule_parameters):
            return False
        if self.state in GOES_ON:
            return self.lets_go(handling, finding, now)
        if self.state is State.REJECTED:
            return self._is_fresh(now)
        is_known = self.is_told or self.state is State.OBSERVED
        return self.state is STATES[handling.mode] and is_known and not self.is_over(now)

    def lets_go(self, handling: Handling, finding: Finding, now: datetime) -> bool:
        """Whether what it covers may be fixed now; in mode `approve` nobody's grace counts as an approval."""
        is_let = self.state in GOES_ON and (bool(self.who) or handling.mode is Mode.ENFORCE)
        judged_alike = dict(self.finding.rule_parameters) == dict(finding.rule_parameters)
        return is_let and handling.mode is not Mode.OBSERVE and self._is_fresh(now) and judged_alike

    def is_over(self, now: datetime) -> bool:
        """Whether it was closed, or exempted, since it was found last: what is wrong is found daily."""
        return now >= instant(self.seen_at, "seenAt") + SEEN_AGAIN

    def seen(self, now: datetime) -> Self:
        """As the same is found again."""
        return replace(self, seen_at=as_text(now))

    def decided(self, state: State, finding: Finding, who: str, reason: str, now: datetime) -> Self:
        """As somebody has decided who was shown `finding`: about what that and the hold have in common."""
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

    def _is_fresh(self, now: datetime) -> bool:
        return now < instant(self.due_at, "dueAt") + DECISION_HOLDS


def held(finding: Finding, handling: Handling, now: datetime) -> Hold:
    """A hold of a finding that nobody was told of yet."""
    covers = tuple(sorted(covered(finding.violations)))
    state, due = STATES[handling.mode], as_text(now + handling.grace)
    return Hold(finding.fitted(), state, covers, as_text(now), as_text(now), due)


def beside(known: Sequence[Hold], found: Finding, handling: Handling, now: datetime) -> Hold | None:
    """The hold for those parts of `found` that no hold speaks for; None: there are none.

    Parameters
    ----------
    known : sequence of Hold
        All holds of the resource and the Config rule.
    found : Finding
        What the rule calls non-compliant about the resource itself, which was read just now.

    Raises
    ------
    MustWait
        There are so many holds already that people have decided about.
    """
    standing = {hold.number: hold for hold in known if hold.stands(handling, found, now)}
    new = covered(found.violations) - _covers(standing.values())
    if not new:
        return None
    violations = tuple(each for each in found.violations if covered([each]) & new)
    hold = replace(held(replace(found, violations=violations), handling, now), covers=tuple(sorted(new)))
    for number in range(1, MOST_HOLDS + 1):
        if number not in standing:
            return replace(hold, number=number)
    undecided = [each for each in standing.values() if not each.who and each.state not in GOES_ON]
    if not undecided:
        raise MustWait(f"{MOST_HOLDS} decisions about it are in force already.", LOOK_AGAIN)
    last = max(undecided, key=lambda each: each.since)
    return replace(hold, number=last.number, covers=tuple(sorted(new | set(last.covers))))


def waiting(known: Iterable[Hold], finding: Finding, handling: Handling, now: datetime) -> tuple[Hold, ...]:
    """The holds in which all that `finding` names waits, or was rejected; none: some of it does not."""
    standing = [hold for hold in known if hold.stands(handling, finding, now) and hold.state not in GOES_ON]
    parts = covered(finding.violations)
    return tuple(hold for hold in standing if parts & set(hold.covers)) if parts <= _covers(standing) else ()


def consented(known: Iterable[Hold], finding: Finding, handling: Handling, now: datetime) -> set[str]:
    """The parts that may be fixed now, since somebody has approved them, or their grace is over."""
    return _covers(hold for hold in known if hold.lets_go(handling, finding, now))


def hold_id(finding: Finding) -> str:
    """Of the first hold of one resource and Config rule: `w-` and twelve hexadecimal digits. Further ones add `-2`."""
    what = json.dumps([*finding.resource, finding.raised_by_rule])
    return "w-" + hashlib.sha256(what.encode()).hexdigest()[:12]


def covered(violations: Iterable[Violation]) -> set[str]:
    """The parts of all `violations`."""
    return {part for violation in violations for part in parts(violation)}


def _covers(holds: Iterable[Hold]) -> set[str]:
    return {part for hold in holds for part in hold.covers}
