"""What leaves AWS Config for other services: done after the state is consistent, one at a time, in order."""

from collections import deque
from collections.abc import Callable
from threading import Lock


class Outbox:
    """A queue of calls to other services.

    State is changed under a lock; calls to other services must not be made under it, for what they call may call us
    back. So they wait here until :meth:`drain`.
    """

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._draining = Lock()

    def put(self, call: Callable[[], None]) -> None:
        """Add a call. It deals with its own failures."""
        self._waiting.append(call)

    def drain(self) -> None:
        """Make the waiting calls. Returns at once where another thread, or a caller further up, is at it already."""
        while self._waiting and self._draining.acquire(blocking=False):
            try:
                while self._waiting:
                    self._waiting.popleft()()
            finally:
                self._draining.release()
