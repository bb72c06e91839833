"""What the functions report about one finding."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a remediation ended."""

    FIXED = "fixed"
    PARTIALLY_FIXED = "partially_fixed"
    """A part is still non-compliant: it is tried again, or `next_step` says what a person can do."""
    ALREADY_COMPLIANT = "already_compliant"
    GONE = "gone"
    """The resource does not exist (any more): there was nothing to fix."""
    SUPERSEDED = "superseded"
    """It was changed between our reading and our change, by no remediation of this stage, and it is compliant now."""
    UNCONFIRMED = "unconfirmed"
    """The resource is compliant now; it was never recorded whether by our call or by someone else's."""
    FAILED = "failed"
    UNDONE = "undone"
    """A person has put back what a fix removed."""


@dataclass(frozen=True)
class Outcome:
    """What a remediator did to one resource.

    Attributes
    ----------
    remediation_id : str
        Identifies this remediation in logs, in Slack and in commands; the same at each delivery of one finding.
    violations : tuple of str
        Why the resource was non-compliant, in words.
    removed, added : tuple of str
        The difference that the fix made: lines as the rule's `lines` writes them.
    notes : tuple of str
        What people should know about the fix.
    left : tuple of str
        What is still non-compliant, in words.
    reason, next_step : str
        Where it failed, or something is left that no further try fixes: why, and what a person can do.
    detected_at, finished_at : str
        ISO 8601, UTC.
    described : str
        What people know the resource by, beside its id: its name, VPC and tags.
    fixed_by : str
        Where nothing was to be done because of another remediation of this stage, or an earlier one: its id.
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
    """A message that cannot be processed: it went to the dead-letter queue `dead_letter_queue`, with `reason`."""

    dead_letter_queue: str
    reason: str
    message_excerpt: str
