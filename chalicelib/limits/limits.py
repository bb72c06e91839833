"""The circuit breaker: how many distinct violations a stage closes in any rolling hour, and how many of one source.

Closing what one resource violates takes a slot, however many calls and tries it takes. The slot is reserved before work
is forwarded, used just before the first call, and occupied for an hour from then on. Closing the same violation of the
same resource again within that hour takes no other slot: it is no new blast radius. The hour then begins anew, so that
the slots are always the distinct violations of the last hour. All slots are one value, so that whoever stores it can
compare and swap it as a whole: concurrent functions take turns.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from math import ceil
from typing import Self

HOUR = 3600.0
RESERVED = 7200.0
"""Seconds after which an unused reservation ends: as long as a forwarded source message stays hidden."""
UNDIVIDED = 20
"""Limits below this are not divided among rules: half of so few would hold up a stage with one busy rule."""
PER_RESOURCE = 5
"""How many distinct violations of one resource are closed in an hour."""
MOST = 500
"""The highest limit, and the most that a person can let through at once: all slots have to fit into one item."""
MOST_PARTS = 8
"""How many parts of violations a slot holds one by one, for the same reason; of more it holds one hash."""


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
    """Who wants to close what.

    Attributes
    ----------
    rule : str
        The Config rule that asks for it.
    closes : frozenset of str
        The parts of the violations that are to be closed, as `closing` gives them.
    """

    remediation_id: str
    rule: str
    resource: str
    closes: frozenset[str]


def closing(parts: Iterable[str]) -> frozenset[str]:
    """What a slot remembers of the `parts` of violations: 8 hexadecimal digits of each, or of all together.

    A wider violation has other parts, or more of them, and is not the same.
    """
    every = sorted(set(parts))
    if len(every) > MOST_PARTS:
        every = [sha256("".join(every).encode()).hexdigest()]
    return frozenset(part[:8] for part in every)


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
    """A claim was used.

    Attributes
    ----------
    at : float
        When, in seconds since 1970.
    earlier : tuple of Slot
        The slots of the same violations, as they were before; empty: the claim took a slot of its own.
    """

    claim: Claim
    at: float
    earlier: tuple[Slot, ...] = ()


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
        return Refusal(
            "stage", f"The stage has made {len(taken)} changes within an hour, its limit.", _wait(taken, now)
        )

    def reserve(self, claim: Claim, limits: Limits, now: float) -> Self | Refusal:
        """With a slot for the claim; it keeps the one that it has, and needs none for what others have a slot for."""
        mine = self._reservation(claim, now)
        if mine is None:
            if self._of_the_same(claim, self.taken(now)):
                return self
            if refused := self.refusal(claim, limits, now):
                return refused
        return self._with((Slot(claim, now),), (mine,) if mine else (), now)

    def use(self, claim: Claim, limits: Limits, now: float) -> tuple[Self, Use] | Refusal:
        """With the claim's slot used; where its reservation has run out, or never was, it needs a free one.

        What was closed within the last hour needs no other slot.
        """
        mine = self._reservation(claim, now)
        reserved = (mine,) if mine else ()
        if same := self._of_the_same(claim, tuple(slot for slot in self.taken(now) if slot.used_at is not None)):
            again = tuple(replace(slot, used_at=now) for slot in same)
            return self._with(again, (*same, *reserved), now), Use(claim, now, same)
        if mine is None and (refused := self.refusal(claim, limits, now)):
            return refused
        return self._with((Slot(claim, mine.reserved_at if mine else now, now),), reserved, now), Use(claim, now)

    def give_back(self, use: Use, now: float) -> Self:
        """Without a use that led to no change; an earlier one stays, and so does one since, by another delivery."""
        if not use.earlier:
            mine = (slot for slot in self.taken(now) if (slot.claim, slot.used_at) == (use.claim, use.at))
            return self._with((), tuple(mine), now)
        before = {slot.claim: slot for slot in use.earlier}
        again = tuple(slot for slot in self.taken(now) if slot.claim in before and slot.used_at == use.at)
        return self._with(tuple(before[slot.claim] for slot in again), again, now)

    def release(self, claim: Claim, now: float) -> Self:
        """Without the claim's reservation; what is used stays used."""
        mine = self._reservation(claim, now)
        return self._with((), (mine,), now) if mine else self

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

    def _reservation(self, claim: Claim, now: float) -> Slot | None:
        """The reservation under the claim's id, whatever it was reserved for."""
        mine = (slot for slot in self.taken(now) if slot.claim.remediation_id == claim.remediation_id)
        return next((slot for slot in mine if slot.used_at is None), None)

    def _of_the_same(self, claim: Claim, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        """Those of the `slots` that together hold all that the claim closes; none where they do not hold all of it."""
        same = tuple(
            slot for slot in slots if slot.claim.resource == claim.resource and slot.claim.closes & claim.closes
        )
        held = frozenset[str]().union(*(slot.claim.closes for slot in same))
        return same if claim.closes <= held else ()

    def _with(self, slots: tuple[Slot, ...], instead_of: tuple[Slot, ...], now: float) -> Self:
        others = tuple(slot for slot in self.taken(now) if slot not in instead_of)
        return replace(self, slots=(*others, *slots))

    def _used_up(self, kind: str, name: str, share: int, now: float) -> Refusal | None:
        theirs = tuple(slot for slot in self.taken(now) if getattr(slot.claim, kind) == name)
        if len(theirs) < share:
            return None
        return Refusal(
            f"{kind} {name}",
            f"The {kind} {name} has had {share} changes within an hour, its limit.",
            _wait(theirs, now),
        )


def _wait(slots: tuple[Slot, ...], now: float) -> int:
    return max(1, ceil(min((slot.until for slot in slots), default=now) - now))
