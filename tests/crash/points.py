"""Where a process can die: before each AWS call that it makes, and after it; nothing is sampled.

Whatever a process of ours does to the outside is an AWS call of one of its boto3 clients, so to stop it at each of
these is to stop it everywhere that matters. A run is repeated with the process dying one point later each time, until
it gets to its end alive.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

type When = Literal["before", "after"]


class Died(BaseException):
    """The process is gone: nothing of ours catches this."""


@dataclass(frozen=True)
class Point:
    """A moment: before or after the call of this number, which does that."""

    number: int
    when: When
    call: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.when} call {self.number}, {self.call}"


@dataclass
class Process:
    """A process that dies at a point; without one it lives.

    Attributes
    ----------
    reached : Point or None
        Where it died.
    calls : list of str
        The calls that it has made, or was about to make.
    """

    number: int
    when: When
    reached: Point | None = None
    calls: list[str] = field(default_factory=list)

    def runs(self, work: Callable[[], Any], clients: Iterable[Any]) -> Point | None:
        """Do `work`, which calls AWS by `clients`, until its end, or until the process dies; where it died."""
        with self._hooked([each.meta.events for each in clients]):
            try:
                work()
            except Died:
                return self.reached
        return None

    def _before(self, model: Any, **_: Any) -> None:
        if self.reached:  # what is dead calls nobody, not even to clean up
            raise Died
        self.calls.append(f"{model.service_model.service_name}:{model.name}")
        self._die_at("before")

    def _after(self, **_: Any) -> None:
        self._die_at("after")

    def _die_at(self, when: When) -> None:
        if (len(self.calls) - 1, when) == (self.number, self.when):
            self.reached = Point(self.number, when, self.calls[-1])
            raise Died

    @contextmanager
    def _hooked(self, emitters: list[Any]) -> Iterator[None]:
        hooks = {"before-call": self._before, "after-call": self._after}
        for each in emitters:
            for event, hook in hooks.items():
                each.register_first(event, hook)
        try:
            yield
        finally:
            for each in emitters:
                for event, hook in hooks.items():
                    each.unregister(event, hook)


def every_point(run: Callable[[Process], Point | None]) -> Iterator[Point]:
    """Have `run` a process for each point, in an account of its own each time; each point at which it died."""
    number = 0
    while True:
        for when in ("before", "after"):
            point = run(Process(number, when))
            if point is None:
                return
            yield point
        number += 1
