"""A working copy of the project for the sandbox's stage."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import SandboxError
from sandbox.emulator.process import PROJECT
from sandbox.project import change_stage_environment, copy_project


def stage(project: Path, name: str = "sandbox") -> dict[str, Any]:
    stages = json.loads((project / ".chalice" / "config.json").read_text())["stages"]
    return dict(stages[name]["environment_variables"])


def test_a_copy_has_what_is_deployed_and_the_variables_it_needs(tmp_path: Path) -> None:
    copy = copy_project(PROJECT, tmp_path / "copy", {"AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:1"})
    assert (copy / "chalicelib" / "settings.py").exists()
    assert (copy / ".chalice" / "policies").is_dir()
    assert (copy / "infrastructure" / "foundation.yaml").exists()
    assert not list(copy.rglob("__pycache__"))
    assert stage(copy) == {**stage(PROJECT), "AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:1"}
    assert stage(copy, "prod") == stage(PROJECT, "prod")


def test_earlier_deployments_stay_behind(tmp_path: Path) -> None:
    source = copy_project(PROJECT, tmp_path / "source", {})
    (source / ".chalice" / "deployed").mkdir()
    (source / ".chalice" / "deployed" / "sandbox.json").write_text("{}")
    copy = copy_project(source, tmp_path / "copy", {})
    assert not (copy / ".chalice" / "deployed").exists()


def test_a_copy_overwrites_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        copy_project(PROJECT, tmp_path, {})


def test_a_variable_can_be_changed_later(tmp_path: Path) -> None:
    copy = copy_project(PROJECT, tmp_path / "copy", {"ENABLE_AUTO_RESPONSE": "false"})
    change_stage_environment(copy, {"ENABLE_AUTO_RESPONSE": "true"})
    assert stage(copy)["ENABLE_AUTO_RESPONSE"] == "true"


def test_a_project_without_the_stage_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text('{"stages": {"dev": {}}}')
    with pytest.raises(SandboxError, match=r"expected a stage named sandbox; got \['dev'\]"):
        change_stage_environment(tmp_path, {})
