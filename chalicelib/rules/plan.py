"""The plan of a rule for a resource: frozen AWS calls, and what people should know before the calls are made."""

from dataclasses import dataclass
from typing import Self

from chalicelib.findings import AwsCall


@dataclass(frozen=True)
class Obstacle:
    """Why a part of a violation is not fixed, and what a person can do about it."""

    reason: str
    next_step: str


@dataclass(frozen=True)
class Plan:
    """A plan. It can be printed as it is; one executor makes its calls, in order.

    Attributes
    ----------
    calls : tuple of AwsCall
        The calls that remove the violations, and nothing else.
    notes : tuple of str
        Side effects of the calls: sentences for people.
    obstacles : tuple of Obstacle
        What the calls never fix.
    """

    calls: tuple[AwsCall, ...] = ()
    notes: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()

    def __add__(self, other: Self) -> Self:
        """This plan, and then the other."""
        return type(self)(self.calls + other.calls, self.notes + other.notes, self.obstacles + other.obstacles)


@dataclass(frozen=True)
class Repair:
    """What has to follow a call because AWS did more or less than the call requested.

    Attributes
    ----------
    calls : tuple of AwsCall
        The calls to make at once.
    notes : tuple of str
        What happened: sentences for people.
    undone : tuple of AwsCall
        The calls of the plan whose effect is gone after the repair.
    """

    calls: tuple[AwsCall, ...] = ()
    notes: tuple[str, ...] = ()
    undone: tuple[AwsCall, ...] = ()
