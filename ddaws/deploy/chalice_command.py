"""Chalice, started as a separate program, because it imports the app with the stage's environment."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from chalicelib.errors import DdAwsError
from ddaws.account import Account
from ddaws.plan import Target, Tell, Verb

CHALICE = (sys.executable, "-P", "-c", "import sys; from chalice.cli import main; sys.exit(main())")
APP_MODEL = (sys.executable, "-P", str(Path(__file__).with_name("app_model.py")))


class ChaliceFailed(DdAwsError):
    """Chalice ended with an error; the message is from Chalice."""


def app_model(target: Target) -> Mapping[str, Any]:
    """What Chalice would deploy; see :mod:`ddaws.deploy.app_model`."""
    stage = target.stage
    done = subprocess.run(
        (*APP_MODEL, str(stage.project_dir), stage.name),
        env=_environment(target),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ChaliceFailed(f"Chalice cannot load the app:\n{done.stderr.strip()}")
    model: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return model


def _environment(target: Target) -> dict[str, str]:
    wanted = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**os.environ, "AWS_DEFAULT_REGION": target.account.region, **wanted}


def _remove_bytecode(project_dir: Path) -> None:
    """Remove bytecode: Chalice would package it, which doubles the size, and Lambda cannot use it."""
    for folder in (project_dir / "chalicelib").rglob("__pycache__"):
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class RunChalice:
    """``chalice deploy``; its messages are shown as they arrive."""

    target: Target
    verb: Verb

    @property
    def what(self) -> str:
        return f"chalice deploy --stage {self.target.stage.name}"

    def apply(self, _account: Account, tell: Tell) -> None:
        stage = self.target.stage
        _remove_bytecode(stage.project_dir)
        command = (*CHALICE, "--project-dir", str(stage.project_dir), "deploy", "--stage", stage.name)
        with tempfile.TemporaryFile("w+") as errors:
            status = self._run(command, errors, tell)
            errors.seek(0)
            if status:
                raise ChaliceFailed(f"chalice deploy ended with exit status {status}:\n{errors.read().strip()}")

    def _run(self, command: Sequence[str], errors: IO[str], tell: Tell) -> int:
        """Run Chalice, and end it on an interrupt; return its exit status."""
        environment = _environment(self.target)
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
            try:
                for line in process.stdout or ():
                    tell(f"chalice: {line.strip()}")
                return process.wait()
            finally:
                process.terminate()
