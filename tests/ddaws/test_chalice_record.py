"""Chalice's own planner, state and sweeper judge the record that is rebuilt from the live account."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.session import Session
from chalice.app import Chalice, Rate
from chalice.awsclient import TypedAWSClient
from chalice.config import Config, DeployedResources
from chalice.deploy import models
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.planner import PlanStage, RemoteState
from chalice.deploy.sweeper import ResourceSweeper
from chalice.utils import OSUtils

from ddaws.deploy import chalice_record, live_app
from ddaws.plan import Target
from tests.ddaws.live import apply, make_app
from tests.ddaws.small_project import CONFIG

CREATING = ("create_function", "create_role", "create_lambda_event_source", "subscribe_function_to_topic")


class NoPackage(OSUtils):
    """For a deployment package that nobody looks at."""

    def get_file_contents(self, filename: Any, binary: bool = True, encoding: str = "utf-8") -> Any:
        return b""


def the_app(*, auto_response: bool) -> Chalice:
    app = Chalice(app_name="dd-aws")
    app.on_sns_message(topic="dd-aws-dev-notifications", name="notifier")(print)
    app.on_sqs_message(queue="dd-aws-dev-remediate-s3-bucket", name="remediate_s3_bucket")(print)
    schedule = app.schedule(Rate(1, unit=Rate.MINUTES), name="coordinator")
    (schedule if auto_response else app.lambda_function(name="coordinator"))(print)
    return app


def calls_of_chalice(record: Mapping[str, Any], target: Target, *, auto_response: bool) -> list[models.APICall]:
    """What Chalice would call, believing the record."""
    path = target.stage.chalice_record
    apply([chalice_record.WriteRecord(path, record)], target)
    user = {"chalice_app": the_app(auto_response=auto_response), "project_dir": str(target.stage.project_dir)}
    config = Config(chalice_stage="dev", user_provided_params=user, config_from_disk=CONFIG)
    resources = DependencyBuilder().build_dependencies(ApplicationGraphBuilder().build(config, "dev"))
    state = RemoteState(TypedAWSClient(Session()), DeployedResources(dict(record)))
    plan = PlanStage(state, NoPackage()).execute(resources)
    ResourceSweeper().execute(plan, config)
    return [instruction for instruction in plan.instructions if isinstance(instruction, models.APICall)]


def created(calls: list[models.APICall]) -> list[str]:
    return [call.method_name for call in calls if call.method_name in CREATING]


@pytest.fixture
def live(target: Target, models: dict[str, Any]) -> live_app.LiveApp:
    """The app with auto-response on, deployed as `dev`."""
    scheduled = json.loads(json.dumps(models["dev-2"]).replace("dev-2", "dev"))
    make_app(target, scheduled)
    return live_app.read(target)


def test_with_the_rebuilt_record_chalice_creates_no_duplicates(target: Target, live: live_app.LiveApp) -> None:
    calls = calls_of_chalice(chalice_record.rebuilt(live), target, auto_response=True)

    assert created(calls) == []


def test_without_a_record_chalice_would_double_event_sources(target: Target, live: live_app.LiveApp) -> None:
    calls = calls_of_chalice({"resources": [], **chalice_record.SCHEMA}, target, auto_response=True)

    assert "create_lambda_event_source" in created(calls)


def test_with_the_rebuilt_record_chalice_deletes_the_schedule(target: Target, live: live_app.LiveApp) -> None:
    calls = calls_of_chalice(chalice_record.rebuilt(live), target, auto_response=False)

    deletions = [call for call in calls if call.method_name.startswith("delete_") and "concurrency" not in str(call)]
    assert [(call.method_name, call.params) for call in deletions] == [
        ("delete_rule", {"rule_name": "dd-aws-dev-coordinator-event"})
    ]


def test_where_sns_lost_its_permission_chalice_is_made_to_subscribe_again(
    target: Target, live: live_app.LiveApp
) -> None:
    target.account.client("lambda").remove_permission(FunctionName="dd-aws-dev-notifier", StatementId="sns")

    calls = calls_of_chalice(chalice_record.rebuilt(live_app.read(target)), target, auto_response=True)

    assert created(calls) == ["subscribe_function_to_topic"]


def test_a_record_agrees_with_what_is_live_in_any_order(target: Target, live: live_app.LiveApp) -> None:
    record, path = chalice_record.rebuilt(live), target.stage.chalice_record
    apply([chalice_record.WriteRecord(path, {**record, "resources": record["resources"][::-1]})], target)
    assert chalice_record.agrees(path, live)

    apply([chalice_record.WriteRecord(path, {**record, "resources": record["resources"][:-1]})], target)
    assert not chalice_record.agrees(path, live)


def test_where_nothing_is_live_chalice_needs_no_record(target: Target) -> None:
    assert chalice_record.agrees(target.stage.chalice_record, live_app.read(target))


@pytest.mark.parametrize("text", ["", '{"resources": [', "[]", '{"resources": [], "schema_version": "1.0"}'])
def test_a_record_that_chalice_could_not_read_is_rebuilt(target: Target, text: str) -> None:
    path = target.stage.chalice_record
    path.parent.mkdir()
    path.write_text(text)

    assert not chalice_record.agrees(path, live_app.read(target))
