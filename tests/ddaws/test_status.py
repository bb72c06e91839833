"""What is deployed is what counts and what is shown; a part that cannot be read is named, and the others are shown."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.exemptions.exemptions import Exemption
from chalicelib.exemptions.scopes import scope_from_json
from chalicelib.exemptions.store import Exemptions
from ddaws import deployed, status
from ddaws.__main__ import main
from ddaws.account import Account
from ddaws.plan import Target
from tests.ddaws.live import FUNCTIONS, make_function, schedule
from tests.tables import create_table

type Command = Callable[..., Result]

APPROVING = {"STAGE": "dev", "ENABLE_AUTO_RESPONSE": "true", "RULE_MODES": "approve", "MAX_FIXES_PER_HOUR": "7"}


@pytest.fixture
def command(project: Path, account: Account, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setattr(Account, "connect", lambda: account)

    def run(verb: str, *arguments: str) -> Result:
        return CliRunner().invoke(main, (verb, "--project-dir", str(project), "--stage", "dev", *arguments))

    return run


@pytest.fixture
def stage(target: Target) -> Target:
    """A stage of which everything is deployed, with auto-response on."""
    for name in FUNCTIONS:
        make_function(target, name, Environment={"Variables": APPROVING})
    schedule(target, "coordinator", "rate(1 minute)")
    for table in ("journal", "trust"):
        create_table(target.account.client("dynamodb"), f"dd-aws-dev-{table}", "dev")
    for queue in ("remediation", "remediation-dlq", "remediate-security-group", "notifier-dlq"):
        target.account.client("sqs").create_queue(QueueName=f"dd-aws-dev-{queue}")
    return target


@pytest.fixture
def denied(account: Account) -> Iterator[Callable[[str, str], None]]:
    """Have AWS refuse an operation."""
    undo: list[Callable[[], None]] = []

    def deny(service: str, operation: str) -> None:
        def refuse(**_: Any) -> tuple[Any, dict[str, Any]]:
            message = f"User: arn:aws:iam::123456789012:user/bob is not authorized to perform: {service}:{operation}"
            refused = {"Error": {"Code": "AccessDeniedException", "Message": message}}
            return type("Response", (), {"status_code": 400, "headers": {}})(), refused

        events, name = account.client(service).meta.events, f"before-call.{service}.{operation}"
        events.register_first(name, refuse)
        undo.append(lambda: events.unregister(name, refuse))

    yield deny
    for each in undo:
        each()


def read(command: Command) -> dict[str, Any]:
    result = command("status", "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_the_header_of_a_command_shows_what_is_deployed_and_a_local_difference_as_one(
    command: Command, stage: Target
) -> None:
    lines = command("pending").output.splitlines()
    assert lines[0] == "dd-aws, stage dev, account 123456789012, region eu-west-1, auto-response on"
    for text in ("ENABLE_AUTO_RESPONSE is 'true'", "has 'false'"):
        assert text in lines[1]
    assert "RULE_MODES is 'approve'" in lines[3]
    assert "has the default" in lines[3]


def test_without_a_difference_the_header_is_one_line(command: Command, stage: Target, project: Path) -> None:
    path = project / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    config["stages"]["dev"]["environment_variables"] = APPROVING | {"GRACE_MINUTES": "0"}
    path.write_text(json.dumps(config))
    assert command("pending").output.splitlines()[1] == "No message waits in dd-aws-dev-remediation."


def test_modes_and_limits_are_those_that_are_deployed(command: Command, stage: Target) -> None:
    output = command("status").output
    assert "mode: security-group-prohibited-ports: approve" in output
    assert "(limit: 7 an hour)" in output
    assert stage.settings.enable_auto_response
    assert not stage.stage.settings.enable_auto_response


def test_where_the_functions_cannot_be_read_the_missing_permission_and_the_source_of_the_settings_are_named(
    command: Command, stage: Target, denied: Callable[[str, str], None]
) -> None:
    denied("lambda", "GetFunctionConfiguration")
    first, second, *_ = command("pending").output.splitlines()
    assert first.endswith("auto-response off according to the local .chalice/config.json")
    assert "lambda:GetFunctionConfiguration" in second


def test_a_stage_that_is_not_deployed_is_one_clear_sentence(command: Command) -> None:
    for arguments in ((), ("--json",)):
        result = command("status", *arguments)
        assert result.exit_code == 1
        assert result.stderr == "error: stage dev is not deployed in eu-west-1: run 'ddaws deploy --stage dev'.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("waiting",),
        ("history",),
        ("show", "r-1"),
        ("undo", "r-1", "--reason", "a test", "--yes"),
        ("approve", "w-1", "--yes"),
        ("pause", "--reason", "a test"),
        ("resume",),
    ],
)
def test_every_command_says_so_of_a_stage_that_is_not_deployed(command: Command, arguments: tuple[str, ...]) -> None:
    result = command(*arguments)
    assert result.exit_code == 1
    assert result.stderr == "error: stage dev is not deployed in eu-west-1: run 'ddaws deploy --stage dev'.\n"


def test_a_complete_status_names_everything(command: Command, stage: Target) -> None:
    found = read(command)
    assert found["unreadable"] == {}
    assert found["schedule"] == "ENABLED"
    assert {each["settings"]["RULE_MODES"] for each in found["functions"]} == {"approve"}
    assert [each["name"] for each in found["functions"]] == [f"dd-aws-dev-{name}" for name in deployed.functions()]
    assert sorted(deployed.functions()) == sorted(FUNCTIONS)
    assert [each["name"] for each in found["queues"]] == [
        "dd-aws-dev-remediation",
        "dd-aws-dev-remediate-security-group",
    ]
    assert (found["alarms"], found["pause"], found["lastTick"]) == ([], None, None)
    assert found["changes"] == {"lastHour": 0, "reserved": 0, "free": 7, "limitPerHour": 7, "usedUp": []}
    assert all("_" not in key for key in found)


def test_a_schedule_that_is_off_or_gone_is_said_to_be_so(command: Command, stage: Target) -> None:
    events = stage.account.client("events")
    events.disable_rule(Name="dd-aws-dev-coordinator-event")
    assert "schedule: DISABLED: the coordinator does not run" in command("status").output
    events.remove_targets(Rule="dd-aws-dev-coordinator-event", Ids=["1"])
    events.delete_rule(Name="dd-aws-dev-coordinator-event")
    assert "schedule: none, although auto-response is on" in command("status").output


def test_the_last_tick_is_the_last_line_of_the_coordinators_log(command: Command, stage: Target) -> None:
    logs, group, now = stage.account.client("logs"), "/aws/lambda/dd-aws-dev-coordinator", datetime.now(UTC)
    assert "last tick: none in the coordinator's log within 15 minutes" in command("status").output
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    times = [now - timedelta(minutes=3), now - timedelta(minutes=2)]
    entries = [{"timestamp": int(each.timestamp() * 1000), "message": "END"} for each in times]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=entries)
    assert read(command)["lastTick"] == times[1].isoformat(timespec="seconds")


def test_queues_dead_letters_and_the_age_of_the_oldest_are_shown_and_nothing_is_received(
    command: Command, stage: Target
) -> None:
    sqs, now = stage.account.client("sqs"), datetime.now(UTC)
    for queue in ("remediation", "notifier-dlq"):
        url = sqs.get_queue_url(QueueName=f"dd-aws-dev-{queue}")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="waits")
    stage.account.client("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": "dd-aws-dev-remediation"}],
                "Value": 3661,
                "Timestamp": now - timedelta(minutes=2),
            }
        ],
    )
    output = command("status").output
    assert "dd-aws-dev-remediation: 1 waiting, 0 in flight, 0 delayed; age of the oldest: 1:01:01" in output
    assert "dead-letter queues: dd-aws-dev-notifier-dlq: 1\n" in output


def test_alarms_of_this_stage_and_not_of_one_whose_name_begins_alike_are_shown(command: Command, stage: Target) -> None:
    cloudwatch = stage.account.client("cloudwatch")
    for name in ("dd-aws-dev-flapping", "dd-aws-dev-2-flapping"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            MetricName="m",
            Namespace="n",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            Statistic="Sum",
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    assert read(command)["alarms"] == ["dd-aws-dev-flapping"]


def test_exemptions_that_end_within_a_week_are_shown_and_no_others(command: Command, stage: Target) -> None:
    store, now = Exemptions(stage.account.client("dynamodb"), "dd-aws-dev-trust"), datetime.now(UTC)
    scope = scope_from_json({"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidr": "0.0.0.0/0"}, "scope")
    for days, name in ((3, "sg-soon"), (20, "sg-later")):
        key = f"123456789012/eu-west-1/AWS::EC2::SecurityGroup/{name}"
        until = (now + timedelta(days=days)).replace(microsecond=0)
        store.put(Exemption(key, "EC2_SG_PROHIBITED_PORT", scope, "alice", "OPS-7", now.replace(microsecond=0), until))
    [ending] = read(command)["exemptionsEnding"]
    assert ending["resource"].endswith("sg-soon")


@pytest.mark.parametrize(
    ("service", "operation", "part"),
    [
        ("events", "DescribeRule", "schedule"),
        ("logs", "FilterLogEvents", "lastTick"),
        ("sqs", "GetQueueUrl", "queues"),
        ("cloudwatch", "DescribeAlarms", "alarms"),
        ("dynamodb", "Query", "pause"),
    ],
)
def test_a_part_that_may_not_be_read_is_named_with_the_permission_and_the_others_are_shown(
    command: Command, stage: Target, denied: Callable[[str, str], None], service: str, operation: str, part: str
) -> None:
    denied(service, operation)
    found = read(command)
    assert f"{service}:{operation}" in found["unreadable"][part]
    assert part not in found
    assert len(found) > len(status.PARTS) - 5
    assert f"unreadable: the permission {service}:{operation} is missing" in command("status").output


def test_functions_that_differ_are_shown_one_by_one(command: Command, stage: Target) -> None:
    stage.account.client("lambda").update_function_configuration(
        FunctionName="dd-aws-dev-remediate_s3_bucket", Environment={"Variables": APPROVING | {"RULE_MODES": "enforce"}}
    )
    output = command("status").output
    assert "functions: dd-aws-dev-remediate_s3_bucket: STAGE=dev" in output
    assert "the functions have different settings: deploy again" in output
