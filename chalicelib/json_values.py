"""Reading JSON from outside: every reader checks, and raises BadInput, which names the field and the value."""

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
"""How many levels of lists and objects a text may have; neither AWS's nor ours have a fifth of these."""
TIME = re.compile(r"[0-9TWZtz:., +-]{1,64}")
"""What a time in ISO 8601 is written with; Python reads fractions of a second of any length."""
EARLIEST = datetime(2014, 11, 12, tzinfo=UTC)
"""When AWS Config was announced: nothing that it has seen is older. A new rule judges items that are years old."""
CLOCK_SKEW = timedelta(minutes=5)
"""By how much another clock may be ahead of ours."""


def parsed(text: str, where: str = "message") -> object:
    """`text` as JSON, or BadInput."""
    return _parsed(text, where)


NOT_OURS = frozenset({"violationDetails", "parameters"})
"""What a message quotes of a resource, whose policy may name a key twice."""


def parsed_message(body: str, most_bytes: int, where: str = "message") -> object:
    """The body of a message as JSON, its size checked before anything is parsed.

    Parameters
    ----------
    most_bytes : int
        The bytes in UTF-8 that a body may have.

    Raises
    ------
    BadInput
        The body is too large, no JSON, nested too deeply, names a key of an object twice, or holds a number that is
        not finite or a text that is no Unicode.
    """
    size = len(body.encode("utf-8", "surrogatepass"))
    if size > most_bytes:
        raise BadInput(where, f"{size} bytes: {shortened(body, 100)}", f"at most {most_bytes} bytes")
    value = _parsed(body, where, parse_constant=_refused, parse_float=_finite)
    _demand_unique(value, body, where)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadInput(where, body, "JSON in which every text is Unicode") from error
    return value


def _parsed(text: str, where: str, **hooks: Any) -> object:
    try:
        value = json.loads(text, object_pairs_hook=kept, **hooks)
    except (TypeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInput(where, text, "JSON") from error
    except ValueError as error:
        raise BadInput(where, text, f"JSON that everybody reads alike: {shortened(str(error), 100)}") from error
    if _depth(value) > DEEPEST:
        raise BadInput(where, text, f"JSON of at most {DEEPEST} levels")
    return value


def _demand_unique(value: object, body: str, where: str) -> None:
    """BadInput where an object of ours names a key twice: others may read the other one."""
    level = [value]
    while level:
        for each in level:
            if isinstance(each, RepeatedKeys):
                twice, _ = Counter(name for name, _ in each.pairs).most_common(1)[0]
                expected = f"JSON that everybody reads alike: the key {shortened(repr(twice), 50)} stands twice"
                raise BadInput(where, body, expected)
        level = [member for each in level for member in _own_members(each)]


def _own_members(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return [each for name, each in value.items() if name not in NOT_OURS]
    return value if isinstance(value, list) else ()


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
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


def demand_past(text: str, where: str, now: datetime) -> None:
    """BadInput where a time from outside is none that can have been: after `now`, or from before AWS Config."""
    when = instant(text, where)
    if when > now + CLOCK_SKEW:
        raise BadInput(where, text, f"a time that has come: it is {now:%Y-%m-%dT%H:%M:%SZ}")
    if when < EARLIEST:
        raise BadInput(where, text, f"a time after {EARLIEST:%Y-%m-%d}, when AWS Config began")


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
