"""What becomes of what a Config rule finds, as the stage's settings say it rule by rule."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Mode(StrEnum):
    """What becomes of what a rule finds, while auto-response is on."""

    OBSERVE = "observe"
    """People are told; nothing is changed."""
    APPROVE = "approve"
    """It is fixed once somebody says so."""
    ENFORCE = "enforce"
    """It is fixed."""


@dataclass(frozen=True)
class Handling:
    """What a stage does with what one rule finds: its mode; and how long it waits before it fixes by itself."""

    mode: Mode = Mode.ENFORCE
    grace: timedelta = timedelta(0)

    @property
    def is_immediate(self) -> bool:
        return self.mode is Mode.ENFORCE and not self.grace
