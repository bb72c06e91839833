"""Durations and times, as people write them."""

import re
from datetime import UTC, datetime, timedelta

from chalicelib.errors import BadInput

_DURATION = re.compile(r"([0-9]{1,4})([dh])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1)}
EXPECTED = "a number of days or hours, such as 7d or 12h"


def duration(text: str, option: str) -> timedelta:
    """``7d`` or ``12h``; BadInput names the option and the value."""
    found = _DURATION.fullmatch(text)
    if not found or not int(found[1]):
        raise BadInput(option, text, EXPECTED)
    return int(found[1]) * _UNITS[found[2]]


def at(seconds: float) -> datetime:
    """The time of a Unix timestamp."""
    return datetime.fromtimestamp(seconds, UTC)


def now() -> datetime:
    return datetime.now(UTC)


def as_text(when: datetime) -> str:
    """ISO 8601, UTC."""
    return when.astimezone(UTC).isoformat(timespec="seconds")
