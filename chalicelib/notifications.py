"""What the functions tell the notifier, through the topic, beside AWS Config's own messages."""

import json
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from chalicelib.errors import BadInput

SNS_LIMIT = 200_000
"""Bytes of one notification that we allow ourselves; SNS ends at 256 KiB."""


class Status(StrEnum):
    """How a remediation ended."""

    FIXED = "fixed"
    PARTIALLY_FIXED = "partially_fixed"
    """Something is left: it is tried again, or `next_step` says what a person can do."""
    ALREADY_COMPLIANT = "already_compliant"
    SUPERSEDED = "superseded"
    """Someone else changed it between our reading and our change, and it is compliant now."""
    UNCONFIRMED = "unconfirmed"
    """It is compliant now; whether by our call, or by somebody else's, was never written down."""
    FAILED = "failed"
    UNDONE = "undone"
    """A person has put back what a fix took away."""


@dataclass(frozen=True)
class Outcome:
    """What a remediator did to one resource.

    Attributes
    ----------
    remediation_id : str
        Names this remediation in logs, in Slack and (the same id at each delivery of one finding) to people.
    violations : tuple of str
        Why the resource was condemned, in words.
    removed, added : tuple of str
        The difference that the fix made: lines as the rule's `lines` writes them.
    notes : tuple of str
        What else the fix brought about.
    left : tuple of str
        What is still condemned, in words.
    reason, next_step : str
        Where it failed, or something is left that no further try will fix: why, and what a person can do.
    detected_at, finished_at : str
        ISO 8601, UTC.
    """

    remediation_id: str
    status: Status
    raised_by_rule: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    detected_at: str
    finished_at: str
    violations: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    reason: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Rejection:
    """A message that no function can work on: it went to the dead-letter queue `dead_letter_queue`, with `reason`."""

    dead_letter_queue: str
    reason: str
    message_excerpt: str


@dataclass(frozen=True)
class Paused:
    """Somebody (`who`, an ARN) has stopped a stage, and said why."""

    stage: str
    who: str
    reason: str
    at: str


@dataclass(frozen=True)
class Resumed:
    """Somebody lets a stage, or a resource, go on.

    Attributes
    ----------
    what : str
        What had held it up, and what happens now: sentences.
    """

    stage: str
    who: str
    what: str
    at: str


class ExemptionEvent(StrEnum):
    """What becomes of an exemption."""

    GRANTED = "granted"
    REMOVED = "removed"
    ENDS_SOON = "ends_soon"
    ENDED = "ended"


@dataclass(frozen=True)
class ExemptionNews:
    """What became of an exemption.

    Attributes
    ----------
    what, owner, reason, until : str
        What it covers, who answers for it, why it is, and when it ends (ISO 8601, UTC).
    who : str
        The ARN of whoever granted or removed it; empty where nobody did anything.
    """

    event: ExemptionEvent
    exemption_id: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    what: str
    owner: str
    reason: str
    until: str
    who: str


Notification = Outcome | Rejection | Paused | Resumed | ExemptionNews
_TYPES: dict[str, type[Notification]] = {
    "RemediationOutcome": Outcome,
    "MessageRejected": Rejection,
    "StagePaused": Paused,
    "Resumed": Resumed,
    "ExemptionNews": ExemptionNews,
}


def message_type(notification: Notification) -> str:
    """The `messageType` by which the notifier tells messages apart (AWS Config's messages carry one, too)."""
    return next(name for name, kind in _TYPES.items() if isinstance(notification, kind))


def to_json(notification: Notification) -> str:
    """The notification as JSON, its long lists cut to what SNS takes."""
    body = {"messageType": message_type(notification), **{_camel(k): v for k, v in asdict(notification).items()}}
    while len(text := json.dumps(body)) > SNS_LIMIT:
        for key, value in body.items():
            body[key] = _halved(value)
    return text


def _halved(value: Any) -> Any:
    """The first half of a long list or a long text, marked as cut; anything short as it is."""
    if isinstance(value, list | tuple) and len(value) > 2:
        return [*value[: len(value) // 2], "… cut to fit"]
    if isinstance(value, list | tuple):
        return [_halved(line) for line in value]
    return value if len(value) < 1000 else value[: len(value) // 2] + "… cut to fit"


def from_json(body: Mapping[str, Any]) -> Notification:
    """The notification in an SNS message's body; BadInput where a field is missing or has the wrong type."""
    kind = _TYPES.get(str(body.get("messageType")))
    if kind is None:
        raise BadInput("messageType", body.get("messageType"), " or ".join(_TYPES))
    values: dict[str, Any] = {item.name: _value(item, body.get(_camel(item.name))) for item in fields(kind)}
    return kind(**values)


def _value(item: Field[Any], raw: object) -> object:
    """One field, checked: texts are texts, lists are lists of texts, and a status or an event is one of ours."""
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
