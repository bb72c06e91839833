"""Notifications about what stops a stage or a resource, and who resumes it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paused:
    """Someone (`who`, an ARN) paused a stage, for a reason."""

    stage: str
    who: str
    reason: str
    at: str


@dataclass(frozen=True)
class Resumed:
    """Someone resumed a stage or a resource.

    Attributes
    ----------
    what : str
        What had stopped it, and what happens next: sentences.
    """

    stage: str
    who: str
    what: str
    at: str


@dataclass(frozen=True)
class LimitReached:
    """A limit of changes per hour is reached.

    Attributes
    ----------
    reason : str
        Which limit was reached: a sentence.
    waiting : str
        The approximate number of messages that wait in the remediation queue.
    """

    stage: str
    reason: str
    waiting: str


@dataclass(frozen=True)
class Flapping:
    """A violation that is opened again after each fix.

    Attributes
    ----------
    violations : tuple of str
        The violations, in words.
    fixed_at : tuple of str
        When they were fixed, ISO 8601, UTC.
    left_until : str
        Until when they stay open; empty: they are fixed each time.
    """

    stage: str
    raised_by_rule: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    violations: tuple[str, ...]
    fixed_at: tuple[str, ...]
    left_until: str
