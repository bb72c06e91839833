"""The circuit breaker: how many changes a stage makes in any rolling hour, and how many of them for one source.

A change is one remediation of one resource, however many calls and tries it takes. It needs a slot: reserved before
work is forwarded, used just before the first call, and occupied for an hour from then on. All slots are one value, so
that whoever stores it can compare and swap it as a whole: concurrent functions take their turns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Self

HOUR = 3600.0
RESERVED = 7200.0
"""Seconds after which a reservation is nobody's any more: as long as a forwarded source message stays hidden."""
UNDIVIDED = 20
"""Limits below this are not divided among rules: half of so few would hold up a stage with one busy rule."""
PER_RESOURCE = 5
"""More than the three of one violation after which a fight with another tool is noticed."""
MOST = 500
"""More than these nobody can allow in an hour, nor let through: all slots have to fit one item of a table."""


@dataclass(frozen=True)
class Limits:
    """What a stage allows in an hour (`MAX_FIXES_PER_HOUR`); the shares follow from that."""

    per_hour: int

    @property
    def per_rule(self) -> int:
        """At most half is for one rule, so that a noisy one leaves the others their part."""
        return self.per_hour if self.per_hour < UNDIVIDED else ceil(self.per_hour / 2)


@dataclass(frozen=True)
class Claim:
    """Who wants to change what: a remediation, the Config rule that asks for it, and the resource."""

    remediation_id: str
    rule: str
    resource: str


@dataclass(frozen=True)
class Slot:
    """A claim's slot; times are seconds since 1970, `used_at` is None as long as it is only reserved."""

    claim: Claim
    reserved_at: float
    used_at: float | None = None

    @property
    def until(self) -> float:
        """When it is free again."""
        return self.reserved_at + RESERVED if self.used_at is None else self.used_at + HOUR


@dataclass(frozen=True)
class Use:
    """A claim's slot was used `at`; `earlier` is when it was used before, by another delivery, if so."""

    claim: Claim
    at: float
    earlier: float | None


@dataclass(frozen=True)
class Refusal:
    """No slot.

    Attributes
    ----------
    source : str
        Whose share is used up: ``stage``, or a rule, or a resource. People are told of each once.
    reason : str
        A sentence.
    seconds : int
        Until when there may be a slot.
    """

    source: str
    reason: str
    seconds: int


@dataclass(frozen=True)
class Ledger:
    """The slots of a stage.

    Attributes
    ----------
    let_through, let_through_at : int, float
        How many changes beyond the limit somebody has allowed, and when: for an hour.
    told : Mapping
        Source -> when it was last found to have used up its share, of those that people were told of.
    """

    slots: tuple[Slot, ...] = ()
    let_through: int = 0
    let_through_at: float = 0.0
    told: Mapping[str, float] = field(default_factory=dict)

    def taken(self, now: float) -> tuple[Slot, ...]:
        """The slots that are reserved, or were used within the last hour."""
        return tuple(slot for slot in self.slots if now < slot.until)

    def free(self, limits: Limits, now: float) -> int:
        """How many slots there are for whoever comes."""
        return max(0, limits.per_hour + self._extra(now) - len(self.taken(now)))

    def refusal(self, claim: Claim, limits: Limits, now: float) -> Refusal | None:
        """Why a claim gets no slot; None: it would get one."""
        return (
            self.full(limits, now)
            or (None if self._extra(now) else self._used_up("rule", claim.rule, limits.per_rule, now))
            or self._used_up("resource", claim.resource, PER_RESOURCE, now)
        )

    def full(self, limits: Limits, now: float) -> Refusal | None:
        """Why nobody gets a slot."""
        if self.free(limits, now):
            return None
        taken = self.taken(now)
        return Refusal("stage", f"The stage's {len(taken)} changes for this hour are used up.", _wait(taken, now))

    def reserve(self, claim: Claim, limits: Limits, now: float) -> Self | Refusal:
        """With a slot for the claim; it keeps the one that it has."""
        mine = self._of(claim, now)
        if mine is None and (refused := self.refusal(claim, limits, now)):
            return refused
        return self._with(mine if mine and mine.used_at else Slot(claim, now), now)

    def use(self, claim: Claim, limits: Limits, now: float) -> tuple[Self, Use] | Refusal:
        """With the claim's slot used; where its reservation has run out, or never was, it needs a free one."""
        mine = self._of(claim, now)
        if mine is None and (refused := self.refusal(claim, limits, now)):
            return refused
        slot = replace(mine or Slot(claim, now), used_at=now)
        return self._with(slot, now), Use(claim, now, mine.used_at if mine else None)

    def give_back(self, use: Use, now: float) -> Self:
        """Without a use of which nothing came; one before it stays, and so does one since, by another delivery."""
        mine = self._of(use.claim, now)
        if mine is None or mine.used_at != use.at:
            return self
        return (
            self._without(use.claim, now)
            if use.earlier is None
            else self._with(replace(mine, used_at=use.earlier), now)
        )

    def release(self, claim: Claim, now: float) -> Self:
        """Without the claim's reservation; what is used stays used."""
        mine = self._of(claim, now)
        return self._without(claim, now) if mine and mine.used_at is None else self

    def lift(self, more: int, now: float) -> Self:
        """As somebody lets it go on: what was used is forgotten, and for an hour `more` are let through."""
        reserved = tuple(slot for slot in self.taken(now) if slot.used_at is None)
        return replace(self, slots=reserved, let_through=min(more, MOST), let_through_at=now, told={})

    def is_news(self, refusal: Refusal, now: float) -> bool:
        """Whether the source's share was not found to be used up within the last hour."""
        return now - self.told.get(refusal.source, now - HOUR) >= HOUR

    def found(self, refusal: Refusal, now: float) -> Self:
        """With the source's share found to be used up; written down every five minutes, as long as it lasts."""
        told = {source: at for source, at in self.told.items() if now - at < HOUR}
        if now - told.get(refusal.source, now - HOUR) < HOUR / 12:
            return self
        return replace(self, told={**told, refusal.source: now})

    def _extra(self, now: float) -> int:
        return self.let_through if now < self.let_through_at + HOUR else 0

    def _of(self, claim: Claim, now: float) -> Slot | None:
        return next((slot for slot in self.taken(now) if slot.claim.remediation_id == claim.remediation_id), None)

    def _with(self, slot: Slot, now: float) -> Self:
        without = self._without(slot.claim, now)
        return replace(without, slots=(*without.slots, slot))

    def _without(self, claim: Claim, now: float) -> Self:
        others = (slot for slot in self.taken(now) if slot.claim.remediation_id != claim.remediation_id)
        return replace(self, slots=tuple(others))

    def _used_up(self, kind: str, name: str, share: int, now: float) -> Refusal | None:
        theirs = tuple(slot for slot in self.taken(now) if getattr(slot.claim, kind) == name)
        if len(theirs) < share:
            return None
        return Refusal(
            f"{kind} {name}", f"The {kind} {name} has used up its {share} changes for this hour.", _wait(theirs, now)
        )


def _wait(slots: tuple[Slot, ...], now: float) -> int:
    return max(1, ceil(min((slot.until for slot in slots), default=now) - now))
