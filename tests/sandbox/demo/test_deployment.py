"""The working copy that the demonstration deploys."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox import SandboxError
from sandbox.demo.deployment import Deployment
from sandbox.emulator.process import PROJECT
from sandbox.project import copy_project


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    def project(destination: Path, **environment: str) -> Path:
        return copy_project(PROJECT, destination, environment)

    box: Any = SimpleNamespace(environment={"AWS_DEFAULT_REGION": ""}, project=project)
    return Deployment(box, tmp_path / "copy")


def test_auto_response_is_turned_on_by_one_line_of_the_configuration(deployment: Deployment) -> None:
    changed = [
        line for line in deployment.set_auto_response("true") if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert [line.strip("+-, ") for line in changed] == [
        '"ENABLE_AUTO_RESPONSE": "false"',
        '"ENABLE_AUTO_RESPONSE": "true"',
    ]


def test_the_error_of_a_failed_command_has_its_output(deployment: Deployment) -> None:
    told: list[str] = []
    with pytest.raises(
        SandboxError, match=r"(?s)^ddaws no-such-verb --stage sandbox ended with exit status 2:.*No such"
    ):
        deployment.run("no-such-verb", tell=told.append)
    assert "No such command" in "".join(told)
