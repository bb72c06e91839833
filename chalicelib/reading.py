"""Reading JSON from outside: every reader checks, and raises BadInput, which names the field and the value."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib.errors import BadInput


def parsed(text: str, where: str = "message") -> object:
    """`text` as JSON, or BadInput."""
    try:
        return json.loads(text)
    except (TypeError, ValueError) as error:
        raise BadInput(where, text, "JSON") from error


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
