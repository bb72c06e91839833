"""Requests and answers of AWS Config's JSON protocol, checked by botocore's own model of the service."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.resource import Json

TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "timestamp": (int, float),
}


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("config", "service-2"))


def checked_request(action: str, request: Json) -> Json:
    """Check a request and read its times.

    Parameters
    ----------
    action : str
        AWS Config's name of the action.
    request : dict
        The body of the HTTP request, parsed.

    Returns
    -------
    dict
        The members that the model knows, times as aware datetimes.

    Raises
    ------
    ConfigError
        ``ValidationException`` (every violated constraint in one message) or ``SerializationException``.
    """
    shape = _model().operation_model(action).input_shape
    if shape is None:
        return {}
    errors: list[str] = []
    read: Json = _read(shape, request, "", errors)
    if errors:
        count = f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} detected"
        raise ConfigError("ValidationException", f"{count}: {'; '.join(errors)}")
    return read


def answer(body: Json) -> Json:
    """An action's answer as JSON has it: no nulls, times as seconds since the epoch."""
    plain: Json = _plain(body)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items() if member is not None}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value.timestamp() if isinstance(value, datetime) else value


def _read(shape: Any, value: Any, path: str, errors: list[str]) -> Any:
    expected: Any = TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        raise ConfigError(
            "SerializationException", f"{path or 'The body'} is not of the type {shape.type_name}: {value!r}"
        )
    errors.extend(f"Value '{value}' at '{path}' failed to satisfy constraint: {why}" for why in _broken(shape, value))
    match shape.type_name:
        case "structure":
            return _read_structure(shape, value, path, errors)
        case "list":
            items = enumerate(value, start=1)
            return [_read(shape.member, item, f"{path}.{index}.member", errors) for index, item in items]
        case "map":
            return {key: _read(shape.value, item, f"{path}.{key}.member", errors) for key, item in value.items()}
        case "timestamp":
            return datetime.fromtimestamp(value, UTC)
    return value


def _read_structure(shape: Any, value: Json, path: str, errors: list[str]) -> Json:
    given = {name: member for name, member in value.items() if name in shape.members and member is not None}
    errors.extend(
        f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
        for name in shape.required_members
        if name not in given
    )
    return {name: _read(shape.members[name], member, _join(path, name), errors) for name, member in given.items()}


def _join(path: str, name: str) -> str:
    lower = name[0].lower() + name[1:]
    return f"{path}.{lower}" if path else lower


def _broken(shape: Any, value: Any) -> Iterator[str]:
    """The constraints of `shape` that `value` breaks, in the words of AWS."""
    size = len(value) if isinstance(value, str | list) else value
    bounds = shape.metadata if isinstance(size, int) and not isinstance(value, dict | bool) else {}
    what = "value" if isinstance(value, int) else "length"
    if "max" in bounds and size > bounds["max"]:
        yield f"Member must have {what} less than or equal to {bounds['max']}"
    if "min" in bounds and size < bounds["min"]:
        yield f"Member must have {what} greater than or equal to {bounds['min']}"
    if isinstance(value, str):
        yield from _broken_text(shape, value)


def _broken_text(shape: Any, value: str) -> Iterator[str]:
    pattern, names = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern and not re.fullmatch(pattern, value):
        yield f"Member must satisfy regular expression pattern: {pattern}"
    if names and value not in names:
        yield f"Member must satisfy enum value set: [{', '.join(names)}]"
