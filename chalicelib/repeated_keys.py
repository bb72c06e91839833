"""JSON objects in which a key stands more than once: JSON allows them, and does not say which value counts.

Python reads the last one; nobody promises that AWS does. So the object keeps them all, and whoever judges it judges
every way to read it.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from math import prod
from typing import Any

MOST_READINGS = 256
"""In how many ways a value may be read before nobody tries them all."""

Same = Callable[[str], str]


class RepeatedKeys(dict[str, Any]):
    """As a dictionary it has the last value of each key; `items`, `values` and its JSON have every one, in order."""

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
    """The ``object_pairs_hook`` of a JSON decoder that loses no value."""
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else RepeatedKeys(pairs)


def repeated_key(value: object) -> str | None:
    """A key that stands more than once in an object somewhere in `value`; None where none does."""
    if isinstance(value, RepeatedKeys):
        keys = [key for key, _ in value.pairs]
        return next(key for key in keys if keys.count(key) > 1)
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return next((key for each in inner if (key := repeated_key(each)) is not None), None)


def readings(value: Any, same: Same = str) -> list[Any] | None:
    """Every way to read `value`, each with one value for each key; None: there are more than `MOST_READINGS`.

    Keys that `same` makes equal count as one key.
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
