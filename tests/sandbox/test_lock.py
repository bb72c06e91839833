"""Who runs the sandbox."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import SandboxError, lock

PROJECT = Path(__file__).parents[2]
HOLD = """
import signal, sys, time
from pathlib import Path
from sandbox import lock
{preparation}
with lock.take(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""

Hold = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "lock"


@pytest.fixture
def hold(path: Path) -> Iterator[Hold]:
    """Start a process that holds the lock."""
    started: list[subprocess.Popen[str]] = []

    def hold(preparation: str = "") -> "subprocess.Popen[str]":
        program = [sys.executable, "-c", HOLD.format(preparation=preparation), str(path)]
        process = subprocess.Popen(program, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.communicate()


def test_a_lock_names_the_process_that_holds_it(path: Path) -> None:
    assert lock.holder(path) is None
    with lock.take(path):
        assert lock.holder(path) == os.getpid()
    assert lock.holder(path) is None


def test_a_lock_is_held_by_one_process_at_a_time(path: Path, hold: Hold) -> None:
    process = hold()
    assert lock.holder(path) == process.pid
    with pytest.raises(SandboxError, match=r"already running in "):
        lock.take(path)


def test_a_process_that_ended_is_never_signalled(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        path.parent.mkdir()
        path.write_text(str(stranger.pid))
        assert lock.end_holder(path) is None
        assert stranger.poll() is None
        stranger.communicate(b"\n")
        assert stranger.returncode == 0


def test_the_holder_is_ended(path: Path, hold: Hold) -> None:
    process = hold()
    assert lock.end_holder(path) == process.pid
    assert process.wait() == -signal.SIGTERM


def test_a_holder_that_does_not_listen_is_killed(path: Path, hold: Hold) -> None:
    process = hold(preparation="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    assert lock.end_holder(path, grace_seconds=0.2) == process.pid
    assert process.wait() == -signal.SIGKILL
