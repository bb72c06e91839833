"""What a rule would do about a resource: frozen AWS calls, and what people should know before these are made."""

from dataclasses import dataclass
from typing import Self

from chalicelib.findings import AwsCall


@dataclass(frozen=True)
class Obstacle:
    """Why something that the rule condemns is not fixed, and what a person can do about it."""

    reason: str
    next_step: str


@dataclass(frozen=True)
class Plan:
    """A plan, printable as it is; one executor makes its calls, in order.

    Attributes
    ----------
    calls : tuple of AwsCall
        The calls that remove what the rule condemns, and nothing else.
    notes : tuple of str
        What else they bring about: sentences for people.
    obstacles : tuple of Obstacle
        What they do not fix, and never will.
    """

    calls: tuple[AwsCall, ...] = ()
    notes: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()

    def __add__(self, other: Self) -> Self:
        """This plan, and then the other."""
        return type(self)(self.calls + other.calls, self.notes + other.notes, self.obstacles + other.obstacles)


@dataclass(frozen=True)
class Repair:
    """What has to follow a call, because AWS did more than it was asked, or less.

    Attributes
    ----------
    calls : tuple of AwsCall
        What to do at once.
    notes : tuple of str
        What happened: sentences for people.
    undone : tuple of AwsCall
        The calls of the plan whose effect is gone after the repair.
    """

    calls: tuple[AwsCall, ...] = ()
    notes: tuple[str, ...] = ()
    undone: tuple[AwsCall, ...] = ()
