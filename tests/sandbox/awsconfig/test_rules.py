"""Rules: what is kept, what is refused, and pages of them."""

import json
from typing import Any

import pytest

from sandbox.awsconfig import Account, ConfigError
from tests.sandbox.awsconfig.world import FUNCTION, THING, World, permission

CHANGE = "ConfigurationItemChangeNotification"
SCHEDULED = "ScheduledNotification"


def rules(world: World, **request: Any) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = world.call("DescribeConfigRules", **request)["ConfigRules"]
    return answer


def custom(**source: Any) -> dict[str, Any]:
    details = [{"EventSource": "aws.config", "MessageType": CHANGE}]
    return {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FUNCTION, "SourceDetails": details, **source}


def managed(**source: Any) -> dict[str, Any]:
    return {"Owner": "AWS", "SourceIdentifier": "CLOUD_TRAIL_ENABLED", **source}


def test_a_rule_is_described_as_it_was_put_with_its_identity(recording: World) -> None:
    recording.put_rule("judge", Scope={"ComplianceResourceTypes": [THING]}, InputParameters='{"size":"1"}')
    (rule,) = rules(recording)
    assert rule["ConfigRuleId"].startswith("config-rule-")
    assert rule == {
        "ConfigRuleName": "judge",
        "ConfigRuleId": rule["ConfigRuleId"],
        "ConfigRuleArn": f"arn:aws:config:eu-west-1:123456789012:config-rule/{rule['ConfigRuleId']}",
        "ConfigRuleState": "ACTIVE",
        "EvaluationModes": [{"Mode": "DETECTIVE"}],
        "Scope": {"ComplianceResourceTypes": [THING]},
        "InputParameters": '{"size":"1"}',
        "Source": custom(
            SourceDetails=[
                {"EventSource": "aws.config", "MessageType": message_type}
                for message_type in (CHANGE, "OversizedConfigurationItemChangeNotification")
            ]
        ),
    }


def test_a_rule_needs_a_recorder(world: World) -> None:
    with pytest.raises(ConfigError, match="NoAvailableConfigurationRecorderException"):
        world.put_rule()


@pytest.mark.parametrize(
    "definition",
    [
        {"InputParameters": "[1]"},
        {"InputParameters": "{"},
        {"InputParameters": '{"prohibitedPorts":""}'},
        {"InputParameters": '{"prohibitedPorts":" "}'},
        {"Scope": {"ComplianceResourceId": "one"}},
        {"Scope": {"TagValue": "red"}},
        {"Source": custom(SourceIdentifier="judge")},
        {"Source": custom(SourceDetails=[])},
        {"Source": custom(SourceDetails=[{"EventSource": "aws.config"}])},
        {"Source": custom(SourceDetails=[{"MessageType": CHANGE, "MaximumExecutionFrequency": "One_Hour"}])},
        {"Source": managed(SourceIdentifier="cloud trail")},
        {"Source": managed(SourceDetails=[{"MessageType": CHANGE}])},
        {"Source": {"Owner": "CUSTOM_POLICY"}},
        {"ConfigRuleName": "judge", "ConfigRuleId": "config-rule-abc123"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(recording: World, definition: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="InvalidParameterValueException"):
        recording.put_rule(**definition)
    assert rules(recording) == []


@pytest.mark.parametrize(
    ("definition", "complaint"),
    [
        ({"Source": {}}, "'configRule.source.owner' failed to satisfy constraint: Member must not be null"),
        ({"Source": custom(Owner="ME")}, "'configRule.source.owner'.*enum value set"),
        ({"Description": "d" * 257}, "'configRule.description'.*length less than or equal to 256"),
        ({"ConfigRuleName": ""}, "'configRule.configRuleName'.*length greater than or equal to 1"),
        ({"ConfigRuleName": "r" * 129}, "'configRule.configRuleName'.*length less than or equal to 128"),
        ({"InputParameters": json.dumps({"a": "b" * 1024})}, "'configRule.inputParameters'.*equal to 1024"),
        ({"ConfigRuleName": " "}, "'configRule.configRuleName'.*regular expression pattern"),
    ],
)
def test_a_rule_of_the_wrong_shape_is_refused(recording: World, definition: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=f"ValidationException.*{complaint}"):
        recording.put_rule(**definition)


@pytest.mark.parametrize("policies", [{}, {FUNCTION: permission("999999999999")}])
def test_a_function_that_aws_config_may_not_invoke_is_refused(
    recording: World, policies: dict[str, dict[str, Any]]
) -> None:
    recording.policies.clear()
    recording.policies.update(policies)
    with pytest.raises(ConfigError, match=rf"InsufficientPermissionsException.*{FUNCTION}"):
        recording.put_rule()


def test_a_rule_that_aws_judges_is_kept_and_has_no_results(recording: World) -> None:
    recording.put_thing("one")
    recording.tick()
    recording.put_rule("trail", Source=managed(), InputParameters='{"s3BucketName":"logs"}')
    assert [rule["ConfigRuleName"] for rule in rules(recording)] == ["trail"]
    assert recording.invoked == []
    (row,) = recording.call("DescribeComplianceByConfigRule")["ComplianceByConfigRules"]
    assert row["Compliance"] == {"ComplianceType": "INSUFFICIENT_DATA"}
    (status,) = recording.call("DescribeConfigRuleEvaluationStatus")["ConfigRulesEvaluationStatus"]
    assert status["FirstEvaluationStarted"] is False


def test_putting_a_rule_again_changes_it_and_keeps_its_identity(recording: World) -> None:
    recording.put_rule("judge")
    (before,) = rules(recording)
    recording.pass_time(days=1)
    recording.put_rule("judge", Description="Judges")
    (after,) = rules(recording)
    assert after == {**before, "Description": "Judges"}


def test_a_rule_can_be_changed_by_its_arn_alone(recording: World) -> None:
    recording.put_rule("judge")
    (before,) = rules(recording)
    wanted = {"ConfigRuleArn": before["ConfigRuleArn"], "Source": managed()}
    recording.call("PutConfigRule", ConfigRule=wanted)
    assert [(rule["ConfigRuleName"], rule["Source"]["Owner"]) for rule in rules(recording)] == [("judge", "AWS")]


def test_rules_come_in_pages_and_by_name(recording: World) -> None:
    names = [f"rule-{number:02}" for number in range(30)]
    for name in reversed(names):
        recording.put_rule(name, Source=managed())
    first = recording.call("DescribeConfigRules")
    second = recording.call("DescribeConfigRules", NextToken=first["NextToken"])
    assert [rule["ConfigRuleName"] for rule in first["ConfigRules"] + second["ConfigRules"]] == names
    assert "NextToken" not in second
    assert [rule["ConfigRuleName"] for rule in rules(recording, ConfigRuleNames=["rule-07"])] == ["rule-07"]


@pytest.mark.parametrize("token", ["nonsense", "é", "bm8=", "dG86Mw=="])
def test_a_made_up_token_is_refused(recording: World, token: str) -> None:
    with pytest.raises(ConfigError, match="InvalidNextTokenException"):
        recording.call("DescribeConfigRules", NextToken=token)


@pytest.mark.parametrize(
    ("action", "request_"),
    [
        ("DescribeConfigRules", {"ConfigRuleNames": ["nobody"]}),
        ("DeleteConfigRule", {"ConfigRuleName": "nobody"}),
        ("StartConfigRulesEvaluation", {"ConfigRuleNames": ["nobody"]}),
        ("DescribeConfigRuleEvaluationStatus", {"ConfigRuleNames": ["nobody"]}),
        ("DescribeComplianceByConfigRule", {"ConfigRuleNames": ["nobody"]}),
        ("GetComplianceDetailsByConfigRule", {"ConfigRuleName": "nobody"}),
        ("DeleteEvaluationResults", {"ConfigRuleName": "nobody"}),
    ],
)
def test_an_unknown_rule_is_refused_by_name(recording: World, action: str, request_: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"NoSuchConfigRuleException.*'nobody'"):
        recording.call(action, **request_)


def test_a_deleted_rule_is_gone_with_its_results(recording: World) -> None:
    recording.judge = lambda event: recording.put_verdict(event, "NON_COMPLIANT")
    recording.put_rule()
    recording.put_thing("one")
    recording.tick()
    recording.call("DeleteConfigRule", ConfigRuleName="judge")
    assert rules(recording) == []
    assert recording.call("DescribeComplianceByResource") == {"ComplianceByResources": []}
    recording.forget()
    recording.put_thing("one", size=2)
    recording.tick()
    assert recording.invoked == []


def test_rules_and_recorders_carry_tags(recording: World) -> None:
    tags = [{"Key": "team", "Value": "red"}]
    recording.call("PutConfigRule", ConfigRule={"ConfigRuleName": "trail", "Source": managed()}, Tags=tags)
    arn = rules(recording)[0]["ConfigRuleArn"]
    assert recording.call("ListTagsForResource", ResourceArn=arn) == {"Tags": tags}
    recording.call("TagResource", ResourceArn=arn, Tags=[{"Key": "stage", "Value": "dev"}])
    recording.call("UntagResource", ResourceArn=arn, TagKeys=["team"])
    assert recording.call("ListTagsForResource", ResourceArn=arn) == {"Tags": [{"Key": "stage", "Value": "dev"}]}
    with pytest.raises(ConfigError, match="ResourceNotFoundException"):
        recording.call("ListTagsForResource", ResourceArn=f"{arn}-not")


def test_parameters_are_kept_as_the_text_that_was_given(recording: World) -> None:
    text = json.dumps({"prohibitedPorts": "22"}, indent=1)
    recording.put_rule(InputParameters=text)
    assert rules(recording)[0]["InputParameters"] == text


def test_an_action_that_is_not_offered_is_refused_by_name(world: World) -> None:
    with pytest.raises(ConfigError, match=r"UnknownOperationException.*SelectResourceConfig"):
        world.config.handle("SelectResourceConfig", {}, "arn:aws:iam::123456789012:root")


@pytest.mark.parametrize(("region", "is_offered"), [("eu-west-1", True), ("il-central-1", False)])
def test_a_managed_rule_that_the_region_lacks_is_refused(region: str, is_offered: bool) -> None:
    world = World(account=Account("123456789012", region))
    world.start_recording()
    source = managed(SourceIdentifier="ROOT_ACCOUNT_MFA_ENABLED")
    if is_offered:
        world.put_rule("mfa", Source=source)
    else:
        with pytest.raises(ConfigError, match="sourceIdentifier ROOT_ACCOUNT_MFA_ENABLED is invalid"):
            world.put_rule("mfa", Source=source)
