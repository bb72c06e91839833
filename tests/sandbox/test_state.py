"""The sandbox's folder, and what leads to it."""

from pathlib import Path

import boto3
import pytest
from botocore.loaders import Loader

from sandbox import SandboxError, botocore_data, calls, environment
from sandbox.calls import Call
from sandbox.state import Running, State

RUNNING = Running(pid=1, aws="http://127.0.0.1:1", front="http://127.0.0.1:2", slack="http://127.0.0.1:3")


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State.at(tmp_path)
    state.prepare()
    return state


def test_a_sandbox_is_found_from_its_announcement_until_it_is_cleaned_up(state: State) -> None:
    state.announce(RUNNING)
    assert state.running() == RUNNING
    state.clean_up()
    with pytest.raises(SandboxError, match="No sandbox is running"):
        state.running()


def test_preparing_forgets_the_last_account_and_touches_no_other_file(state: State) -> None:
    theirs = state.folder / "notes.txt"
    theirs.write_text("mine")
    calls.append(state.calls, "arn", "s3:GetObject", "*", allowed=True)
    state.announce(RUNNING)
    state.prepare()
    assert theirs.read_text() == "mine"
    assert list(calls.read(state.calls)) == []
    assert not state.running_file.exists()


def test_recorded_calls_are_read_back_in_order(state: State) -> None:
    session = "arn:aws:sts::000000000000:assumed-role/coordinator/session"
    calls.append(state.calls, session, "sqs:ReceiveMessage", "arn:queue", allowed=True)
    calls.append(state.calls, "arn:aws:iam::000000000000:user/somebody", "sns:Publish", "*", allowed=False)
    first, second = calls.read(state.calls)
    assert first == Call(first.at, session, "sqs:ReceiveMessage", "arn:queue", allowed=True)
    assert (first.role, second.role) == ("coordinator", "")
    assert not second.allowed


def test_nothing_of_a_persons_own_aws_setup_survives(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("NO_PROXY", "example.com")
    variables = environment.of_people(state, RUNNING)
    assert variables["NO_PROXY"] == "127.0.0.1,example.com"
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session()
    assert session.get_credentials().get_frozen_credentials()[:3] == ("test", "test", None)
    assert session.region_name == environment.REGION
    assert session.client("sqs").meta.endpoint_url == RUNNING.aws
    assert {session.client(name).meta.endpoint_url for name in ("ec2", "config", "s3control")} == {RUNNING.front}


def test_the_sandboxs_own_processes_inherit_almost_nothing(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    assert environment.bare(state).keys() <= {"PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR"}
    assert environment.bare(state)["HOME"] == str(state.scratch)


def test_waiters_look_every_second_for_as_long_as_before(tmp_path: Path) -> None:
    botocore_data.write(tmp_path)
    ours, theirs = (
        loader.load_service_model("lambda", "waiters-2")["waiters"]
        for loader in (Loader(extra_search_paths=[str(tmp_path)]), Loader())
    )
    assert ours.keys() == theirs.keys()
    for name, waiter in ours.items():
        assert waiter["delay"] == 1
        assert waiter["maxAttempts"] == theirs[name]["delay"] * theirs[name]["maxAttempts"]
        assert waiter["acceptors"] == theirs[name]["acceptors"]
