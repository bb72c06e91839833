"""Findings that wait for people, and what people decide."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Held:
    """A finding is not fixed yet.

    Attributes
    ----------
    hold_id : str
        By which people decide about it.
    due_at : str
        When it is fixed unless somebody says no, ISO 8601, UTC; empty: it is fixed only if somebody says so.
    violations : tuple of str
        Why the resource is condemned, in words.
    calls : tuple of str
        The AWS calls that would fix it.
    notes : tuple of str
        What people should know before they are made.
    """

    stage: str
    hold_id: str
    raised_by_rule: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    detected_at: str
    due_at: str
    violations: tuple[str, ...]
    calls: tuple[str, ...]
    notes: tuple[str, ...]


class Decision(StrEnum):
    """What somebody decides about a finding that waits."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Decided:
    """Somebody (`who`, an ARN) has decided about a finding that waits; `what_now` are sentences."""

    decision: Decision
    hold_id: str
    raised_by_rule: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    violations: tuple[str, ...]
    who: str
    reason: str
    what_now: str
    at: str
