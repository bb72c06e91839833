"""A misspelled setting is an error, wherever it is declared, and never means full enforcement."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from chalicelib import variables
from chalicelib.errors import BadInput
from chalicelib.settings import Settings
from tests.source import PROJECT

STAGE = {"STAGE": "dev", "ENABLE_AUTO_RESPONSE": "true"}
TYPOS = [
    ("RULE_MODE", "RULE_MODES"),
    ("RULES_MODES", "RULE_MODES"),
    ("rule_modes", "RULE_MODES"),
    ("RULE-MODES", "RULE_MODES"),
    ("GRACE_MINUTE", "GRACE_MINUTES"),
    ("ENABLE_AUTORESPONSE", "ENABLE_AUTO_RESPONSE"),
    ("MAX_FIXES_HOUR", "MAX_FIXES_PER_HOUR"),
    ("ALLOW_EXEMPT_TAGS", "ALLOW_EXEMPT_TAG"),
    ("FLAP_ACTIONS", "FLAP_ACTION"),
    ("SLACK_API_URI", "SLACK_API_URL"),
    ("COORDINATOR_POLL_SECOND", "COORDINATOR_POLL_SECONDS"),
]
FAINT = [("AUTO_RESPONSE", "ENABLE_AUTO_RESPONSE"), ("MODES", "RULE_MODES")]
"""Names too different from a setting's to be told from other variables of a shell."""


def project(folder: Path, config: dict[str, Any]) -> Path:
    (folder / ".chalice").mkdir()
    (folder / ".chalice" / "config.json").write_text(json.dumps(config))
    (folder / "infrastructure").mkdir()
    (folder / "infrastructure" / "config_rules.yaml").write_text("our-groups: {function: f}\nour-buckets:\n  a: b\n")
    return folder


@pytest.mark.parametrize(("name", "meant"), TYPOS)
def test_a_function_does_not_start_with_a_misspelled_setting(name: str, meant: str) -> None:
    with pytest.raises(BadInput, match=f"{name}: .*{meant}.*got 'observe'"):
        Settings.from_environment({**STAGE, name: "observe"})


def test_variables_of_lambda_and_shells_are_no_misspellings() -> None:
    theirs = ("AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "_HANDLER", "TZ", "PATH", "LANG", "HOME", "LD_LIBRARY_PATH")
    more = ("STAGE_DIR", "SLACK_TOKEN", "RULES", "DD_API_KEY", "SHELL", "PYTHONPATH", "HTTPS_PROXY", "LAMBDA_TASK_ROOT")
    Settings.from_environment({**STAGE, **dict.fromkeys((*theirs, *more), "x")})


@pytest.mark.parametrize(
    ("name", "meant"), [*TYPOS, ("AUTO_RESPONSE", "ENABLE_AUTO_RESPONSE"), ("MODES", "RULE_MODES")]
)
@pytest.mark.parametrize("where", ["all", "stage", "function", "function of the stage"])
def test_wherever_a_project_declares_an_unknown_name_the_most_similar_one_is_named(
    tmp_path: Path, name: str, meant: str, where: str
) -> None:
    declared = {"environment_variables": {name: "observe"}}
    if "function" in where:
        declared = {"lambda_functions": {"notifier": declared}}
    config = declared if where in ("all", "function") else {}
    folder = project(tmp_path, {**config, "stages": {"dev": {} if config else declared}})
    with pytest.raises(BadInput, match=rf"config\.json: .*environment_variables\.{name}: .*{meant}"):
        variables.check(folder, "dev", {})


@pytest.mark.parametrize(
    "section", ["environment_variable", "Environment_Variables", "environment-variables", "env_variables"]
)
@pytest.mark.parametrize("where", ["all", "stage", "function of the stage"])
def test_a_misspelled_section_which_chalice_would_ignore_is_an_error(tmp_path: Path, section: str, where: str) -> None:
    declared = {section: {"RULE_MODES": "observe"}}
    config: dict[str, Any] = {
        "all": {"stages": {"dev": {}}, **declared},
        "stage": {"stages": {"dev": declared}},
        "function of the stage": {"stages": {"dev": {"lambda_functions": {"coordinator": declared}}}},
    }[where]
    with pytest.raises(BadInput, match=f"{section}: expected .*environment_variables"):
        variables.check(project(tmp_path, config), "dev", {})


def test_a_name_that_resembles_no_setting_is_an_error_that_names_all_settings(tmp_path: Path) -> None:
    folder = project(tmp_path, {"environment_variables": {"XYZZY": "1"}})
    with pytest.raises(BadInput, match="STAGE, ENABLE_AUTO_RESPONSE"):
        variables.check(folder, "dev", {})


def test_a_stage_may_declare_what_the_sdk_reads(tmp_path: Path) -> None:
    names = ("AWS_ENDPOINT_URL_EC2", "AWS_MAX_ATTEMPTS", "HTTPS_PROXY", "NO_PROXY", "PYTHONHASHSEED")
    variables.check(project(tmp_path, {"environment_variables": dict.fromkeys(names, "x")}), "dev", {})


def test_a_variable_that_is_declared_twice_is_an_error(tmp_path: Path) -> None:
    folder = project(tmp_path, {})
    twice = '{"environment_variables": {"RULE_MODES": "observe", "RULE_MODES": "enforce"}}'
    (folder / variables.CONFIG).write_text(twice)
    with pytest.raises(BadInput, match="RULE_MODES: expected each key once"):
        variables.check(folder, "dev", {})


def test_a_setting_of_a_single_function_which_the_others_would_not_have_is_an_error(tmp_path: Path) -> None:
    alone = {"coordinator": {"environment_variables": {"RULE_MODES": "observe"}}}
    folder = project(tmp_path, {"stages": {"dev": {"lambda_functions": alone}}})
    with pytest.raises(BadInput, match="RULE_MODES: expected no setting of a single function"):
        variables.check(folder, "dev", {})


@pytest.mark.parametrize("value", [True, 7, None, ["observe"]])
def test_a_value_that_is_no_text_is_named(tmp_path: Path, value: object) -> None:
    folder = project(tmp_path, {"stages": {"dev": {"environment_variables": {"RULE_MODES": value}}}})
    with pytest.raises(BadInput, match=r"stages\.dev\.environment_variables\.RULE_MODES: expected a text, in quotes"):
        variables.check(folder, "dev", {})


@pytest.mark.parametrize("setting", ["RULE_MODES", "GRACE_MINUTES"])
@pytest.mark.parametrize("name", ["our-group", "dd-aws-dev-our-groups", "Our-Groups"])
def test_an_unknown_rule_is_an_error_that_names_the_most_similar_one(tmp_path: Path, setting: str, name: str) -> None:
    text = f"our-buckets=enforce,{name}=observe"
    folder = project(tmp_path, {"stages": {"dev": {"environment_variables": {setting: text}}}})
    with pytest.raises(BadInput, match=f"{setting}: .*did you mean our-groups.*got '{name}'"):
        variables.check(folder, "dev", {})
    (tmp_path / "silent").mkdir()
    silent = project(tmp_path / "silent", {})
    with pytest.raises(BadInput, match=f"{setting}: .*did you mean our-groups"):
        variables.check(silent, "dev", {setting: text})


def test_a_chalice_deployment_of_this_checkout_checks_what_it_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "RULE_MODES", "s3-bucket-public-acces=observe")
    with pytest.raises(BadInput, match="did you mean s3-bucket-public-access"):
        Settings.from_environment()


def test_every_stage_of_this_checkout_is_in_order() -> None:
    for stage in json.loads((PROJECT / ".chalice" / "config.json").read_text())["stages"]:
        variables.check(PROJECT, stage, {})


def test_every_setting_has_a_field_of_its_name() -> None:
    settings = Settings.from_environment(STAGE)
    assert [name for name in variables.VARIABLES if not hasattr(settings, name.lower())] == []
