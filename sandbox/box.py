"""A sandbox, as the demo and the tests use it."""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox import calls, environment, lock
from sandbox.calls import Call
from sandbox.clients import Clients
from sandbox.emulator.process import PROJECT
from sandbox.errors import SandboxError
from sandbox.launch import launch
from sandbox.project import copy_project
from sandbox.slack.channel import Channel
from sandbox.state import State


class Sandbox:
    """A local AWS account with a Slack channel, running on 127.0.0.1.

    Attributes
    ----------
    state : State
        Its folder, with logs and records.
    environment : dict of str
        The variables by which boto3, chalice and ddaws work in it, as root.
    function_environment : dict of str
        The variables that a deployed function needs.
    slack : Channel
        The Slack channel: its webhook's URL, its bot's token, and what was posted.

    Examples
    --------
    ::

        with Sandbox.start(Path(".sandbox")) as box:
            box.client("sqs").create_queue(QueueName="work")
    """

    def __init__(self, state: State, process: subprocess.Popen[bytes] | None = None) -> None:
        self._process = process
        self.state = state
        self.running = state.running()
        self.environment = environment.of_people(state, self.running)
        self.function_environment = environment.of_functions(state, self.running)
        self.slack = Channel(self.running.slack)
        self._clients = Clients(state, self.running.aws, self.running.front)

    @classmethod
    def start(cls, folder: Path, *, largest_notification: int | None = None, trail_lag: float | None = None) -> Self:
        """Start a sandbox that lives as long as this process, or until :meth:`stop`; SandboxError if it cannot.

        Parameters
        ----------
        largest_notification : int or None
            The bytes beyond which AWS Config sends an item's summary alone; None: AWS's own 256 KiB.
        trail_lag : float or None
            Seconds until CloudTrail has an event; None: five minutes, as on AWS.
        """
        state = State.at(folder)
        process = launch(state, with_parent=True, largest_notification=largest_notification, trail_lag=trail_lag)
        return cls(state, process)

    @classmethod
    def attach(cls, folder: Path) -> Self:
        """The sandbox that runs in `folder`; SandboxError if none is running."""
        state = State.at(folder)
        if not lock.holder(state.lock):
            raise SandboxError(f"No sandbox is running in {state.folder}. Start one: python -m sandbox up")
        return cls(state)

    def stop(self) -> None:
        """Stop the sandbox and all its processes."""
        lock.end_holder(self.state.lock)
        if self._process:
            self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, service: str) -> Any:
        """A boto3 client of the account's root user."""
        return self._clients(service)

    def calls(self) -> list[Call]:
        """The calls of roles and users so far, with IAM's decisions."""
        return list(calls.read(self.state.calls))

    def project(self, destination: Path, **changes_to_stage_environment: str) -> Path:
        """Copy the Chalice project to `destination`, where deploying its stage `sandbox` deploys into this account."""
        return copy_project(PROJECT, destination, {**self.function_environment, **changes_to_stage_environment})
