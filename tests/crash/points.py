"""The points at which a process can die: before and after each AWS call and each post to Slack. All are tried.

Every effect of our processes on the outside is one of these calls. To stop a process between any two of them, before
the first and after the last, covers every point that matters. Calls are intercepted in boto3 and urllib, so none is
missed. The chain of processes runs once for each point, at which one of them dies.
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
    """The process dies: none of our code catches this."""


@dataclass(frozen=True)
class Call:
    """A call of one of our functions, and the number of the invocation over all functions."""

    function: str
    invocation: int
    name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """A point in a function's process, given by the calls that it has made before."""

    function: str
    done: tuple[str, ...]

    @property
    def after(self) -> str:
        """The last of these calls; empty before the first."""
        return self.done[-1] if self.done else ""

    def __str__(self) -> str:
        return (
            f"{self.function}, {f'after call {len(self.done)}, {self.after}' if self.done else 'before its first call'}"
        )


@dataclass
class Processes:
    """The invocations of our functions, one after another, of which one dies at a point; without a point, none dies.

    Parameters
    ----------
    number : int
        The number of the point, from 0, over all invocations.

    Attributes
    ----------
    reached : Point or None
        The point at which one died.
    passed : list of Point
        The points that were passed.
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
        """Run `work`, an invocation of `function`, until it ends or dies."""
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
        """Wraps a call; a test's own calls, outside of all invocations, do not count."""
        if not self._function:
            yield
            return
        if self._is_dead:  # a dead process makes no calls, not even to clean up
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
        """The point that this invocation has reached."""
        return tuple(each.name for each in self.done if each.invocation == self._invocation)

    def _pass_a_point(self) -> None:
        self.passed.append(Point(self._function, self._calls))
        if len(self.passed) - 1 == self.number:
            self.reached = self.passed[-1]
            self._is_dead = True
            raise Died


@contextmanager
def observed(processes: Processes) -> Iterator[None]:
    """All calls inside are calls of `processes`."""
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
    """Run the processes once without a death, and once for each point; the points at which one died."""
    for number, point in enumerate(_run(run, -1).passed):
        if which(point):
            assert _run(run, number).reached == point, "it took another way this time"
            yield point


def _run(run: Callable[[Processes], None], number: int) -> Processes:
    processes = Processes(number)
    with observed(processes):
        run(processes)
    return processes
