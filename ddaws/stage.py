"""A stage of the Chalice app, as `.chalice/config.json` declares it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from chalicelib import variables
from chalicelib.errors import BadInput
from chalicelib.settings import APP, Settings

CONFIG_FILE = variables.CONFIG


@dataclass(frozen=True)
class Stage:
    """A stage, its project and its local settings.

    Attributes
    ----------
    project_dir : Path
        The Chalice project: the folder of ``app.py``.
    settings : Settings
        The stage's settings, read from its environment variables in the local file.
    variables : Mapping
        The stage's environment variables.
    """

    project_dir: Path
    settings: Settings
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, project_dir: Path, name: str) -> Self:
        """Read and check the stage `name`; BadInput names the wrong field and its value."""
        config = _config(project_dir)
        stages = config.get("stages", {})
        if name not in stages:
            raise BadInput("--stage", name, f"one of {CONFIG_FILE}'s stages ({', '.join(stages)})")
        if config.get("app_name") != APP:
            raise BadInput(f"{CONFIG_FILE}: app_name", config.get("app_name"), APP)
        variables.check(project_dir, name, {})
        declared = {**config.get("environment_variables", {}), **stages[name].get("environment_variables", {})}
        settings = Settings.from_environment(declared)
        if settings.stage != name:
            raise BadInput(f"{CONFIG_FILE}: stages.{name}.environment_variables.STAGE", settings.stage, repr(name))
        return cls(project_dir.resolve(), settings, declared)

    @property
    def name(self) -> str:
        return self.settings.stage

    @property
    def chalice_record(self) -> Path:
        """Chalice's record of the deployed resources."""
        return self.project_dir / ".chalice" / "deployed" / f"{self.name}.json"

    def named(self, suffix: str) -> str:
        """The name of one of this stage's resources: ``dd-aws-<stage>-<suffix>``."""
        return self.settings.name(suffix)


def stage_names(project_dir: Path) -> tuple[str, ...]:
    """The stages that `.chalice/config.json` declares."""
    return tuple(_config(project_dir).get("stages", {}))


def _config(project_dir: Path) -> Mapping[str, Any]:
    path = project_dir / CONFIG_FILE
    try:
        config = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise BadInput("--project-dir", str(project_dir), f"a folder with {CONFIG_FILE}") from error
    except ValueError as error:
        raise BadInput(str(CONFIG_FILE), str(error), "JSON") from error
    if not isinstance(config, dict):
        raise BadInput(str(CONFIG_FILE), config, "a JSON object")
    return config
