"""When a rule's function is invoked, and with what: the events are AWS Config's own."""

from typing import Any

import pytest

from tests.sandbox.awsconfig.world import ROLE, THING, World, client_error, concerned, invoking_event

CHANGE = "ConfigurationItemChangeNotification"
OVERSIZED = "OversizedConfigurationItemChangeNotification"
SCHEDULED = "ScheduledNotification"


def kinds(world: World) -> list[str]:
    return [invoking_event(event)["messageType"] for event in world.invoked]


def status(world: World) -> dict[str, Any]:
    (status,) = world.call("DescribeConfigRuleEvaluationStatus")["ConfigRulesEvaluationStatus"]
    return dict(status)


def test_a_change_invokes_the_function_with_aws_configs_event(recording: World) -> None:
    recording.put_rule(InputParameters='{"size":"1"}')
    recording.put_thing("one", size=2)
    recording.tick()
    (event,) = recording.invoked
    (rule,) = recording.call("DescribeConfigRules")["ConfigRules"]
    assert event == {
        "version": "1.0",
        "invokingEvent": event["invokingEvent"],
        "ruleParameters": '{"size":"1"}',
        "resultToken": event["resultToken"],
        "eventLeftScope": False,
        "executionRoleArn": ROLE,
        "configRuleArn": rule["ConfigRuleArn"],
        "configRuleName": "judge",
        "configRuleId": rule["ConfigRuleId"],
        "accountId": "123456789012",
    }
    assert invoking_event(event) == recording.messages(CHANGE)[0]


def test_a_rule_without_parameters_gets_none(recording: World) -> None:
    recording.put_rule()
    recording.put_thing("one")
    recording.tick()
    assert "ruleParameters" not in recording.invoked[0]


def test_every_run_has_a_token_of_its_own(recording: World) -> None:
    recording.put_rule()
    for resource_id in ("one", "two"):
        recording.put_thing(resource_id)
    recording.tick()
    assert len({event["resultToken"] for event in recording.invoked}) == 2


def test_a_new_rule_sees_at_once_all_that_is_there_without_a_difference(recording: World) -> None:
    for resource_id in ("one", "two", "gone"):
        recording.put_thing(resource_id)
    recording.tick()
    del recording.things["gone"]
    recording.tick()
    recording.put_rule()
    assert sorted(concerned(event) for event in recording.invoked) == ["one", "two"]
    assert {invoking_event(event)["configurationItemDiff"] for event in recording.invoked} == {None}
    (started,) = recording.messages("ConfigRulesEvaluationStarted")
    assert started["configRuleNames"] == ["judge"]


def test_a_changed_rule_sees_everything_again_and_an_unchanged_one_does_not(recording: World) -> None:
    recording.put_thing("one")
    recording.tick()
    recording.put_rule()
    recording.put_rule()
    assert len(recording.invoked) == 1
    recording.put_rule(InputParameters='{"size":"2"}')
    assert len(recording.invoked) == 2


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ({}, ["one", "two"]),
        ({"ComplianceResourceTypes": [THING]}, ["one", "two"]),
        ({"ComplianceResourceTypes": ["AWS::S3::Bucket"]}, []),
        ({"ComplianceResourceTypes": [THING], "ComplianceResourceId": "two"}, ["two"]),
        ({"TagKey": "team"}, ["one"]),
        ({"TagKey": "team", "TagValue": "red"}, ["one"]),
        ({"TagKey": "team", "TagValue": "blue"}, []),
    ],
)
def test_only_what_is_in_scope_is_evaluated(recording: World, scope: dict[str, Any], seen: list[str]) -> None:
    recording.put_rule(Scope=scope)
    recording.put_thing("one", tags={"team": "red"})
    recording.put_thing("two")
    recording.tick()
    assert [concerned(event) for event in recording.invoked] == seen


def test_a_resource_that_leaves_the_scope_is_announced_once(recording: World) -> None:
    recording.put_rule(Scope={"TagKey": "team"})
    recording.put_thing("one", tags={"team": "red"})
    recording.tick()
    for size in (1, 2):
        recording.put_thing("one", size=size)
        recording.tick()
    assert [event["eventLeftScope"] for event in recording.invoked] == [False, True]


def test_a_deleted_resource_is_still_shown_to_its_rules(recording: World) -> None:
    recording.put_rule(Scope={"TagKey": "team"})
    recording.put_thing("one", tags={"team": "red"})
    recording.tick()
    recording.things.clear()
    recording.tick()
    event = recording.invoked[-1]
    assert invoking_event(event)["configurationItem"]["configurationItemStatus"] == "ResourceDeleted"
    assert event["eventLeftScope"] is False


def test_the_status_of_a_rule_tells_when_it_ran(recording: World) -> None:
    created = recording.now.timestamp()
    recording.put_rule()
    assert status(recording)["FirstEvaluationStarted"] is False
    recording.judge = lambda event: recording.put_verdict(event, "COMPLIANT")
    recording.put_thing("one")
    recording.tick()
    ran = recording.now.timestamp()
    shown = status(recording)
    assert (shown["FirstActivatedTime"], shown["FirstEvaluationStarted"]) == (created, True)
    assert (shown["LastSuccessfulInvocationTime"], shown["LastSuccessfulEvaluationTime"]) == (ran, ran)


def test_the_status_of_a_rule_tells_why_its_function_could_not_be_invoked(recording: World) -> None:
    recording.put_rule()
    recording.broken["invoke"] = client_error("ResourceNotFoundException", "Invoke")
    recording.put_thing("one")
    recording.tick()
    shown = status(recording)
    assert shown["LastFailedInvocationTime"] == recording.now.timestamp()
    assert shown["LastErrorCode"] == "ResourceNotFoundException"
    assert "LastSuccessfulInvocationTime" not in shown
