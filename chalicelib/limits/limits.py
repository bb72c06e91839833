"""The circuit breaker: limits the distinct violations that a stage closes in any rolling hour, in all and by source.

Closing the violations of a resource takes a slot, however many calls and tries are needed. The slot is reserved before
work is forwarded, used just before the first call, and occupied for an hour from then on. Closing the same violation of
the same resource again within that hour takes no other slot, since it does not extend the blast radius; it restarts the
hour. Therefore, the slots are always the distinct violations of the last hour. All slots are one value, which is stored
by compare-and-swap, so concurrent functions take turns.
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
"""Limits below this are not divided among rules: half of a low limit would block a stage with one busy rule."""
PER_RESOURCE = 5
"""The maximum number of distinct violations of one resource that are closed in an hour."""
MOST = 500
"""The highest limit, and the maximum that a person can allow beyond it: all slots must fit into one item."""
MOST_PARTS = 8
"""The maximum number of parts of violations that a slot lists, for the same reason; of more, it has one hash."""


@dataclass(frozen=True)
class Limits:
    """The limit of a stage in an hour (`MAX_FIXES_PER_HOUR`), from which the shares follow."""

    per_hour: int

    @property
    def per_rule(self) -> int:
        """At most half is for one rule, so that a noisy rule leaves slots for the others."""
        return self.per_hour if self.per_hour < UNDIVIDED else ceil(self.per_hour / 2)


@dataclass(frozen=True)
class Claim:
    """A request to close violations.

    Attributes
    ----------
    rule : str
        The Config rule that found them.
    closes : frozenset of str
        The parts of the violations to close, as returned by `closing`.
    """

    remediation_id: str
    rule: str
    resource: str
    closes: frozenset[str]


def closing(parts: Iterable[str]) -> frozenset[str]:
    """A slot's record of the `parts` of violations: 8 hexadecimal digits of each, or of all together.

    A wider violation has other parts, or more of them, and is not the same.
    """
    every = sorted(set(parts))
    if len(every) > MOST_PARTS:
        every = [sha256("".join(every).encode()).hexdigest()]
    return frozenset(part[:8] for part in every)


@dataclass(frozen=True)
class Slot:
    """A claim's slot; times are seconds since 1970. `used_at` is None while the slot is only reserved."""

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
        The earlier slots of the same violations; empty if the claim took a new slot.
    """

    claim: Claim
    at: float
    earlier: tuple[Slot, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """The reason why a claim gets no slot.

    Attributes
    ----------
    source : str
        Whose limit is reached: ``stage``, a rule or a resource. People are notified of each once.
    reason : str
        A sentence.
    seconds : int
        Seconds until there may be a slot.
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
        How many changes beyond the limit somebody allowed for an hour, and when.
    told : Mapping
        Source -> when it was last found at its limit, for the sources that people were notified of.
    """

    slots: tuple[Slot, ...] = ()
    let_through: int = 0
    let_through_at: float = 0.0
    told: Mapping[str, float] = field(default_factory=dict)

    def taken(self, now: float) -> tuple[Slot, ...]:
        """The slots that are reserved, or were used within the last hour."""
        return tuple(slot for slot in self.slots if now < slot.until)

    def free(self, limits: Limits, now: float) -> int:
        """The number of free slots."""
        return max(0, limits.per_hour + self._extra(now) - len(self.taken(now)))

    def refusal(self, claim: Claim, limits: Limits, now: float) -> Refusal | None:
        """Why a claim gets no slot; None if it would get one."""
        return (
            self.full(limits, now)
            or (None if self._extra(now) else self._used_up("rule", claim.rule, limits.per_rule, now))
            or self._used_up("resource", claim.resource, PER_RESOURCE, now)
        )

    def full(self, limits: Limits, now: float) -> Refusal | None:
        """Why no claim gets a slot; None if there are free slots."""
        if self.free(limits, now):
            return None
        taken = self.taken(now)
        return Refusal(
            "stage", f"The stage has reached its limit: {len(taken)} changes within an hour.", _wait(taken, now)
        )

    def reserve(self, claim: Claim, limits: Limits, now: float) -> Self | Refusal:
        """The ledger with a slot for the claim, which keeps the slot that it has, and needs none if others cover it."""
        mine = self._reservation(claim, now)
        if mine is None:
            if self._of_the_same(claim, self.taken(now)):
                return self
            if refused := self.refusal(claim, limits, now):
                return refused
        return self._with((Slot(claim, now),), (mine,) if mine else (), now)

    def use(self, claim: Claim, limits: Limits, now: float) -> tuple[Self, Use] | Refusal:
        """The ledger with the claim's slot used; without a reservation, the claim needs a free slot.

        Violations that were closed within the last hour need no other slot.
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
        """The ledger without a use that led to no change; earlier uses, and later ones by other deliveries, stay."""
        if not use.earlier:
            mine = (slot for slot in self.taken(now) if (slot.claim, slot.used_at) == (use.claim, use.at))
            return self._with((), tuple(mine), now)
        before = {slot.claim: slot for slot in use.earlier}
        again = tuple(slot for slot in self.taken(now) if slot.claim in before and slot.used_at == use.at)
        return self._with(tuple(before[slot.claim] for slot in again), again, now)

    def release(self, claim: Claim, now: float) -> Self:
        """The ledger without the claim's reservation; used slots stay."""
        mine = self._reservation(claim, now)
        return self._with((), (mine,), now) if mine else self

    def lift(self, more: int, now: float) -> Self:
        """The ledger after somebody lifts the limit: without used slots, with `more` changes allowed for an hour."""
        reserved = tuple(slot for slot in self.taken(now) if slot.used_at is None)
        return replace(self, slots=reserved, let_through=min(more, MOST), let_through_at=now, told={})

    def is_news(self, refusal: Refusal, now: float) -> bool:
        """Whether the source was not found at its limit within the last hour."""
        return now - self.told.get(refusal.source, now - HOUR) >= HOUR

    def found(self, refusal: Refusal, now: float) -> Self:
        """The ledger with the source found at its limit; updated at most every five minutes."""
        told = {source: at for source, at in self.told.items() if now - at < HOUR}
        if now - told.get(refusal.source, now - HOUR) < HOUR / 12:
            return self
        return replace(self, told={**told, refusal.source: now})

    def _extra(self, now: float) -> int:
        return self.let_through if now < self.let_through_at + HOUR else 0

    def _reservation(self, claim: Claim, now: float) -> Slot | None:
        """The reservation under the claim's ID, for whatever violations."""
        mine = (slot for slot in self.taken(now) if slot.claim.remediation_id == claim.remediation_id)
        return next((slot for slot in mine if slot.used_at is None), None)

    def _of_the_same(self, claim: Claim, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        """Those of the `slots` that together cover all that the claim closes; empty if they do not."""
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
            f"The {kind} {name} has reached its limit: {share} changes within an hour.",
            _wait(theirs, now),
        )


def _wait(slots: tuple[Slot, ...], now: float) -> int:
    return max(1, ceil(min((slot.until for slot in slots), default=now) - now))
