"""Where a process can die: before and after each AWS call that it makes, and each post to Slack. Nothing is sampled.

Whatever a process of ours does to the outside is one of these, so to stop it between any two of them, before the first
and after the last, is to stop it everywhere that matters. Calls are found where boto3 and urllib make them, whatever
they are. A chain of processes is run again and again, and one of them dies at another point each time.
"""

import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
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
    """A moment in the life of a function's process, by the calls that it has made by then."""

    function: str
    done: tuple[str, ...]

    @property
    def after(self) -> str:
        """The last of them; empty: it is to make its first."""
        return self.done[-1] if self.done else ""

    def __str__(self) -> str:
        return (
            f"{self.function}, {f'after call {len(self.done)}, {self.after}' if self.done else 'before its first call'}"
        )


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
    passed : list of Point
        Those that there were.
    done : list of Call
        The calls that were made.
    """

    number: int = -1
    reached: Point | None = None
    passed: list[Point] = field(default_factory=list)
    done: list[Call] = field(default_factory=list)
    _function: str = ""
    _invocation: int = 0
    _is_dead: bool = False

    def lives(self, function: str, work: Callable[[], Any]) -> bool:
        """Do `work`, an invocation of `function`, until its end, or until it dies."""
        self._function, self._is_dead = function, False
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
        if not self._calls:
            self._pass_a_point()
        try:
            yield
        finally:
            self.done.append(Call(self._function, self._invocation, name, parameters))
            self._pass_a_point()

    @property
    def _calls(self) -> tuple[str, ...]:
        """Of this invocation."""
        return tuple(each.name for each in self.done if each.invocation == self._invocation)

    def _pass_a_point(self) -> None:
        self.passed.append(Point(self._function, self._calls))
        if len(self.passed) - 1 == self.number:
            self.reached = self.passed[-1]
            self._is_dead = True
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


def every_point(run: Callable[[Processes], None], which: Callable[[Point], bool] = lambda _: True) -> Iterator[Point]:
    """Have `run` the processes once while they all live, and once for each point; each point at which one died."""
    for number, point in enumerate(_run(run, -1).passed):
        if which(point):
            assert _run(run, number).reached == point, "it took another way this time"
            yield point


def _run(run: Callable[[Processes], None], number: int) -> Processes:
    processes = Processes(number)
    with observed(processes):
        run(processes)
    return processes
