"""Notifications as JSON, and back."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields
from enum import StrEnum
from typing import Any

from chalicelib.errors import BadInput
from chalicelib.notify.actors import Actor
from chalicelib.notify.decisions import Decided, Held
from chalicelib.notify.evaluations import EvaluationIncomplete
from chalicelib.notify.exemptions import ExemptionNews
from chalicelib.notify.outcomes import Outcome, Rejection
from chalicelib.notify.overwrites import ChangeOverwritten
from chalicelib.notify.stops import Flapping, LimitReached, Paused, Resumed

SNS_LIMIT = 200_000
"""The limit of a notification in bytes; SNS accepts 256 KiB."""

Notification = (
    Outcome
    | Rejection
    | Paused
    | Resumed
    | LimitReached
    | Flapping
    | ExemptionNews
    | EvaluationIncomplete
    | Held
    | Decided
    | Actor
    | ChangeOverwritten
)
TYPES: dict[str, type[Notification]] = {
    "RemediationOutcome": Outcome,
    "MessageRejected": Rejection,
    "StagePaused": Paused,
    "Resumed": Resumed,
    "ExemptionNews": ExemptionNews,
    "EvaluationIncomplete": EvaluationIncomplete,
    "LimitReached": LimitReached,
    "Flapping": Flapping,
    "FindingHeld": Held,
    "FindingDecided": Decided,
    "ActorFound": Actor,
    "ChangeOverwritten": ChangeOverwritten,
}


def message_type(notification: Notification) -> str:
    """The `messageType` by which the notifier distinguishes messages (AWS Config's messages have one, too)."""
    return next(name for name, kind in TYPES.items() if isinstance(notification, kind))


def to_json(notification: Notification) -> str:
    """The notification as JSON, with long lists and texts cut to the limit."""
    body = {"messageType": message_type(notification), **{_camel(k): v for k, v in asdict(notification).items()}}
    while len(text := json.dumps(body)) > SNS_LIMIT:
        for key, value in body.items():
            body[key] = _halved(value)
    return text


def _halved(value: Any) -> Any:
    """The first half of a long list or text, marked as cut; a short one unchanged."""
    if isinstance(value, list | tuple) and len(value) > 2:
        return [*value[: len(value) // 2], "… cut to fit"]
    if isinstance(value, list | tuple):
        return [_halved(line) for line in value]
    return value if len(value) < 1000 else value[: len(value) // 2] + "… cut to fit"


def from_json(body: Mapping[str, Any]) -> Notification:
    """The notification in an SNS message's body; BadInput if a field is missing or has the wrong type."""
    kind = TYPES.get(str(body.get("messageType")))
    if kind is None:
        raise BadInput("messageType", body.get("messageType"), " or ".join(TYPES))
    values: dict[str, Any] = {
        item.name: _value(item, body.get(_camel(item.name)))
        for item in fields(kind)
        if _camel(item.name) in body or item.default is MISSING
    }
    return kind(**values)


def _value(item: Field[Any], raw: object) -> object:
    """One field, checked: a string, a list of strings, or a member of the field's enumeration."""
    if item.type == tuple[str, ...]:
        if not isinstance(raw, list) or not all(isinstance(line, str) for line in raw):
            raise BadInput(_camel(item.name), raw, "a list of texts")
        return tuple(raw)
    if not isinstance(raw, str):
        raise BadInput(_camel(item.name), raw, "a text")
    if isinstance(item.type, type) and issubclass(item.type, StrEnum):
        if raw not in set(item.type):
            raise BadInput(_camel(item.name), raw, ", ".join(item.type))
        return item.type(raw)
    return raw


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
