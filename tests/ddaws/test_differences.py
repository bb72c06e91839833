"""Each way in which the live app can differ from what Chalice would deploy."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ddaws.deploy.differences import differences
from ddaws.deploy.live_app import LiveApp

ARN = "arn:aws:{}:eu-west-1:123456789012:{}"


@pytest.fixture
def live() -> LiveApp:
    """Just what WANTED asks for, as AWS describes it."""
    return LiveApp(
        functions={
            "worker": {
                "Runtime": "python3.13",
                "Handler": "app.worker",
                "Timeout": 60,
                "MemorySize": 128,
                "Environment": {"Variables": {"STAGE": "dev"}},
                "Architectures": ["arm64"],
                "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""},
                "ReservedConcurrentExecutions": None,
                "Statements": [admission("sns.amazonaws.com"), admission("events.amazonaws.com")],
            }
        },
        roles={"worker": {"PolicyDocument": {"Statement": []}}},
        event_sources={"worker": [mapping("work")]},
        subscriptions={"worker": [{"TopicArn": ARN.format("sns", "news")}]},
        schedules={"worker": {"ScheduleExpression": "rate(1 minute)", "State": "ENABLED", "Targets": [{"Id": "1"}]}},
    )


WANTED: dict[str, Any] = {
    "functions": {
        "worker": {
            "Runtime": "python3.13",
            "Handler": "app.worker",
            "Timeout": 60,
            "MemorySize": 128,
            "Environment": {"STAGE": "dev"},
            "Architectures": ["arm64"],
            "Layers": [],
            "SubnetIds": [],
            "SecurityGroupIds": [],
            "ReservedConcurrentExecutions": None,
        }
    },
    "roles": {"worker": {"Statement": []}},
    "queues": {
        "worker": {
            "queue": "work",
            "BatchSize": 1,
            "MaximumBatchingWindowInSeconds": 0,
            "MaximumConcurrency": 2,
        }
    },
    "topics": {"worker": "news"},
    "schedules": {"worker": "rate(1 minute)"},
}


def admission(service: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": service}}


def mapping(queue: str, **fields: Any) -> dict[str, Any]:
    described = {"EventSourceArn": ARN.format("sqs", queue), "BatchSize": 1, "State": "Enabled"}
    return {**described, "MaximumBatchingWindowInSeconds": 0, "ScalingConfig": {"MaximumConcurrency": 2}, **fields}


def test_a_live_app_as_declared_has_no_differences(live: LiveApp) -> None:
    assert differences(WANTED, live) == ()


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("Timeout", 3, "worker: Timeout is 3, not 60"),
        ("MemorySize", 64, "worker: MemorySize is 64, not 128"),
        ("Runtime", "python3.12", "worker: Runtime is 'python3.12', not 'python3.13'"),
        ("Handler", "app.other", "worker: Handler is 'app.other', not 'app.worker'"),
        ("Architectures", ["x86_64"], "worker: Architectures is ['x86_64'], not ['arm64']"),
        ("ReservedConcurrentExecutions", 0, "worker: ReservedConcurrentExecutions is 0, not None"),
        ("Environment", {"Variables": {"STAGE": "prod"}}, "worker: STAGE is 'prod', not 'dev'"),
        ("Environment", {}, "worker: STAGE is None, not 'dev'"),
        ("Environment", {"Variables": {"STAGE": "dev", "DEBUG": "1"}}, "worker: DEBUG is '1', not None"),
        ("Layers", [{"Arn": "layer"}], "worker: Layers is ['layer'], not []"),
        ("VpcConfig", {"SubnetIds": ["s"]}, "worker: SubnetIds is ['s'], not []"),
        ("VpcConfig", {"SecurityGroupIds": ["g"]}, "worker: SecurityGroupIds is ['g'], not []"),
        ("Statements", [admission("sns.amazonaws.com")], "worker: events.amazonaws.com may not invoke it"),
        ("Statements", [admission("events.amazonaws.com")], "worker: sns.amazonaws.com may not invoke it"),
    ],
)
def test_a_function_that_was_changed_is_told(live: LiveApp, field: str, value: Any, line: str) -> None:
    changed = {**live.functions["worker"], field: value}

    assert differences(WANTED, replace(live, functions={"worker": changed})) == (line,)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (mapping("other"), "worker: the queue is 'other', not 'work'"),
        (mapping("work", BatchSize=10), "worker: BatchSize is 10, not 1"),
        (mapping("work", ScalingConfig={}), "worker: MaximumConcurrency is None, not 2"),
        (mapping("work", State="Disabled"), "worker: the event source is Disabled"),
        (
            mapping("work", MaximumBatchingWindowInSeconds=5),
            "worker: MaximumBatchingWindowInSeconds is 5, not 0",
        ),
    ],
)
def test_an_event_source_that_was_changed_is_told(live: LiveApp, changed: dict[str, Any], line: str) -> None:
    assert differences(WANTED, replace(live, event_sources={"worker": [changed]})) == (line,)


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("ScheduleExpression", "rate(1 day)", "worker: ScheduleExpression is 'rate(1 day)', not 'rate(1 minute)'"),
        ("State", "DISABLED", "worker: the schedule's State is 'DISABLED', not 'ENABLED'"),
        ("Targets", [], "worker: the schedule has no target"),
    ],
)
def test_a_schedule_that_was_changed_is_told(live: LiveApp, field: str, value: Any, line: str) -> None:
    changed = {**live.schedules["worker"], field: value}

    assert differences(WANTED, replace(live, schedules={"worker": changed})) == (line,)


def test_a_policy_that_was_changed_is_told(live: LiveApp) -> None:
    changed = {"worker": {"PolicyDocument": {"Statement": [{"Action": "*"}]}}}

    assert differences(WANTED, replace(live, roles=changed)) == ("worker: the role's policy differs",)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("roles", "role"),
        ("event_sources", "event source"),
        ("subscriptions", "subscription"),
        ("schedules", "schedule"),
        ("functions", "function"),
    ],
)
def test_missing_and_surplus_resources_are_reported(live: LiveApp, part: str, kind: str) -> None:
    there: Mapping[str, Any] = getattr(live, part)

    assert differences(WANTED, replace(live, **{part: {}})) == (f"worker: no {kind}",)
    surplus = replace(live, **{part: {**there, "other": there["worker"]}})
    assert differences(WANTED, surplus) == (f"other: a {kind} too many",)


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, None])
def test_other_statements_of_a_resource_policy_admit_no_service(live: LiveApp, principal: object) -> None:
    statement = {"Effect": "Allow", "Principal": principal}
    changed = {"worker": {**live.functions["worker"], "Statements": [statement]}}

    assert differences(WANTED, replace(live, functions=changed)) == (
        "worker: sns.amazonaws.com may not invoke it",
        "worker: events.amazonaws.com may not invoke it",
    )
