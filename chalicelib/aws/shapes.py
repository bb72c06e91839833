"""Readers of AWS's shapes: camelCase or PascalCase, objects or JSON in strings, nulls and missing keys."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from chalicelib.errors import BadInput, Failure
from chalicelib.json_values import parsed


def each[T](raws: Iterable[Any], key: str, read: Callable[[Any], T]) -> Iterator[T | Failure]:
    """The result of `read` for each entry; a Failure, with the ID at `key`, for an entry that it cannot read."""
    for raw in raws:
        try:
            yield read(raw)
        except Exception as error:  # noqa: BLE001 - an entry that cannot be read does not stop the others
            yield Failure(str(raw.get(key) or "") if isinstance(raw, Mapping) else "", error)


def unwrapped(value: object, where: str) -> Any:
    """The value of JSON that AWS encoded as a string, once or twice; any other value unchanged."""
    while isinstance(value, str):
        value = parsed(value, where)
    return value


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """A JSON object with the first letter of each key in lower case; null is empty."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput(where, value, "an object")
    return {key[:1].lower() + key[1:]: item for key, item in value.items()}


def listing(value: object, where: str) -> list[Any]:
    """A list; null is empty."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise BadInput(where, value, "a list")
    return list(value)


def text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadInput(where, value, "a text")
    return value
