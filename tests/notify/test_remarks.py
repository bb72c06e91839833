"""The part and the time of each of our notifications in the course of an incident."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from chalicelib.notify import (
    TYPES,
    Actor,
    ChangeOverwritten,
    Decided,
    EvaluationIncomplete,
    ExemptionNews,
    Flapping,
    Held,
    LimitReached,
    Notification,
    Outcome,
    Paused,
    Rejection,
    Resumed,
    Status,
    to_json,
)
from chalicelib.slack.incidents import Part
from chalicelib.slack.messages import remark

DETECTED, PUBLISHED = datetime(2026, 11, 5, 3, 12, tzinfo=UTC), datetime(2026, 11, 5, 4, 0, tzinfo=UTC)
DECIDED = "2026-11-05T05:00:00+00:00"
PLACES: dict[type[Notification], tuple[Part, datetime | None, bool] | None] = {
    Outcome: (Part.MIDDLE, DETECTED, False),
    Held: (Part.MIDDLE, DETECTED, False),
    Actor: (Part.MIDDLE, DETECTED, True),
    ChangeOverwritten: (Part.MIDDLE, DETECTED, True),
    Flapping: (Part.MIDDLE, PUBLISHED, False),
    EvaluationIncomplete: (Part.MIDDLE, PUBLISHED, False),
    Decided: (Part.MIDDLE, None, False),
    **dict.fromkeys((Paused, Resumed, LimitReached, ExemptionNews, Rejection)),
}
"""The part, the time, and whether it is an addition; None: it is about no incident."""


def sample(kind: type[Notification], **given: Any) -> dict[str, Any]:
    """A notification of that kind, as it arrives."""
    values = {"detected_at": DETECTED.isoformat(), "at": DECIDED, **given}
    made: Any = kind(**{each.name: values.get(each.name, _any(each.type)) for each in fields(kind)})
    body: dict[str, Any] = json.loads(to_json(made))
    return body


def _any(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return next(iter(kind))
    return "word" if kind is str else ("word",)


def place(body: dict[str, Any]) -> tuple[Part, datetime | None, bool] | None:
    told = remark(body, PUBLISHED)
    return told and (told.part, told.at, told.is_addition)


@pytest.mark.parametrize("kind", TYPES.values(), ids=lambda kind: kind.__name__)
def test_every_notification_has_its_place(kind: type[Notification]) -> None:
    assert place(sample(kind)) == PLACES[kind]


def test_what_is_undone_comes_after_the_end() -> None:
    assert place(sample(Outcome, status=Status.UNDONE)) == (Part.EPILOGUE, DETECTED, False)


@pytest.mark.parametrize(
    ("kind", "unnamed"),
    [
        (kind, each.name)
        for kind, where in PLACES.items()
        for each in fields(kind)
        if where and each.name in ("raised_by_rule", "aws_account_id", "target_resource_id")
    ],
)
def test_what_names_no_resource_or_no_rule_is_about_no_incident(kind: type[Notification], unnamed: str) -> None:
    assert place(sample(kind, **{unnamed: ""})) is None
