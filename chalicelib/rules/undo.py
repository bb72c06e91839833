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
        No calls and no obstacles: there is nothing to put back.
    then : SecurityGroup, Bucket or None
        The resource as it is once they are made; None: there is none.
    back, gone : tuple of str
        What comes back, and what goes again, in lines for people.
    """

    plan: Plan
    then: Resource | None = None
    back: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drift:
    """Some of what would be put back is no longer as the remediation left it.

    Attributes
    ----------
    changed : tuple of str
        What, in words.
    anyway : Undo
        What can still be put back, for a person to decide.
    """

    changed: tuple[str, ...]
    anyway: Undo
