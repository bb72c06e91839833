import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import BadInput
from ddaws.stage import Stage, stage_names
from tests.ddaws.small_project import CONFIG


def write(project: Path, **changes: Any) -> None:
    (project / ".chalice" / "config.json").write_text(json.dumps({**CONFIG, **changes}))


def with_variables(**variables: str) -> dict[str, Any]:
    return {"dev": {"environment_variables": {"STAGE": "dev", "ENABLE_AUTO_RESPONSE": "false", **variables}}}


def test_a_stage_is_read_with_its_settings(project: Path) -> None:
    stage = Stage.read(project, "dev-2")

    assert stage.name == "dev-2"
    assert stage.settings.enable_auto_response
    assert stage.named("foundation") == "dd-aws-dev-2-foundation"


def test_variables_of_all_stages_are_settings_too(project: Path) -> None:
    write(project, environment_variables={"COORDINATOR_POLL_SECONDS": "7"})

    assert Stage.read(project, "dev").settings.coordinator_poll_seconds == 7


def test_an_unknown_stage_is_told_which_there_are(project: Path) -> None:
    with pytest.raises(BadInput, match=r"--stage: expected one of .*\(dev, dev-2\); got 'prod'"):
        Stage.read(project, "prod")


def test_a_stage_with_a_different_stage_variable_is_refused(project: Path) -> None:
    write(project, stages=with_variables(STAGE="prod"))

    with pytest.raises(BadInput, match=r"stages\.dev\.environment_variables\.STAGE: expected 'dev'; got 'prod'"):
        Stage.read(project, "dev")


@pytest.mark.parametrize("value", ["True", "yes", "", "1"])
def test_auto_response_is_exactly_true_or_false(project: Path, value: str) -> None:
    write(project, stages=with_variables(ENABLE_AUTO_RESPONSE=value))

    with pytest.raises(BadInput, match=f"ENABLE_AUTO_RESPONSE: expected true or false; got '{value}'"):
        Stage.read(project, "dev")


@pytest.mark.parametrize("value", [7, True])
def test_a_variable_that_is_no_text_is_named_with_its_place(project: Path, value: object) -> None:
    write(project, environment_variables={"COORDINATOR_POLL_SECONDS": value})
    with pytest.raises(BadInput, match=f"json: environment_variables.COORDINATOR_POLL_SECONDS: .*in quotes.* {value}"):
        Stage.read(project, "dev")

    write(project, environment_variables={}, stages={"dev": {"environment_variables": {"STAGE": value}}})
    with pytest.raises(BadInput, match=r"json: stages\.dev\.environment_variables\.STAGE: expected a text"):
        Stage.read(project, "dev")


def test_another_app_is_not_ours_to_deploy(project: Path) -> None:
    write(project, app_name="other")

    with pytest.raises(BadInput, match="app_name: expected dd-aws; got 'other'"):
        Stage.read(project, "dev")


def test_a_folder_without_an_app_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"--project-dir: expected a folder with .chalice/config.json"):
        Stage.read(tmp_path, "dev")


def test_a_configuration_that_is_not_json_is_named(project: Path) -> None:
    (project / ".chalice" / "config.json").write_text("{,}")

    with pytest.raises(BadInput, match=r"config\.json: expected JSON"):
        Stage.read(project, "dev")


def test_the_stages_of_a_project_are_listed(project: Path) -> None:
    assert stage_names(project) == ("dev", "dev-2")
