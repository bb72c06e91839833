"""Notifications about findings that wait for people, and about decisions."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Held:
    """A finding waits for a decision or for the end of its grace period.

    Attributes
    ----------
    hold_id : str
        The ID that people use to decide.
    due_at : str
        When the finding is fixed unless someone rejects the fix, ISO 8601, UTC; empty: only after someone approves.
    violations : tuple of str
        Why the resource is non-compliant, in words.
    calls : tuple of str
        The AWS calls that would fix it.
    notes : tuple of str
        What people should know before these calls are made.
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
    """A decision about a finding that waits."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Decided:
    """Someone (`who`, an ARN) decided about a finding that waits; `what_now` are sentences."""

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
