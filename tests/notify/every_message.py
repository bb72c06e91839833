"""Every kind of message, with the same text in each of its fields."""

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from itertools import product
from typing import Any

from chalicelib.notify import TYPES, Notification, to_json
from chalicelib.slack.messages import SlackMessage, compose, digest
from tests.notify.samples import STAGE, TOPIC_ARN, body, compliance_change

MINUTE = datetime(2026, 11, 5, 3, 12, tzinfo=UTC)


def notifications(text: str, lines: int = 3) -> Iterator[Notification]:
    """Each type, in each combination of its enumerations' values, with `text` in all other fields or in none."""
    for kind in TYPES.values():
        enumerations = [each for each in fields(kind) if isinstance(each.type, type) and issubclass(each.type, StrEnum)]
        for values in product(*(each.type for each in enumerations)):  # type: ignore[union-attr]
            chosen = {each.name: value for each, value in zip(enumerations, values, strict=True)}
            for is_empty in (False, True):
                yield kind(**{each.name: _value(each, text, lines, is_empty) for each in fields(kind)} | chosen)


def messages(text: str, lines: int = 3) -> Iterator[SlackMessage]:
    """The Slack messages for our notifications, AWS Config's changes and CloudWatch's alarms."""
    bodies = [json.loads(to_json(each)) for each in notifications(text, lines)]
    for new, old in (("NON_COMPLIANT", text), ("COMPLIANT", "NON_COMPLIANT"), (text, "NON_COMPLIANT")):
        change = compliance_change(new, old)
        bodies.append(_filled(change, text, {"messageType", "complianceType"}))
        bodies.append({"detail-type": "Config Rules Compliance Change", "detail": bodies[-1]})
    for new, old in (("ALARM", text), ("OK", "ALARM")):
        bodies.append(_filled(body("alarm_goes_off"), text, set()) | {"NewStateValue": new, "OldStateValue": old})
    for each in bodies:
        message = compose(each, TOPIC_ARN, STAGE)
        assert message
        yield message


def digests(text: str) -> Iterator[tuple[str, list[Any]]]:
    """Digests of a few of them, and of all of them."""
    stored = [(message.kind.name, message.summary.source) for message in messages(text)]
    yield digest(MINUTE, 20, stored)
    yield from (digest(MINUTE, 20, [each]) for each in stored)


def _value(field: Any, text: str, lines: int, is_empty: bool) -> Any:
    if field.type == tuple[str, ...]:
        return () if is_empty else (text,) * lines
    return "" if is_empty and field.name in ("due_at", "left_until", "reason", "next_step", "who") else text


def _filled(value: Any, text: str, kept: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: each if key in kept else _filled(each, text, kept) for key, each in value.items()}
    return text
