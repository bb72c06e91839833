"""A working copy of the Chalice project, whose `sandbox` stage finds the sandbox."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from sandbox.errors import SandboxError

STAGE = "sandbox"
PARTS = ("app.py", "requirements.txt", "chalicelib", ".chalice", "infrastructure")
LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "deployed", "deployments", "venv")


def copy_project(source: Path, destination: Path, environment: Mapping[str, str]) -> Path:
    """Copy what is deployed, without the record of earlier deployments; set the stage's variables.

    Raises FileExistsError where `destination` is there already.
    """
    destination.mkdir(parents=True)
    for part in PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, destination / part, ignore=LEFT_BEHIND)
        else:
            shutil.copy2(source / part, destination / part)
    change_stage_environment(destination, environment)
    return destination


def change_stage_environment(project: Path, changes: Mapping[str, str]) -> None:
    """Set environment variables of the `sandbox` stage in the project's ``.chalice/config.json``."""
    path = project / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    if STAGE not in config.get("stages", {}):
        raise SandboxError(f"{path}: expected a stage named {STAGE}; got {sorted(config.get('stages', {}))}")
    stage = config["stages"][STAGE]
    stage["environment_variables"] = {**stage.get("environment_variables", {}), **changes}
    path.write_text(json.dumps(config, indent=2) + "\n")
