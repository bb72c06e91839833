"""The incident that a notification is about, so that messages about one incident share a thread."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, assert_never

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
    from_json,
)
from chalicelib.slack.incidents import Incident, Part, Remark
from chalicelib.slack.messages.compliance import ComplianceChange
from chalicelib.slack.messages.kinds import Kind
from chalicelib.slack.messages.raw import text
from chalicelib.slack.messages.target import Target
from chalicelib.slack.messages.text import instant

_PARTS = {
    Kind.NON_COMPLIANT: Part.BEGINNING,
    Kind.COMPLIANT_AGAIN: Part.END,
    Kind.NO_LONGER_EVALUATED: Part.END,
}
_RESOLVING = frozenset({Status.FIXED, Status.UNCONFIRMED, Status.SUPERSEDED, Status.ALREADY_COMPLIANT})
"""The resource is verified to be compliant."""
_CHANGING = re.compile(
    r"""\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d|\ UTC)?  # a time
    |\b[a-z]-[0-9a-f]{12}(?:-\d+)?\b                         # an id of ours
    |\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b   # a request's id
    |(?<=failure\ message:\ )\S+                                # EC2 encodes each refusal differently""",
    re.VERBOSE,
)


def remark(body: Mapping[str, Any], published_at: datetime | None) -> Remark | None:
    """What a message says about an incident; None if it is about none, such as an alarm.

    Parameters
    ----------
    body, published_at : Mapping, datetime or None
        The message, for which a Slack message exists, and when it was published.
    """
    change = ComplianceChange.from_notification(body)
    if change:
        return _of_change(change, published_at)
    return _of_ours(from_json(body), published_at) if text(body, "messageType") in TYPES else None


def _of_change(change: ComplianceChange, published_at: datetime | None) -> Remark | None:
    incident = _incident(change.target, change.rule)
    part = _PARTS.get(change.kind) if change.kind else None
    recorded_at = instant(change.recorded_at) or published_at
    return Remark(incident, part, recorded_at) if incident and part else None


def _of_ours(notification: Notification, published_at: datetime | None) -> Remark | None:
    """A remark of our own notifications. Its time is that of the detection; for flapping, that of publication.

    A person's decision has its own time: it is about the detection before it, whatever happened since.
    """
    match notification:
        case Outcome(status=Status.UNDONE, detected_at=detected):
            return _remark(notification, Part.EPILOGUE, instant(detected))
        case (
            Outcome(detected_at=detected)
            | Held(detected_at=detected)
            | Actor(detected_at=detected)
            | ChangeOverwritten(detected_at=detected)
        ):
            return _remark(notification, Part.MIDDLE, instant(detected))
        case Flapping():
            return _remark(notification, Part.MIDDLE, published_at)
        case Decided():
            return _remark(notification, Part.MIDDLE, None)
        case EvaluationIncomplete():
            every = Target(notification.target_resource_type, "*", notification.aws_account_id, notification.aws_region)
            incident = _incident(every, notification.raised_by_rule)
            return Remark(incident, Part.MIDDLE, published_at, _said(notification)) if incident else None
        case Paused() | Resumed() | LimitReached() | ExemptionNews() | Rejection():
            return None
        case _:
            assert_never(notification)


def _remark(
    notification: Outcome | Held | Decided | Flapping | Actor | ChangeOverwritten, part: Part, at: datetime | None
) -> Remark | None:
    target = Target(
        notification.target_resource_type,
        notification.target_resource_id,
        notification.aws_account_id,
        notification.aws_region,
    )
    incident = _incident(target, notification.raised_by_rule)
    is_addition = isinstance(notification, Actor | ChangeOverwritten)
    resolved_at = None
    if isinstance(notification, Outcome) and notification.status in _RESOLVING:
        resolved_at = instant(notification.finished_at) or at
    return Remark(incident, part, at, _said(notification), is_addition, resolved_at) if incident else None


def _incident(target: Target, rule: str) -> Incident | None:
    where = (target.account_id, target.region, target.resource_type, target.resource_id)
    return Incident("/".join(where), rule) if all((*where, rule)) else None


def _said(notification: Notification) -> str:
    """A hash of the content without times and IDs. Whether a time is present counts."""
    fields = {
        key: bool(value) if key.endswith(("_id", "_at")) else value for key, value in asdict(notification).items()
    }
    return sha256(_CHANGING.sub("…", json.dumps(fields)).encode()).hexdigest()
