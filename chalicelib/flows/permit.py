"""What a remediator asks just before it changes anything: whether it may."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from chalicelib.errors import AwsRefused, MustWait, NotDone
from chalicelib.trust.pause import Pause


class Controls(Protocol):
    """What holds a stage up."""

    def paused(self) -> Pause | None: ...


class Work(Protocol):
    """One finding in the hands of a remediator."""

    @property
    def controls(self) -> Controls: ...

    @property
    def has_begun(self) -> bool: ...


@contextmanager
def permitted(work: Work) -> Iterator[None]:
    """Change things inside; what has begun may go on.

    Raises
    ------
    MustWait
        The stage is paused.
    NotDone
        Whether it is cannot be read: so nothing may be changed.
    """
    if not work.has_begun:
        _ask(work)
    yield


def _ask(work: Work) -> None:
    try:
        pause = work.controls.paused()
    except AwsRefused as error:  # of the table, not of the change: it may be mended before the last try
        raise NotDone(f"nothing may be changed while it cannot be read what holds the stage up: {error}") from error
    if pause:
        raise MustWait(f"The stage is {pause}.")
