"""One policy source per function becomes one file per stage and function."""

from pathlib import Path

import pytest

from chalicelib.errors import BadInput
from ddaws.policies import drift, render
from tests.infrastructure.declarations import FUNCTIONS, PROJECT, STAGES

SOURCE = '{"Resource": "arn:aws:sqs:*:*:dd-aws-${Stage}-remediation"}\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    policies = tmp_path / ".chalice" / "policies"
    policies.mkdir(parents=True)
    (policies / "coordinator.json").write_text(SOURCE)
    return tmp_path


def rendered(project: Path, stage: str, function: str = "coordinator") -> Path:
    return project / ".chalice" / "policies" / stage / f"{function}.json"


def package(project: Path, stage: str) -> Path:
    return project / ".chalice" / "package" / f"{stage}.json"


def test_each_stage_gets_a_policy_that_names_it(project: Path) -> None:
    written = render(project, ["dev", "prod"])
    assert written == [file(project, stage) for stage in ("dev", "prod") for file in (rendered, package)]
    assert written[2].read_text() == '{"Resource": "arn:aws:sqs:*:*:dd-aws-prod-remediation"}\n'


def test_rendering_again_writes_only_what_is_not_as_it_should_be(project: Path) -> None:
    render(project, ["dev", "prod"])
    rendered(project, "dev").write_text("{}")
    assert render(project, ["dev", "prod"]) == [rendered(project, "dev")]
    assert render(project, ["dev", "prod"]) == []


def test_what_was_just_rendered_has_not_drifted(project: Path) -> None:
    render(project, ["dev"])
    assert drift(project) == []


def test_a_source_that_changed_is_drift_in_every_stage(project: Path) -> None:
    render(project, ["dev", "prod"])
    rendered(project, "", "coordinator").write_text(SOURCE.replace("remediation", "remediation-dlq"))
    assert drift(project) == [rendered(project, "dev"), rendered(project, "prod")]


def test_a_policy_that_was_never_rendered_is_drift(project: Path) -> None:
    render(project, ["dev"])
    rendered(project, "", "notifier").write_text(SOURCE)
    assert drift(project) == [rendered(project, "dev", "notifier"), package(project, "dev")]


def test_a_policy_whose_source_is_gone_is_drift(project: Path) -> None:
    render(project, ["dev"])
    orphan = rendered(project, "dev", "notifier")
    orphan.write_text("{}")
    assert drift(project) == [orphan]


def test_a_source_that_is_not_json_is_refused_by_its_name(project: Path) -> None:
    rendered(project, "", "notifier").write_text("{${Stage}")
    with pytest.raises(BadInput, match=r"notifier\.json: expected JSON"):
        render(project, ["dev"])
    assert not rendered(project, "dev").exists()


def test_a_source_that_names_no_stage_is_refused_since_it_would_reach_into_all(project: Path) -> None:
    rendered(project, "", "notifier").write_text('{"Resource": "arn:aws:sqs:*:*:dd-aws-*-remediation"}')
    with pytest.raises(BadInput, match=r"notifier\.json: expected a policy for one stage"):
        render(project, ["dev"])


def test_this_repositorys_policies_are_rendered_for_every_stage_and_function() -> None:
    assert drift(PROJECT) == []
    assert all(rendered(PROJECT, stage, function).is_file() for stage in STAGES for function in FUNCTIONS)


def test_the_names_of_a_packaged_app_are_drift_where_a_function_is_missing(project: Path) -> None:
    render(project, ["dev"])
    package(project, "dev").write_text("{}")
    package(project, "gone").write_text("{}")
    assert drift(project) == [package(project, "dev"), package(project, "gone")]
