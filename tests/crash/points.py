"""Where a process can die: before and after each AWS call that it makes, and each post to Slack. Nothing is sampled.

Whatever a process of ours does to the outside is one of these, so to stop it between any two of them, before the first
and after the last, is to stop it everywhere that matters. Calls are found where boto3 and urllib make them, whatever
they are. A chain of processes is run again and again, dying one point later each time, until it gets to its end alive.
"""

import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

POST = "slack:POST"


class Died(BaseException):
    """The process is gone: nothing of ours catches this."""


@dataclass(frozen=True)
class Call:
    """A call that one of our functions made, in which of its invocations, counted over all functions."""

    function: str
    invocation: int
    name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """A moment in the life of a function's process: after this call, before the next; empty: before its first call."""

    function: str
    after: str

    def __str__(self) -> str:
        return f"{self.function}, {f'after {self.after}' if self.after else 'before its first call'}"


@dataclass
class Processes:
    """The invocations of our functions, one after another, one of which dies at a point; without one they all live.

    Parameters
    ----------
    number : int
        Counts the points from 0, over all invocations.

    Attributes
    ----------
    reached : Point or None
        Where it died.
    done : list of Call
        The calls that were made.
    """

    number: int = -1
    reached: Point | None = None
    done: list[Call] = field(default_factory=list)
    _function: str = ""
    _invocation: int = 0
    _points: int = 0
    _last: str = ""
    _is_dead: bool = False

    def lives(self, function: str, work: Callable[[], Any]) -> bool:
        """Do `work`, an invocation of `function`, until its end, or until it dies."""
        self._function, self._last, self._is_dead = function, "", False
        self._invocation += 1
        try:
            work()
        except Died:
            return False
        finally:
            self._function = ""
        return True

    @contextmanager
    def calling(self, name: str, parameters: Mapping[str, Any]) -> Iterator[None]:
        """Around a call; a test's own, outside of all invocations, are none of ours."""
        if not self._function:
            yield
            return
        if self._is_dead:  # what is dead calls nobody, not even to clean up
            raise Died
        if not self._last:
            self._pass_a_point()
        try:
            yield
        finally:
            self.done.append(Call(self._function, self._invocation, name, parameters))
            self._last = name
            self._pass_a_point()

    def _pass_a_point(self) -> None:
        if self._points == self.number:
            self.reached = Point(self._function, self._last)
            self._is_dead = True
        self._points += 1
        if self._is_dead:
            raise Died


@contextmanager
def observed(processes: Processes) -> Iterator[None]:
    """Whatever is called inside is a call of `processes`."""
    call, post = BaseClient._make_api_call, urllib.request.OpenerDirector.open

    def calling(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        with processes.calling(f"{client.meta.service_model.service_name}:{operation}", parameters):
            return call(client, operation, parameters)

    def posting(*given: Any, **more: Any) -> Any:
        with processes.calling(POST, {}):
            return post(*given, **more)

    with (
        patch.object(BaseClient, "_make_api_call", calling),
        patch.object(urllib.request.OpenerDirector, "open", posting),
    ):
        yield


def every_point(run: Callable[[Processes], None]) -> Iterator[Point]:
    """Have `run` the processes for each point, in an account of its own each time; each point at which one died."""
    for number in count():
        processes = Processes(number)
        with observed(processes):
            run(processes)
        if processes.reached is None:
            return
        yield processes.reached
