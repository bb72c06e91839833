"""Waiting for conditions, never for a time."""

import time
from collections.abc import Callable

LOOK_AGAIN = 0.2


def eventually[T](what: str, look: Callable[[], T], seconds: float = 90.0) -> T:
    """Wait until `look` returns a true value, and return it; AssertionError after `seconds`.

    Parameters
    ----------
    what : str
        For whoever reads the failure: what was awaited.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(LOOK_AGAIN)
    return found
