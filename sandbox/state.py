"""The sandbox's folder: its running processes, logs and records."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from sandbox.errors import SandboxError


@dataclass(frozen=True)
class Running:
    """Where a running sandbox listens; every address is on 127.0.0.1.

    Attributes
    ----------
    pid : int
        The process of :mod:`sandbox.server`.
    aws : str
        The emulator that carries most services.
    front : str
        EC2, AWS Config, S3 Control, Service Quotas and CloudTrail.
    slack : str
        The Slack channel, with its webhook and its Web API.
    """

    pid: int
    aws: str
    front: str
    slack: str


@dataclass(frozen=True)
class State:
    """The names of the files in a sandbox's folder."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Self:
        return cls(folder.absolute())

    @property
    def lock(self) -> Path:
        """Locked by the server for as long as it lives; holds its process id."""
        return self.folder / "lock"

    @property
    def running_file(self) -> Path:
        return self.folder / "running.json"

    @property
    def server_log(self) -> Path:
        return self.folder / "server.log"

    @property
    def emulator_log(self) -> Path:
        return self.folder / "emulator.log"

    @property
    def calls(self) -> Path:
        """Every call that IAM decided on: :mod:`sandbox.calls`."""
        return self.folder / "calls.jsonl"

    @property
    def trail(self) -> Path:
        """Every change by EC2 and S3, and who made it: :mod:`sandbox.trail`."""
        return self.folder / "trail.jsonl"

    @property
    def slack_posts(self) -> Path:
        """Every post to the Slack channel, accepted or refused: :mod:`sandbox.slack.posts`."""
        return self.folder / "slack.jsonl"

    @property
    def botocore_data(self) -> Path:
        """What ``AWS_DATA_PATH`` points to: :mod:`sandbox.botocore_data`."""
        return self.folder / "botocore-data"

    @property
    def aws_config(self) -> Path:
        """An AWS configuration without profiles, so that nobody's own credentials can be used by mistake."""
        return self.folder / "aws-config"

    @property
    def scratch(self) -> Path:
        """Temporary files of the emulator and of the functions it runs."""
        return self.folder / "tmp"

    def prepare(self) -> None:
        """Start with empty records: an account lives in memory, so the records of an earlier one are obsolete."""
        self.running_file.unlink(missing_ok=True)
        for record in (self.calls, self.trail, self.slack_posts):
            record.write_text("")
        self.aws_config.write_text("[default]\n")
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()

    def announce(self, running: Running) -> None:
        """Announce to other processes atomically that the sandbox is ready."""
        draft = self.running_file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(running), indent=2))
        draft.replace(self.running_file)

    def running(self) -> Running:
        """Where the running sandbox listens; SandboxError if none is running."""
        try:
            return Running(**json.loads(self.running_file.read_text()))
        except FileNotFoundError:
            raise SandboxError(f"No sandbox is running in {self.folder}. Start one: python -m sandbox up") from None

    def clean_up(self) -> None:
        """Keep the logs and records, and delete everything that would no longer be true."""
        self.running_file.unlink(missing_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
