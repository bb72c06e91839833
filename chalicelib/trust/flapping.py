"""Fights with other tools: the same violation of the same resource, fixed again and again.

Three fixes within a day are a fight. It is left to people for a day from the last of them, or until somebody decides.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from chalicelib.messages import Violation
from chalicelib.trust.parts import parts

HOUR, DAY = 3600.0, 86400.0
FIXES = 3


class FlapAction(StrEnum):
    """What becomes of a violation that is fought about."""

    STOP = "stop"
    """It stays, and so the door is open, until a day has passed or somebody decides."""
    KEEP = "keep"
    """It is fixed all the same."""


@dataclass(frozen=True)
class History:
    """What was done about one violation of one resource; times are seconds since 1970, 0: never.

    Attributes
    ----------
    reason : str
        The violation in words.
    fixes : Mapping
        Remediation id -> when it was fixed.
    decided_at : float
        When somebody last let it go on: what was before counts no more.
    reminded_at : float
        When people were last told of the fight.
    """

    reason: str = ""
    fixes: Mapping[str, float] = field(default_factory=dict)
    decided_at: float = 0.0
    reminded_at: float = 0.0

    def fixed(self, remediation_id: str, reason: str, at: float) -> Self:
        """With one more fix; a remediation that is told of twice counts once."""
        kept = {each: when for each, when in self.fixes.items() if at - when < 2 * DAY}
        return replace(self, reason=reason, fixes={remediation_id: at} | kept)

    @property
    def times(self) -> list[float]:
        """When it was fixed, of what still counts, the earliest first."""
        return sorted(at for at in self.fixes.values() if at > self.decided_at)

    @property
    def fight_ends(self) -> float:
        """A day after the last fix that was the third within a day; 0: there is no fight."""
        times = self.times
        thirds = (last for first, last in zip(times, times[FIXES - 1 :], strict=False) if last - first <= DAY)
        return max((last + DAY for last in thirds), default=0.0)

    def is_fought_about(self, now: float) -> bool:
        return now < self.fight_ends

    def reminded(self, now: float) -> tuple[Self, bool]:
        """With people told of it; and whether that is due, which is once an hour, and of a new fight at once."""
        began = self.fight_ends - DAY
        if self.reminded_at >= began and now - self.reminded_at < HOUR:
            return self, False
        return replace(self, reminded_at=now), True

    def decided(self, now: float) -> Self:
        """As somebody lets it go on."""
        return replace(self, decided_at=now)

    @property
    def forgotten_at(self) -> float:
        """When nothing of this counts any more."""
        return max([*self.fixes.values(), self.decided_at], default=0.0) + 3 * DAY


def violation_key(rule: str, violation: Violation) -> str:
    """What makes a violation the same one: the Config rule, and its parts."""
    what = json.dumps([rule, *sorted(parts(violation))])
    return hashlib.sha256(what.encode()).hexdigest()[:16]
