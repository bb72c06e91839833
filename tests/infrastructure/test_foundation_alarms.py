"""Nothing fails, waits or is given up without an alarm."""

import inspect
from typing import Any

import pytest

from chalicelib.flapping import watch as flapping
from tests.infrastructure.declarations import (
    FUNCTIONS,
    REMEDIATORS,
    STAGES,
    in_stage,
    named,
    queues,
    resources,
    template,
)

TRIES_TAKE = 5 * 540


def alarms(metric: str) -> dict[str, dict[str, Any]]:
    """What is watched (its name in stage dev) -> alarm."""
    found = [each for each in resources("AWS::CloudWatch::Alarm").values() if each["MetricName"] == metric]
    return {_watched(each["Dimensions"][0]["Value"]): each for each in found}


def _watched(value: dict[str, Any]) -> str:
    if "Fn::Sub" in value:
        return in_stage(value, "dev")
    logical_id = value["Fn::GetAtt"].partition(".")[0]
    return in_stage(resources("AWS::SQS::Queue")[logical_id]["QueueName"], "dev")


def test_every_dead_letter_queue_that_is_not_empty_raises_an_alarm() -> None:
    watching = alarms("ApproximateNumberOfMessagesVisible")
    assert set(watching) == {name for name in queues() if name.endswith("-dlq")}
    assert {each["Threshold"] for each in watching.values()} == {0}


def test_a_dead_letter_queue_on_which_sqs_stops_reporting_stays_in_alarm() -> None:
    watching = alarms("ApproximateNumberOfMessagesVisible")
    assert {each["TreatMissingData"] for each in watching.values()} == {"ignore"}


def test_every_queue_that_is_worked_off_raises_an_alarm_when_its_messages_grow_old() -> None:
    assert set(alarms("ApproximateAgeOfOldestMessage")) == {name for name in queues() if not name.endswith("-dlq")}


def test_messages_that_wait_for_a_person_are_not_late() -> None:
    """With auto-response off they wait by design."""
    assert template()["Resources"]["RemediationQueueAgeAlarm"]["Condition"] == "AutoResponseIsOn"
    assert template()["Conditions"]["AutoResponseIsOn"] == {"Fn::Equals": [{"Ref": "AutoResponse"}, "true"]}


def test_work_that_is_tried_again_until_it_is_given_up_is_not_late() -> None:
    watching = alarms("ApproximateAgeOfOldestMessage")
    for remediator in REMEDIATORS:
        assert watching[f"dd-aws-dev-{remediator.replace('_', '-')}"]["Threshold"] > TRIES_TAKE


def test_every_functions_errors_raise_an_alarm() -> None:
    watching = alarms("Errors")
    assert set(watching) == {f"dd-aws-dev-{function}" for function in FUNCTIONS}
    assert {(each["Namespace"], each["Threshold"]) for each in watching.values()} == {("AWS/Lambda", 0)}


def test_a_flapping_resource_raises_an_alarm_from_each_remediators_log() -> None:
    filters = resources("AWS::Logs::MetricFilter").values()
    groups = [resources("AWS::Logs::LogGroup")[each["LogGroupName"]["Ref"]]["LogGroupName"] for each in filters]
    assert {in_stage(group, "dev") for group in groups} == {f"/aws/lambda/dd-aws-dev-{name}" for name in REMEDIATORS}
    [alarm] = [each for each in resources("AWS::CloudWatch::Alarm").values() if each["Namespace"] == "dd-aws"]
    for each in filters:
        [metric] = each["MetricTransformations"]
        assert (metric["MetricNamespace"], metric["MetricName"]) == (alarm["Namespace"], alarm["MetricName"])
        assert inspect.getsource(flapping).count(f"logger.warning({each['FilterPattern'][:-1]}") == 1
    assert alarm["Period"] >= 2 * flapping.LOOK_AGAIN


@pytest.mark.parametrize("alarm", [*resources("AWS::CloudWatch::Alarm")])
def test_every_alarm_goes_to_the_topic_and_where_it_is_wanted_by_mail(alarm: str) -> None:
    properties = resources("AWS::CloudWatch::Alarm")[alarm]
    assert properties["AlarmActions"] == [
        {"Ref": "NotificationsTopic"},
        {"Fn::If": ["AlarmsAreMailed", {"Ref": "AlarmsTopic"}, {"Ref": "AWS::NoValue"}]},
    ]


@pytest.mark.parametrize("alarm", [*resources("AWS::CloudWatch::Alarm")])
def test_every_alarm_also_notifies_when_it_is_over(alarm: str) -> None:
    properties = resources("AWS::CloudWatch::Alarm")[alarm]
    assert properties["OKActions"] == properties["AlarmActions"]


def test_eventbridge_rules_that_cannot_invoke_their_target_raise_an_alarm() -> None:
    watching = alarms("FailedInvocations")
    assert set(watching) == {"dd-aws-dev-coordinator-event", "dd-aws-dev-compliance-changes"}
    assert {(each["Namespace"], each["Threshold"]) for each in watching.values()} == {("AWS/Events", 0)}


@pytest.mark.parametrize("stage", STAGES)
def test_every_function_has_a_log_group_that_forgets(stage: str) -> None:
    groups = named("AWS::Logs::LogGroup", "LogGroupName", stage)
    assert set(groups) == {f"/aws/lambda/dd-aws-{stage}-{function}" for function in FUNCTIONS}
    assert all(each["RetentionInDays"] == 90 for each in groups.values())
