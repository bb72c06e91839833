"""What an undo comes to."""

from dataclasses import dataclass

from chalicelib.resources import Resource
from chalicelib.rules import Plan


@dataclass(frozen=True)
class Undo:
    """The calls that take a remediation back.

    Attributes
    ----------
    plan : Plan
        No calls and no obstacles: there is nothing to take back.
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
    """Something of what would be put back is no longer as the remediation left it.

    Attributes
    ----------
    changed : tuple of str
        What, in words.
    anyway : Undo
        What can be done regardless, for a person to decide.
    """

    changed: tuple[str, ...]
    anyway: Undo
