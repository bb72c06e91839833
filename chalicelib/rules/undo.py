"""The result of planning an undo."""

from dataclasses import dataclass

from chalicelib.resources import Resource
from chalicelib.rules import Plan


@dataclass(frozen=True)
class Undo:
    """The calls that undo a remediation.

    Attributes
    ----------
    plan : Plan
        No calls and no obstacles: there is nothing to restore.
    then : SecurityGroup, Bucket or None
        The resource after the calls; None if it does not exist.
    back, gone : tuple of str
        What is restored and what is removed, as lines for people.
    """

    plan: Plan
    then: Resource | None = None
    back: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drift:
    """A part of what the undo would restore has changed since the remediation.

    Attributes
    ----------
    changed : tuple of str
        What has changed, in words.
    anyway : Undo
        What can still be restored, for a person to decide.
    """

    changed: tuple[str, ...]
    anyway: Undo
