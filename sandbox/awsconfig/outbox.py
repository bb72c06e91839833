"""AWS Config's calls to other services, made one at a time and in order once the state is consistent."""

from collections import deque
from collections.abc import Callable
from threading import Lock


class Outbox:
    """A queue of calls to other services.

    State changes under a lock. Calls to other services must not be made under it, since they may call back. They wait
    here until :meth:`drain`.
    """

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._draining = Lock()

    def put(self, call: Callable[[], None]) -> None:
        """Add a call, which handles its own failures."""
        self._waiting.append(call)

    def drain(self) -> None:
        """Make the waiting calls. Returns at once if another thread, or a caller further up, is already doing so."""
        while self._waiting and self._draining.acquire(blocking=False):
            try:
                while self._waiting:
                    self._waiting.popleft()()
            finally:
                self._draining.release()
