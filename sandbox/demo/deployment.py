"""Deploys dd-aws into a sandbox with its own command line, as users do."""

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from copy import copy
from pathlib import Path
from typing import Any, Self

from sandbox import Sandbox, SandboxError
from sandbox.emulator.process import PROJECT
from sandbox.project import STAGE, change_stage_environment

WEBHOOK_PARAMETER = f"/dd-aws/{STAGE}/slack-webhook-url"
TOKEN_PARAMETER = f"/dd-aws/{STAGE}/slack-bot-token"
CHANNEL_PARAMETER = f"/dd-aws/{STAGE}/slack-channel"
CONFIG = Path(".chalice") / "config.json"


class Deployment:
    """A working copy of the project, whose stage `sandbox` is deployed into `box`.

    Parameters
    ----------
    folder : Path
        Where to put the copy. Auto-response is off in it.
    """

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self._environment = {**os.environ, **box.environment}
        self.project = box.project(folder, ENABLE_AUTO_RESPONSE="false")

    def run_by(self, credentials: Mapping[str, str]) -> Self:
        """The same working copy, run with other credentials; `credentials` are environment variables."""
        other = copy(self)
        other._environment = {**self._environment, **credentials}
        return other

    def command(self, verb: str, *options: str) -> str:
        """The command as a person types it."""
        return " ".join(["ddaws", verb, "--stage", STAGE, *options])

    def run(self, verb: str, *options: str, tell: Callable[[str], object] = lambda _line: None) -> str:
        """Run a command of ``ddaws`` and return its output; `tell` gets each line as it arrives.

        Raises
        ------
        SandboxError
            The command failed; the message is its output.
        """
        command = [
            sys.executable,
            "-m",
            "ddaws",
            *verb.split(),
            "--stage",
            STAGE,
            "--project-dir",
            str(self.project),
            *options,
        ]
        with subprocess.Popen(
            command,
            cwd=PROJECT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                lines = [self._told(line, tell) for line in process.stdout or ()]
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise SandboxError(f"{self.command(verb)} ended with exit status {process.returncode}:\n{''.join(lines)}")
        return "".join(lines)

    def pending(self) -> list[dict[str, Any]]:
        """The messages in the remediation queue, as ``ddaws pending --json`` prints them."""
        messages: list[dict[str, Any]] = json.loads(self.run("pending", "--json"))["messages"]
        return messages

    def set_auto_response(self, value: str) -> list[str]:
        """Edit ``ENABLE_AUTO_RESPONSE`` in the copy's configuration; return the unified diff, line by line."""
        path = self.project / CONFIG
        before = path.read_text().splitlines()
        change_stage_environment(self.project, {"ENABLE_AUTO_RESPONSE": value})
        after = path.read_text().splitlines()
        return list(difflib.unified_diff(before, after, f"a/{CONFIG}", f"b/{CONFIG}", lineterm="", n=1))

    @staticmethod
    def _told(line: str, tell: Callable[[str], object]) -> str:
        tell(line.rstrip())
        return line
