"""`.chalice/config.json`, as Chalice itself reads it."""

import json
import re
from typing import Any

import pytest
from chalice.cli.factory import CLIFactory
from chalice.config import Config

from chalicelib.pipeline.coordinate import WORK_SECONDS
from chalicelib.pipeline.fix import BACKOFF
from chalicelib.settings import APP, Settings
from tests.infrastructure.declarations import FUNCTIONS, PROJECT, REMEDIATORS, STAGES, Json

TICK = 60
ALL = [(stage, function) for stage in STAGES for function in FUNCTIONS]
STRUCTURE = {"version", "stages", "lambda_functions"}
"""Keys that are no attribute of Chalice's Config."""


def on_disk() -> Json:
    result: Json = json.loads((PROJECT / ".chalice" / "config.json").read_text())
    return result


def config(stage: str, function: str) -> Config:
    return CLIFactory(str(PROJECT)).create_config_obj(chalice_stage_name=stage).scope(stage, function)


def keys(node: Any) -> set[str]:
    """Every setting's key, however deep; names of stages, functions and variables are not settings."""
    found = set(node)
    for name, child in node.items():
        if name in ("stages", "lambda_functions"):
            found.update(*(keys(each) for each in child.values()))
    return found


def test_the_app_and_its_stages_have_their_fixed_names() -> None:
    assert on_disk()["app_name"] == APP
    assert tuple(on_disk()["stages"]) == STAGES


def test_chalice_knows_every_key() -> None:
    known = {name for name, value in vars(Config).items() if isinstance(value, property)} | STRUCTURE
    assert keys(on_disk()) <= known


@pytest.mark.parametrize(("stage", "auto_response"), [("dev", False), ("prod", False), ("sandbox", True)])
def test_auto_response_is_on_in_the_sandbox_alone(stage: str, auto_response: bool) -> None:
    settings = Settings.from_environment(config(stage, "coordinator").environment_variables)
    assert (settings.stage, settings.enable_auto_response) == (stage, auto_response)
    assert settings.coordinator_poll_seconds == 50


@pytest.mark.parametrize(("stage", "function"), ALL)
def test_each_function_has_a_role_of_its_own_and_nothing_is_generated(stage: str, function: str) -> None:
    scoped = config(stage, function)
    assert not scoped.autogen_policy
    assert scoped.iam_policy_file == f"policies/{stage}/{function}.json"
    assert (PROJECT / ".chalice" / scoped.iam_policy_file).is_file()


@pytest.mark.parametrize("stage", STAGES)
def test_settings_name_no_function_that_does_not_exist(stage: str) -> None:
    assert set(on_disk()["stages"][stage]["lambda_functions"]) == set(FUNCTIONS)
    assert set(on_disk()["lambda_functions"]) == set(FUNCTIONS)


@pytest.mark.parametrize("stage", STAGES)
def test_the_coordinator_has_time_to_finish_and_is_gone_before_the_next_tick(stage: str) -> None:
    assert WORK_SECONDS + 5 <= config(stage, "coordinator").lambda_timeout < TICK


@pytest.mark.parametrize("stage", STAGES)
def test_a_holder_of_a_digest_outlives_the_minute_it_waits_for(stage: str) -> None:
    assert config(stage, "notifier").lambda_timeout >= TICK + 20


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("function", REMEDIATORS)
def test_a_remediator_has_as_long_to_plan_and_change_as_to_verify(stage: str, function: str) -> None:
    assert config(stage, function).lambda_timeout >= 2 * sum(BACKOFF)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_page_on_settings_gives_each_functions_timeout_and_memory_and_a_reason(function: str) -> None:
    page = (PROJECT / "docs" / "SETTINGS.md").read_text()
    row = re.search(rf"^\| `{function}` \| (\d+) \| (\d+) \| (.+) \|$", page, re.MULTILINE)
    assert row is not None
    scoped = config("prod", function)
    assert (int(row[1]), int(row[2])) == (scoped.lambda_timeout, scoped.lambda_memory_size)
