"""Readers of JSON from outside: each checks its input and raises BadInput, which names the field and the value."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from chalicelib.errors import BadInput, shortened
from chalicelib.repeated_keys import RepeatedKeys, kept

DEEPEST = 100
"""The maximum depth of lists and objects; neither AWS's JSON nor ours has a fifth of it."""
TIME = re.compile(r"[0-9TWZtz:., +-]{1,64}")
"""The characters of a time in ISO 8601, with a limit: Python reads fractions of a second of any length."""
EARLIEST = datetime(2014, 11, 12, tzinfo=UTC)
"""When AWS Config was announced: no item is older. A new rule evaluates items that are years old."""
CLOCK_SKEW = timedelta(minutes=5)
"""How far another clock may be ahead of ours."""


def parsed(text: str, where: str = "message") -> object:
    """`text` as JSON, or BadInput."""
    return _parsed(text, where)


NOT_OURS = frozenset({"violationDetails", "parameters"})
"""Members that quote a resource's settings: in a policy, a key may occur twice."""


def parsed_message(body: str, most_bytes: int, where: str = "message") -> object:
    """The body of a message as JSON; its size is checked before it is parsed.

    Parameters
    ----------
    most_bytes : int
        The maximum size of the body, in bytes of UTF-8.

    Raises
    ------
    BadInput
        The body is too large, is not JSON, is nested too deeply, has an object in which a key occurs twice, or has a
        number that is not finite or a text that is not valid Unicode.
    """
    size = len(body.encode("utf-8", "surrogatepass"))
    if size > most_bytes:
        raise BadInput(where, f"{size} bytes: {shortened(body, 100)}", f"at most {most_bytes} bytes")
    value = _parsed(body, where, parse_constant=_refused, parse_float=_finite)
    _demand_unique(value, body, where)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadInput(where, body, "JSON in which every text is valid Unicode") from error
    return value


def _parsed(text: str, where: str, **hooks: Any) -> object:
    try:
        value = json.loads(text, object_pairs_hook=kept, **hooks)
    except (TypeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInput(where, text, "JSON") from error
    except ValueError as error:
        raise BadInput(where, text, f"unambiguous JSON: {shortened(str(error), 100)}") from error
    if _depth(value) > DEEPEST:
        raise BadInput(where, text, f"JSON of at most {DEEPEST} levels")
    return value


def _demand_unique(value: object, body: str, where: str) -> None:
    """BadInput if a key occurs twice in an object of ours: another parser may use the other value."""
    level = [value]
    while level:
        for each in level:
            if isinstance(each, RepeatedKeys):
                twice, _ = Counter(name for name, _ in each.pairs).most_common(1)[0]
                expected = f"unambiguous JSON: the key {shortened(repr(twice), 50)} occurs twice"
                raise BadInput(where, body, expected)
        level = [member for each in level for member in _own_members(each)]


def _own_members(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return [each for name, each in value.items() if name not in NOT_OURS]
    return value if isinstance(value, list) else ()


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _depth(value: object) -> int:
    """The depth, counted level by level: a recursive function would fail on deep nesting."""
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
    """A member that is a text, is not empty, and matches the pattern, if one is given."""
    value = data.get(key)
    if not isinstance(value, str) or not value or (pattern and not pattern.fullmatch(value)):
        raise BadInput(f"{where}.{key}", value, expected)
    return value


def a_time(data: Mapping[str, Any], key: str, where: str) -> str:
    """A member that is a time in ISO 8601, as written."""
    text = a_text(data, key, where, TIME, "a time, ISO 8601")
    instant(text, f"{where}.{key}")
    return text


def instant(text: str, where: str) -> datetime:
    """The instant that a text names, in UTC. A time without a zone is taken as UTC."""
    try:
        when = datetime.fromisoformat(text)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(where, text, "a time, ISO 8601") from error


def demand_past(text: str, where: str, now: datetime) -> None:
    """BadInput if a time from outside is after `now` or before AWS Config was announced."""
    when = instant(text, where)
    if when > now + CLOCK_SKEW:
        raise BadInput(where, text, f"a time in the past: it is now {now:%Y-%m-%dT%H:%M:%SZ}")
    if when < EARLIEST:
        raise BadInput(where, text, f"a time after {EARLIEST:%Y-%m-%d}, when AWS Config was announced")


def as_text(raw: object, where: str) -> str:
    """`raw`, if it is a text."""
    if not isinstance(raw, str):
        raise BadInput(where, raw, "a text")
    return raw


def many[T](
    data: Mapping[str, Any], key: str, where: str, reader: Callable[[object, str], T], most: int = 100_000
) -> tuple[T, ...]:
    """A member that is a list of at most `most` items, each read by `reader`."""
    raw = data.get(key)
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise BadInput(f"{where}.{key}", raw, "a list")
    if len(raw) > most:
        raise BadInput(f"{where}.{key}", f"{len(raw)} items", f"at most {most} items")
    return tuple(reader(item, f"{where}.{key}[{index}]") for index, item in enumerate(raw))


def some[T](
    data: Mapping[str, Any], key: str, where: str, reader: Callable[[object, str], T], most: int = 100_000
) -> tuple[T, ...]:
    """A member that is a list of one to `most` items."""
    items = many(data, key, where, reader, most)
    if not items:
        raise BadInput(f"{where}.{key}", [], "at least one entry")
    return items
