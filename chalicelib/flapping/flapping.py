"""Flapping: the same violation of the same resource is opened again after each fix.

Three fixes within a day count as flapping, for a day after the last of them, or until somebody decides. By default, the
violation is still closed each time, and people are notified once an hour.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from chalicelib.exposure.parts import parts
from chalicelib.findings import Violation

HOUR, DAY = 3600.0, 86400.0
FIXES = 3
KEPT = 50
"""The maximum number of fixes in the history of a violation, so that the item stays small."""


class FlapAction(StrEnum):
    """What happens to a flapping violation."""

    KEEP = "keep"
    """It is closed each time."""
    STOP = "stop"
    """After the third fix it stays open until a day has passed or somebody decides."""


@dataclass(frozen=True)
class History:
    """The fixes of one violation of one resource, and people's decision; times are seconds since 1970, 0 means never.

    Attributes
    ----------
    reason : str
        The violation in words.
    fixes : Mapping
        Remediation ID -> when it fixed the violation.
    decided_at : float
        When somebody last resumed the fixes: earlier fixes do not count.
    reminded_at : float
        When people were last notified that it is flapping.
    found_at : float
        When it was last found together with a violation that had been fixed before.
    """

    reason: str = ""
    fixes: Mapping[str, float] = field(default_factory=dict)
    decided_at: float = 0.0
    reminded_at: float = 0.0
    found_at: float = 0.0

    def fixed(self, remediation_id: str, reason: str, at: float) -> Self:
        """The history with one more fix; a remediation that is reported twice counts once."""
        kept = {remediation_id: at} | {each: when for each, when in self.fixes.items() if at - when < 2 * DAY}
        latest = sorted(kept, key=kept.__getitem__)[-KEPT:]
        return replace(self, reason=reason, fixes={each: kept[each] for each in latest})

    @property
    def times(self) -> list[float]:
        """When it was fixed since somebody last decided, the earliest first."""
        return sorted(at for at in self.fixes.values() if at > self.decided_at)

    @property
    def flapping_until(self) -> float:
        """A day after the last fix that was the third within a day; 0 if it is not flapping."""
        times = self.times
        thirds = (last for first, last in zip(times, times[FIXES - 1 :], strict=False) if last - first <= DAY)
        return max((last + DAY for last in thirds), default=0.0)

    def is_flapping(self, now: float) -> bool:
        return now < self.flapping_until

    def reminded(self, now: float) -> Self:
        """The history after people were notified."""
        return replace(self, reminded_at=now)

    def found(self, reason: str, now: float) -> Self:
        """The history after it was found together with a violation that had been fixed before."""
        return replace(self, reason=reason, found_at=now)

    def was_left_by(self, other: Self) -> bool:
        """Whether it was found when `other` was last fixed, but was not fixed then: such a violation is not new."""
        before, last = other.times[-2:]
        return before < self.found_at <= last and all(at < self.found_at for at in self.fixes.values())

    def decided(self, now: float) -> Self:
        """The history after somebody resumed the fixes."""
        return replace(self, decided_at=now)

    @property
    def forgotten_at(self) -> float:
        """When the history expires."""
        return max([*self.fixes.values(), self.decided_at, self.found_at]) + 3 * DAY


@dataclass(frozen=True)
class Known:
    """The histories of the violations of one resource, by key, at a time."""

    histories: Mapping[str, History]
    now: float

    def flapping(self, found: Sequence[str]) -> Mapping[str, History]:
        """The flapping violations among those `found`; empty if a new violation was found as well."""
        again = {key: self.histories[key] for key in found if key in self.histories and self._is_flapping(key)}
        others = {key for key in found if key not in again}
        is_all = all(any(self._of(key).was_left_by(each) for each in again.values()) for key in others)
        return again if is_all else {}

    @property
    def is_reminder_due(self) -> bool:
        """Whether people should be notified: once an hour for a resource, and again after a decision."""
        told = max((history.reminded_at for history in self.histories.values()), default=0.0)
        decided = max((history.decided_at for history in self.histories.values()), default=0.0)
        return self.now - told >= HOUR or told < decided

    def unfixed(self, found: Sequence[str]) -> tuple[str, ...]:
        """The violations that were `found` and never fixed, if others of those found were fixed."""
        never = tuple(key for key in found if not self._of(key).fixes)
        return never if len(never) < len({*found}) else ()

    def _is_flapping(self, key: str) -> bool:
        return self.histories[key].is_flapping(self.now)

    def _of(self, key: str) -> History:
        return self.histories.get(key, History())


def violation_key(rule: str, violation: Violation) -> str:
    """The key of a violation: a hash of the Config rule and the violation's parts."""
    what = json.dumps([rule, *sorted(parts(violation))])
    return hashlib.sha256(what.encode()).hexdigest()[:16]
