"""What stops a stage, and who lets it go on."""

from dataclasses import dataclass


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


@dataclass(frozen=True)
class LimitReached:
    """A share of the hour's changes is used up.

    Attributes
    ----------
    reason : str
        Whose share it is, and how much: a sentence.
    waiting : str
        How many messages wait in the remediation queue, about.
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
