"""Encodes frozen values as JSON and decodes them by type; values that lack newer fields can still be read.

A type's own `to_json` and `from_json` are used if it has them. A resource's JSON has the name of its model as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from chalicelib.errors import BadInput
from chalicelib.json_values import an_object
from chalicelib.repeated_keys import RepeatedKeys
from chalicelib.resources import Resource

MODEL = "model"


def encoded(value: Any, name: Callable[[str], str] = str) -> Any:
    """A value as JSON: dataclasses as objects, tuples as lists, JSON's own types unchanged.

    Parameters
    ----------
    name : callable
        Returns the JSON name of a dataclass's field: unchanged in storage, `camel_case` for programs.
    """
    if hasattr(value, "to_json"):
        return value.to_json()
    if is_dataclass(value):
        named = {MODEL: type(value).__name__} if isinstance(value, Resource) else {}
        return {**named, **{name(item.name): encoded(getattr(value, item.name), name) for item in fields(value)}}
    if isinstance(value, RepeatedKeys):
        return value
    if isinstance(value, Mapping):
        return {key: encoded(each, name) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [encoded(each, name) for each in value]
    return value


def camel_case(name: str) -> str:
    """``remediationId`` for ``remediation_id``, as in our messages."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def decoded[T](kind: type[T], raw: object, where: str) -> T:
    """A value of the dataclass `kind` from JSON.

    Raises
    ------
    BadInput
        A field is missing and has no default, or has the wrong type; the error names the field and the value.
    """
    data = an_object(raw, where)
    hints = get_type_hints(kind)
    given: dict[str, Any] = {}
    for item in fields(kind):  # type: ignore[arg-type]  # a dataclass
        place = f"{where}.{item.name}"
        if item.name in data:
            given[item.name] = _value(hints[item.name], data[item.name], place)
        elif not _has_default(item):
            raise BadInput(place, None, "a value")
    return kind(**given)


def _has_default(item: Field[Any]) -> bool:
    return item.default is not MISSING or item.default_factory is not MISSING


def _value(kind: Any, raw: Any, where: str) -> Any:
    origin = get_origin(kind)
    if kind is Any:
        return raw
    if origin is UnionType or isinstance(kind, UnionType):
        return _one_of(get_args(kind), raw, where)
    if origin is tuple:
        return _items(get_args(kind)[0], raw, where)
    if origin is Mapping and isinstance(raw, RepeatedKeys):
        return raw
    if origin is Mapping:
        each = get_args(kind)[1]
        return {key: _value(each, value, f"{where}.{key}") for key, value in an_object(raw, where).items()}
    if hasattr(kind, "from_json"):
        return kind.from_json(raw, where)
    if is_dataclass(kind):
        return decoded(cast(type[Any], kind), raw, where)
    return _plain(kind, raw, where)


def _one_of(kinds: tuple[Any, ...], raw: Any, where: str) -> Any:
    """A member of a union: None, or the only other one, or the resource whose model is named."""
    if raw is None and NoneType in kinds:
        return None
    others = [kind for kind in kinds if kind is not NoneType]
    if len(others) == 1:
        return _value(others[0], raw, where)
    models: dict[str, type[Any]] = {kind.__name__: kind for kind in others}
    name = an_object(raw, where).get(MODEL)
    if name not in models:
        raise BadInput(f"{where}.{MODEL}", name, " or ".join(models))
    return decoded(models[name], raw, where)


def _items(kind: Any, raw: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise BadInput(where, raw, "a list")
    return tuple(_value(kind, each, f"{where}[{index}]") for index, each in enumerate(raw))


def _plain(kind: Any, raw: Any, where: str) -> Any:
    """A text, a number, a flag, or one of a few texts."""
    if get_origin(kind) is Literal or issubclass(kind, StrEnum):
        choices = get_args(kind) or tuple(kind)
        if raw not in choices:
            raise BadInput(where, raw, ", ".join(choices))
        return choices[choices.index(raw)]
    if not isinstance(raw, kind) or (kind is int and isinstance(raw, bool)):
        raise BadInput(where, raw, f"a value of type {kind.__name__}")
    return raw
