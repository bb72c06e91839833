"""Starting a sandbox's server, and waiting until it is ready."""

import subprocess
import sys
import time

from sandbox import environment, lock
from sandbox.emulator.process import PROJECT
from sandbox.errors import SandboxError
from sandbox.state import Running, State


def launch(
    state: State,
    *,
    with_parent: bool,
    largest_notification: int | None = None,
    trail_lag: float | None = None,
    seconds: float = 60.0,
) -> subprocess.Popen[bytes]:
    """Start the server and wait until all that it serves is ready.

    Parameters
    ----------
    with_parent : bool
        Whether the sandbox ends with this process; otherwise it runs until ``down``.
    largest_notification : int or None
        The bytes beyond which AWS Config sends an item's summary alone; None: AWS's own 256 KiB.
    trail_lag : float or None
        Seconds until CloudTrail has an event; None: five minutes, as on AWS.

    Raises
    ------
    SandboxError
        It did not start; the message has the log's last lines.
    """
    if lock.holder(state.lock):
        raise SandboxError(f"A sandbox is already running in {state.folder}")
    state.folder.mkdir(parents=True, exist_ok=True)
    given = {"--largest-notification": largest_notification, "--trail-lag": trail_lag}
    options = [f"{name}={value}" for name, value in given.items() if value is not None]
    options += ["--with-parent"] if with_parent else []
    with state.server_log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.server", str(state.folder), *options],
            cwd=PROJECT,
            env=environment.bare(state),
            stdin=subprocess.PIPE if with_parent else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_announced(state, process, seconds)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return process


def _wait_until_announced(state: State, process: subprocess.Popen[bytes], seconds: float) -> Running:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        if state.running_file.exists() and (running := state.running()).pid == process.pid:
            return running
        time.sleep(0.02)
    raise SandboxError(f"The sandbox did not start; {state.server_log} ends with:\n{_tail(state)}")


def _tail(state: State) -> str:
    return "\n".join(state.server_log.read_text().splitlines()[-15:])
