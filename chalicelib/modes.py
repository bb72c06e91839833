"""How a stage handles findings, by Config rule: the settings RULE_MODES and GRACE_MINUTES."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Mode(StrEnum):
    """How findings of a rule are handled while auto-response is on."""

    OBSERVE = "observe"
    """The finding is reported; nothing is changed."""
    APPROVE = "approve"
    """The finding is fixed after somebody approves it."""
    ENFORCE = "enforce"
    """The finding is fixed, after the grace period if there is one."""


@dataclass(frozen=True)
class Handling:
    """How a stage handles findings of one rule: the mode, and the grace period before an automatic fix."""

    mode: Mode = Mode.ENFORCE
    grace: timedelta = timedelta(0)

    @property
    def is_immediate(self) -> bool:
        return self.mode is Mode.ENFORCE and not self.grace
