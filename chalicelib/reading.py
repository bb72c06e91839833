"""Reading JSON from outside: every reader checks, and raises BadInput, which names the field and the value."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.errors import BadInput
from chalicelib.repeated_keys import kept

DEEPEST = 100
"""How many levels of lists and objects a text may have; neither AWS's nor ours have a fifth of these."""
TIME = re.compile(r"[0-9TWZtz:., +-]{1,64}")
"""What a time in ISO 8601 is written with; Python reads fractions of a second of any length."""


def parsed(text: str, where: str = "message") -> object:
    """`text` as JSON, or BadInput."""
    try:
        value = json.loads(text, object_pairs_hook=kept)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(where, text, "JSON") from error
    if _depth(value) > DEEPEST:
        raise BadInput(where, text, f"JSON of at most {DEEPEST} levels")
    return value


def _depth(value: object) -> int:
    """Counted level by level: whatever calls itself fails on what is nested deeply."""
    depth, level = 0, [value]
    while level := [each for outer in level for each in _members(outer)]:
        depth += 1
    return depth


def _members(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()


def an_object(raw: object, where: str) -> dict[str, Any]:
    """`raw`, if it is a JSON object."""
    if not isinstance(raw, dict):
        raise BadInput(where, raw, "a JSON object")
    return raw


def a_text(
    data: Mapping[str, Any], key: str, where: str, pattern: re.Pattern[str] | None = None, expected: str = "a text"
) -> str:
    """A member that is a text, not empty, and of the pattern where there is one."""
    value = data.get(key)
    if not isinstance(value, str) or not value or (pattern and not pattern.fullmatch(value)):
        raise BadInput(f"{where}.{key}", value, expected)
    return value


def a_time(data: Mapping[str, Any], key: str, where: str) -> str:
    """A member that is a time in ISO 8601, as it is written."""
    text = a_text(data, key, where, TIME, "a time, ISO 8601")
    instant(text, f"{where}.{key}")
    return text


def instant(text: str, where: str) -> datetime:
    """The instant that a text names, in UTC, which is also meant where it names no zone."""
    try:
        when = datetime.fromisoformat(text)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(where, text, "a time, ISO 8601") from error


def as_text(raw: object, where: str) -> str:
    """`raw`, if it is a text."""
    if not isinstance(raw, str):
        raise BadInput(where, raw, "a text")
    return raw


def texts(raw: object, where: str) -> dict[str, str]:
    """`raw`, if it is an object of texts."""
    return {name: as_text(value, f"{where}.{name}") for name, value in an_object(raw, where).items()}


def many[T](data: Mapping[str, Any], key: str, where: str, reader: Callable[[object, str], T]) -> tuple[T, ...]:
    """A member that is a list, each item read by `reader`."""
    raw = data.get(key)
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise BadInput(f"{where}.{key}", raw, "a list")
    return tuple(reader(item, f"{where}.{key}[{index}]") for index, item in enumerate(raw))


def some[T](data: Mapping[str, Any], key: str, where: str, reader: Callable[[object, str], T]) -> tuple[T, ...]:
    """A member that is a list of at least one item."""
    items = many(data, key, where, reader)
    if not items:
        raise BadInput(f"{where}.{key}", [], "at least one entry")
    return items
