from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import NotDone
from ddaws import ledger
from ddaws.deploy import chalice_app, chalice_command, event_sources, live_app
from ddaws.deploy.chalice_app import Complete, digest
from ddaws.deploy.chalice_record import WriteRecord, rebuilt
from ddaws.plan import Plan, Target
from tests.ddaws.live import apply, make_app, make_event_source, silently


def plan(target: Target, model: dict[str, Any]) -> Plan:
    return chalice_app.plan_for(target, model, silently)


@pytest.fixture
def deployed(target: Target, model: dict[str, Any]) -> Target:
    """A target whose app is completely deployed and recorded."""
    make_app(target, model)
    apply([Complete(target, model, digest(target.stage.project_dir, model))], target)
    apply([WriteRecord(target.stage.chalice_record, rebuilt(live_app.read(target)))], target)
    return target


def runs_chalice(a_plan: Plan) -> bool:
    return any(isinstance(change, chalice_command.RunChalice) for change in a_plan.changes)


def test_chalice_is_skipped_where_all_is_as_deployed(deployed: Target, model: dict[str, Any]) -> None:
    assert plan(deployed, model) == Plan("code, settings and policies are as deployed: Chalice skipped")


def test_chalice_runs_where_nothing_was_ever_deployed(target: Target, model: dict[str, Any]) -> None:
    a_plan = plan(target, model)

    assert a_plan.found == "not deployed"
    assert [type(change) for change in a_plan.changes] == [chalice_command.RunChalice, Complete]


def test_a_first_deployment_that_was_interrupted_is_taken_up_with_a_record_of_what_is_live(
    target: Target, model: dict[str, Any]
) -> None:
    make_app(target, {**model, "topics": {}, "queues": {}})

    a_plan = plan(target, model)

    assert [type(change) for change in a_plan.changes] == [WriteRecord, chalice_command.RunChalice, Complete]
    assert a_plan.found.startswith("no complete deployment yet; remediate_s3_bucket: no event source")


def test_a_fresh_clone_gets_chalice_s_record_and_chalice_is_skipped(deployed: Target, model: dict[str, Any]) -> None:
    deployed.stage.chalice_record.unlink()

    apply(plan(deployed, model), deployed)

    assert not plan(deployed, model).changes


@pytest.mark.parametrize("file", ["app.py", "requirements.txt", "chalicelib/new.py", "vendor/library/new.py"])
def test_a_change_of_any_file_of_the_package_runs_chalice(deployed: Target, model: dict[str, Any], file: str) -> None:
    path = deployed.stage.project_dir / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("changed")

    assert runs_chalice(plan(deployed, model))


def test_files_that_are_not_packaged_do_not_run_chalice(deployed: Target, model: dict[str, Any]) -> None:
    for file in ("README.md", "tests/test_it.py", "chalicelib/__pycache__/x.pyc"):
        path = deployed.stage.project_dir / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("changed")

    assert not plan(deployed, model).changes


def test_a_change_of_a_policy_runs_chalice(deployed: Target, model: dict[str, Any]) -> None:
    model["roles"]["notifier"]["Statement"] = []

    assert runs_chalice(plan(deployed, model))


def test_another_version_of_chalice_deploys_again(deployed: Target, model: dict[str, Any]) -> None:
    assert runs_chalice(plan(deployed, {**model, "chaliceVersion": "1.99"}))


def test_a_timeout_that_was_changed_by_hand_is_noticed(deployed: Target, model: dict[str, Any]) -> None:
    deployed.account.client("lambda").update_function_configuration(FunctionName="dd-aws-dev-notifier", Timeout=3)

    a_plan = plan(deployed, model)

    assert a_plan.found == "notifier: Timeout is 3, not 90"
    assert runs_chalice(a_plan)


def test_code_that_was_changed_by_hand_is_noticed(deployed: Target, model: dict[str, Any]) -> None:
    apply([ledger.write(deployed, codeSha256={"notifier": "other", "coordinator": "other"})], deployed)

    a_plan = plan(deployed, model)

    assert a_plan.found.startswith("coordinator: its code was changed by hand; notifier: its code")
    assert runs_chalice(a_plan)


def test_a_doubled_event_source_is_removed_without_chalice(deployed: Target, model: dict[str, Any]) -> None:
    make_event_source(deployed, "remediate_s3_bucket", model["queues"]["remediate_s3_bucket"])
    assert len(live_app.read(deployed).event_sources["remediate_s3_bucket"]) == 2

    a_plan = plan(deployed, model)
    apply(a_plan, deployed)

    assert not runs_chalice(a_plan)
    assert len(live_app.read(deployed).event_sources["remediate_s3_bucket"]) == 1
    assert not plan(deployed, model).changes


def test_of_several_event_sources_the_one_of_the_right_queue_stays(model: dict[str, Any]) -> None:
    live = live_app.LiveApp({}, {}, {"remediate_s3_bucket": [source("a", "old"), source("b", QUEUE)]}, {}, {})

    (deletion,) = event_sources.corrections(live, model)

    assert deletion.call.parameters == {"UUID": "a"}


def test_an_event_source_that_was_switched_off_is_switched_on(model: dict[str, Any]) -> None:
    live = live_app.LiveApp({}, {}, {"remediate_s3_bucket": [source("a", QUEUE, State="Disabled")]}, {}, {})

    (update,) = event_sources.corrections(live, model)

    assert update.call.parameters == {"UUID": "a", "Enabled": True}


QUEUE = "dd-aws-dev-remediate-s3-bucket"


def source(uuid: str, queue: str, **fields: str) -> dict[str, str]:
    arn = f"arn:aws:sqs:eu-west-1:123456789012:{queue}"
    return {"UUID": uuid, "EventSourceArn": arn, "State": "Enabled", **fields}


def test_a_deployment_is_recorded_only_once_it_is_seen(
    target: Target, model: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chalice_app, "SETTLE_SECONDS", -1)

    with pytest.raises(NotDone, match="Chalice has finished, but coordinator: no function"):
        apply([Complete(target, model, "digest")], target)

    assert ledger.read(target) == {}


def test_chalice_s_error_says_why_an_app_cannot_be_loaded(target: Target) -> None:
    (target.stage.project_dir / "app.py").write_text("import nothing_of_the_kind")

    with pytest.raises(chalice_command.ChaliceFailed, match="No module named 'nothing_of_the_kind'"):
        chalice_command.app_model(target)


def test_the_app_is_asked_under_its_stage_s_environment(models: dict[str, Any]) -> None:
    assert models["dev"]["schedules"] == {}
    assert models["dev-2"]["schedules"] == {"coordinator": "rate(1 minute)"}
    assert models["dev-2"]["topics"] == {"notifier": "dd-aws-dev-2-notifications"}


def test_chalice_s_failure_is_passed_on(target: Target, tmp_path: Path) -> None:
    (target.stage.project_dir / ".chalice" / "policy.json").unlink()

    with pytest.raises(
        chalice_command.ChaliceFailed, match=r"(?s)chalice deploy ended with exit status 2.*policy.json"
    ):
        apply([chalice_command.RunChalice(target, "create")], target)


def test_no_bytecode_of_this_machine_is_packaged(target: Target) -> None:
    project = target.stage.project_dir
    for package in ("chalicelib", "chalicelib/rules"):
        (project / package / "__pycache__").mkdir(parents=True)
        (project / package / "__init__.py").touch()
    (project / "app.py").write_text("import chalicelib.rules, no_such_module")

    with pytest.raises(chalice_command.ChaliceFailed):
        apply([chalice_command.RunChalice(target, "create")], target)

    assert not list(project.rglob("__pycache__"))
