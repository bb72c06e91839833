"""What stops a stage, and who resumes it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paused:
    """Somebody (`who`, an ARN) has paused a stage, and said why."""

    stage: str
    who: str
    reason: str
    at: str


@dataclass(frozen=True)
class Resumed:
    """Somebody has resumed a stage or a resource.

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
        Which limit it is: a sentence.
    waiting : str
        About how many messages wait in the remediation queue.
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
        What it is, in words.
    fixed_at : tuple of str
        When it was fixed, ISO 8601, UTC.
    left_until : str
        Until when it is left open; empty: it is closed each time.
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
