"""Notifications about one finding."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a remediation ended."""

    FIXED = "fixed"
    PARTIALLY_FIXED = "partially_fixed"
    """A part is still non-compliant: the remediator tries again, or `next_step` says what a person can do."""
    ALREADY_COMPLIANT = "already_compliant"
    GONE = "gone"
    """The resource does not exist, or no longer exists: there was nothing to fix."""
    SUPERSEDED = "superseded"
    """Someone else, no remediation of this stage, changed the resource between our read and our change: compliant."""
    UNCONFIRMED = "unconfirmed"
    """The resource is compliant now. It was never recorded whether our call or someone else's fixed it."""
    FAILED = "failed"
    UNDONE = "undone"
    """A person restored what a fix removed."""


@dataclass(frozen=True)
class Outcome:
    """What a remediator did to one resource.

    Attributes
    ----------
    remediation_id : str
        Identifies the remediation in logs, in Slack and in commands. Equal for each delivery of one finding.
    violations : tuple of str
        Why the resource was non-compliant, in words.
    removed, added : tuple of str
        The difference that the fix made, as lines of the rule's `lines`.
    notes : tuple of str
        What people should know about the fix.
    left : tuple of str
        What is still non-compliant, in words.
    reason, next_step : str
        If it failed, or a part is left that no further try fixes: why, and what a person can do.
    detected_at, finished_at : str
        ISO 8601, UTC.
    described : str
        How people recognize the resource, in addition to its ID: its name, VPC and tags.
    fixed_by : str
        The ID of the remediation of this stage that already fixed the resource, if any.
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
    described: str = ""
    fixed_by: str = ""


@dataclass(frozen=True)
class Rejection:
    """A message that cannot be processed. It was moved to the queue `dead_letter_queue`, with `reason`."""

    dead_letter_queue: str
    reason: str
    message_excerpt: str
