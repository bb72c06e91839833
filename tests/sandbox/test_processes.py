"""The sandbox's processes: where they listen, and that they end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox, SandboxError
from sandbox.environment import ACCOUNT_ID
from sandbox.state import State
from tests.sandbox.functions import create_function

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's /proc"),
]

LOOPBACK = "0100007F"
LISTENING = "0A"


def test_every_socket_listens_on_loopback(box: Sandbox) -> None:
    create_function(box, "listener", [])("sts", "get_caller_identity")
    processes = family(box.running.pid)
    assert len(processes) > 2, "expected the server, the emulator and a function"
    addresses = [address for process in processes for address in listening(process)]
    assert len(addresses) == 3
    assert {address.partition(":")[0] for address in addresses} == {LOOPBACK}


def test_nothing_is_left_after_stopping(tmp_path: Path) -> None:
    with Sandbox.start(tmp_path / "state") as box:
        create_function(box, "busy", [])("sts", "get_caller_identity")
        processes = family(box.running.pid)
    assert [process for process in processes if alive(process)] == []
    assert not box.state.scratch.exists()
    with pytest.raises(SandboxError, match="No sandbox is running"):
        Sandbox.attach(tmp_path / "state")


def test_everything_ends_when_the_server_is_killed(tmp_path: Path) -> None:
    with Sandbox.start(tmp_path / "state") as box:
        processes = family(box.running.pid)
        os.kill(box.running.pid, signal.SIGKILL)
        wait_until_ended(processes)
    with pytest.raises(SandboxError, match="No sandbox is running"):
        Sandbox.attach(tmp_path / "state")


def test_everything_ends_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    program = f"import sandbox, pathlib, time; sandbox.Sandbox.start(pathlib.Path({str(tmp_path)!r})); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", program]) as starter:
        box = when_up(tmp_path)
        processes = family(box.running.pid)
        starter.kill()
        wait_until_ended(processes)


def test_a_sandbox_that_cannot_start_says_why(tmp_path: Path) -> None:
    State.at(tmp_path).calls.mkdir()
    with pytest.raises(SandboxError, match=r"did not start.*(?s:.*)IsADirectoryError"):
        Sandbox.start(tmp_path)


def test_a_second_sandbox_in_the_same_folder_is_refused(box: Sandbox) -> None:
    with pytest.raises(SandboxError, match=r"already running in "):
        Sandbox.start(box.state.folder)
    assert box.client("sts").get_caller_identity()["Account"] == ACCOUNT_ID


def test_the_command_line_starts_shows_and_stops_a_sandbox_that_outlives_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    assert "AWS_ENDPOINT_URL_EC2" in command("up", folder)
    processes = family(Sandbox.attach(folder).running.pid)
    assert Sandbox.attach(folder).client("sts").get_caller_identity()["Account"] == ACCOUNT_ID
    assert "already running" in command("up", folder)
    assert command("status", folder).count("yes") == 3
    assert "Stopped" in command("down", folder)
    wait_until_ended(processes)
    assert "No sandbox is running" in command("down", folder)


def command(verb: str, folder: Path) -> str:
    program = [sys.executable, "-m", "sandbox", verb, "--state", str(folder)]
    return subprocess.run(program, check=True, capture_output=True, text=True).stdout


def when_up(folder: Path) -> Sandbox:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return Sandbox.attach(folder)
        except SandboxError:
            time.sleep(0.1)
    raise AssertionError("the sandbox did not start")


def wait_until_ended(processes: set[int]) -> None:
    deadline = time.monotonic() + 10
    while any(map(alive, processes)):
        assert time.monotonic() < deadline, f"still there: {[p for p in processes if alive(p)]}"
        time.sleep(0.05)


def family(pid: int) -> set[int]:
    """A process and all its descendants."""
    children = {child for child, parent in parents() if parent == pid}
    return {pid}.union(*map(family, children))


def parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        if fields := stat_fields(stat):
            yield int(stat.parent.name), int(fields[1])


def alive(pid: int) -> bool:
    fields = stat_fields(Path(f"/proc/{pid}/stat"))
    return bool(fields) and fields[0] != "Z"


def stat_fields(stat: Path) -> list[str]:
    """What follows the program's name: its state, its parent...; nothing where the process has gone."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def listening(pid: int) -> Iterator[str]:
    """The local addresses, in hexadecimal, of the sockets that the process listens on."""
    links = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and f"socket:[{fields[9]}]" in links:
                yield fields[1]
