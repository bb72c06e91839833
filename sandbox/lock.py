"""Who runs the sandbox: the process that holds the lock, and no other.

A process ID in a file proves nothing, since IDs are reused. An advisory lock ends with the process that holds it, so an
ID read from a locked file belongs to a sandbox's process and may be signalled.
"""

import fcntl
import os
import signal
import time
from pathlib import Path
from typing import TextIO

from sandbox.errors import SandboxError


def take(path: Path) -> TextIO:
    """Lock `path` and write this process's id into it; the lock lasts until the returned file is closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise SandboxError(f"A sandbox is already running in {path.parent}") from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def holder(path: Path) -> int | None:
    """The ID of the process that holds the lock; None if no process does."""
    if not path.exists():
        return None
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0) or None
    return None


def end_holder(path: Path, grace_seconds: float = 10.0) -> int | None:
    """End the process that holds the lock, first with SIGTERM, and wait until it has ended.

    Returns
    -------
    int or None
        The ID of the ended process; None if no process held the lock.
    """
    pid = holder(path)
    if pid is None:
        return None
    for ending in (signal.SIGTERM, signal.SIGKILL):
        if holder(path) == pid:
            os.kill(pid, ending)
        if _released(path, pid, grace_seconds):
            return pid
    raise SandboxError(f"Process {pid} holds {path} and cannot be ended")


def _released(path: Path, pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while holder(path) == pid:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
