"""JSON objects in which a key occurs more than once: JSON allows them and does not define which value counts.

Python uses the last value; AWS documents no choice. Therefore, the object keeps all values, and every possible reading
is evaluated.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from math import prod
from typing import Any

MOST_READINGS = 256
"""The maximum number of readings that are tried."""

Same = Callable[[str], str]


class RepeatedKeys(dict[str, Any]):
    """A dictionary of the last value of each key; `items`, `values` and its JSON have all values, in order."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        self.pairs = tuple(pairs)
        super().__init__(self.pairs)

    def items(self) -> Any:
        return self.pairs

    def values(self) -> Any:
        return tuple(value for _, value in self.pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RepeatedKeys) and self.pairs == other.pairs

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # like every dictionary


def kept(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The ``object_pairs_hook`` for a JSON decoder that keeps all values."""
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else RepeatedKeys(pairs)


def repeated_key(value: object) -> str | None:
    """A key that occurs more than once in an object anywhere in `value`; None if there is none."""
    if isinstance(value, RepeatedKeys):
        keys = [key for key, _ in value.pairs]
        return next(key for key in keys if keys.count(key) > 1)
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return next((key for each in inner if (key := repeated_key(each)) is not None), None)


def readings(value: Any, same: Same = str) -> list[Any] | None:
    """All readings of `value`, each with one value for each key; None if there are more than `MOST_READINGS`.

    Keys for which `same` returns the same text count as one key.
    """
    return _read(value, same) if _ways(value, same) <= MOST_READINGS else None


def _ways(value: Any, same: Same) -> int:
    if isinstance(value, Mapping):
        return prod(sum(_ways(each, same) for _, each in some) for some in _by_key(value, same).values())
    return prod(_ways(each, same) for each in value) if isinstance(value, list | tuple) else 1


def _read(value: Any, same: Same) -> list[Any]:
    if isinstance(value, Mapping):
        choices = [
            [(key, reading) for key, each in some for reading in _read(each, same)]
            for some in _by_key(value, same).values()
        ]
        return [dict(chosen) for chosen in product(*choices)]
    if isinstance(value, list | tuple):
        return [list(chosen) for chosen in product(*(_read(each, same) for each in value))]
    return [value]


def _by_key(value: Mapping[str, Any], same: Same) -> dict[str, list[tuple[str, Any]]]:
    found: dict[str, list[tuple[str, Any]]] = {}
    for key, each in value.items():
        found.setdefault(same(key), []).append((key, each))
    return found
