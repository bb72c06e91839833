"""The emulator as a child process, and its end."""

import os
import signal
import socket
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path
from typing import Self

import urllib3

from sandbox import environment
from sandbox.environment import REGION
from sandbox.errors import SandboxError
from sandbox.state import State

PROJECT = Path(__file__).resolve().parents[2]


class Emulator:
    """ministack, in a process group of its own that also holds the functions it runs.

    The socket is opened here and handed over, so that no other process can take the port in between.
    """

    def __init__(self, state: State) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with listener, state.emulator_log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.emulator", str(listener.fileno()), str(state.calls), str(state.trail)],
                cwd=PROJECT,
                env=_environment(state, listener.getsockname()[1]),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
                process_group=0,
            )
        self._log = state.emulator_log

    def wait_until_ready(self, seconds: float = 30.0) -> Self:
        deadline = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < deadline:
            if _is_ready(self.address):
                return self
            time.sleep(0.02)
        self.stop()
        raise SandboxError(f"The emulator did not start within {seconds} s; see {self._log}")

    def stop(self) -> None:
        """Kill the emulator and the functions it runs: it has no state to save.

        The group is certainly the child's: the child's ID is not reused before the child is waited for.
        """
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


def _is_ready(address: str) -> bool:
    try:
        answer = urllib3.request("GET", f"{address}/_ministack/ready", retries=False, timeout=5)
    except urllib3.exceptions.HTTPError:
        return False
    return answer.status == HTTPStatus.OK


def _environment(state: State, port: int) -> dict[str, str]:
    """ministack's settings: IAM enforced, one HTTP listener and no other, no Docker, no files outside `state`."""
    return {
        **environment.bare(state),
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "false",
        "SFTP_ENABLED": "false",
        "DOCKER_HOST": f"unix://{state.scratch}/no-docker.sock",
    }
