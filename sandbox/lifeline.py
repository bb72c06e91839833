"""A child that ends with its parent: the parent holds the other end of the child's standard input.

However the parent dies, the system closes its end, and the child reads the end of the file.
"""

import os
import threading
from collections.abc import Callable

STANDARD_INPUT = 0


def when_parent_ends(act: Callable[[], None]) -> None:
    """Call `act` in a separate thread once standard input has ended."""

    def wait() -> None:
        while os.read(STANDARD_INPUT, 1024):
            pass
        act()

    threading.Thread(target=wait, daemon=True).start()
