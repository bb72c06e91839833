import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.rules.security_group_parameters import DEFAULTS
from ddaws.deploy import config_rules, rules_file
from ddaws.plan import Plan, Target, call
from tests.ddaws.fakes import FakeAccount
from tests.ddaws.live import apply, make_functions, silently

NAMES = {
    "dd-aws-dev-security-group-prohibited-ports",
    "dd-aws-dev-s3-bucket-public-access",
    "dd-aws-dev-cloudtrail-enabled",
    "dd-aws-dev-iam-password-policy",
    "dd-aws-dev-root-account-mfa-enabled",
    "dd-aws-dev-s3-account-level-public-access-blocks",
}


@pytest.fixture
def deployed(target: Target) -> Target:
    """A target whose rules are all there."""
    make_functions(target)
    apply(plan(target), target)
    return target


def plan(target: Target) -> Plan:
    return config_rules.plan(target, silently)


def live(target: Target) -> dict[str, dict[str, Any]]:
    rules = target.account.client("config").describe_config_rules()["ConfigRules"]
    return {rule["ConfigRuleName"]: rule for rule in rules}


def edit(project: Path, before: str, after: str) -> None:
    path = project / rules_file.FILE
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_every_rule_of_the_file_is_put(deployed: Target) -> None:
    assert set(live(deployed)) == NAMES


def test_our_rules_judge_changes_oversized_items_and_everything_once_a_day(deployed: Target) -> None:
    source = live(deployed)["dd-aws-dev-security-group-prohibited-ports"]["Source"]

    assert source["SourceIdentifier"].endswith(":function:dd-aws-dev-evaluate_security_group")
    assert {detail["MessageType"]: detail.get("MaximumExecutionFrequency") for detail in source["SourceDetails"]} == {
        "ConfigurationItemChangeNotification": None,
        "OversizedConfigurationItemChangeNotification": None,
        "ScheduledNotification": "TwentyFour_Hours",
    }


def test_our_rules_have_their_resource_type_in_scope_and_their_parameters(deployed: Target) -> None:
    rule = live(deployed)["dd-aws-dev-security-group-prohibited-ports"]

    assert rule["Scope"] == {"ComplianceResourceTypes": ["AWS::EC2::SecurityGroup"]}
    assert json.loads(rule["InputParameters"]) == DEFAULTS


def test_the_password_policy_is_long_mixed_and_changed(deployed: Target) -> None:
    rule = live(deployed)["dd-aws-dev-iam-password-policy"]

    assert rule["Source"]["SourceIdentifier"] == "IAM_PASSWORD_POLICY"
    assert json.loads(rule["InputParameters"]) == {
        "MinimumPasswordLength": "14",
        "RequireUppercaseCharacters": "true",
        "RequireLowercaseCharacters": "true",
        "RequireNumbers": "true",
        "RequireSymbols": "true",
        "PasswordReusePrevention": "24",
        "MaxPasswordAge": "90",
    }


def test_rules_that_are_as_declared_are_left_alone(deployed: Target) -> None:
    assert not plan(deployed).changes


def test_only_the_rule_that_was_edited_is_put(deployed: Target) -> None:
    edit(deployed.stage.project_dir, "22,1433,3306,3389", "22,3389")

    (change,) = plan(deployed).changes

    assert (change.verb, change.what) == ("update", "Config rule dd-aws-dev-security-group-prohibited-ports")


def test_a_frequency_of_a_managed_rule_counts_where_the_file_names_one(deployed: Target) -> None:
    identifier = "sourceIdentifier: CLOUD_TRAIL_ENABLED"
    edit(deployed.stage.project_dir, identifier, f"{identifier}\n  maximumExecutionFrequency: One_Hour")

    apply(plan(deployed), deployed)

    assert live(deployed)["dd-aws-dev-cloudtrail-enabled"]["MaximumExecutionFrequency"] == "One_Hour"
    assert not plan(deployed).changes


def test_a_rule_that_the_file_no_longer_names_is_deleted(deployed: Target) -> None:
    edit(deployed.stage.project_dir, "root-account-mfa-enabled:", "root-mfa:")

    apply(plan(deployed), deployed)

    assert set(live(deployed)) == NAMES - {"dd-aws-dev-root-account-mfa-enabled"} | {"dd-aws-dev-root-mfa"}


@pytest.mark.parametrize("name", ["theirs", "dd-aws-dev-theirs", "dd-aws-dev-2-root-mfa"])
def test_rules_of_others_are_neither_deleted_nor_removed(deployed: Target, name: str) -> None:
    rule = {
        "ConfigRuleName": name,
        "Description": "Not ours. [dd-aws, stage dev-2]",
        "Source": {"Owner": "AWS", "SourceIdentifier": "ROOT_ACCOUNT_MFA_ENABLED"},
    }
    apply([call("create", name, "config", "PutConfigRule", ConfigRule=rule)], deployed)

    assert not plan(deployed).changes
    apply(config_rules.removal(deployed, silently), deployed)
    assert set(live(deployed)) == {name}


def test_removal_deletes_our_rules_and_finds_nothing_the_second_time(deployed: Target) -> None:
    apply(config_rules.removal(deployed, silently), deployed)

    assert live(deployed) == {}
    assert not config_rules.removal(deployed, silently).changes


@pytest.mark.parametrize(
    ("state", "deleted"), [("ACTIVE", 1), ("EVALUATING", 1), ("DELETING_RESULTS", 1), ("DELETING", 0)]
)
def test_removal_leaves_out_only_what_is_being_deleted_already(target: Target, state: str, deleted: int) -> None:
    rule = {"ConfigRuleName": "dd-aws-dev-a", "Description": "A. [dd-aws, stage dev]", "ConfigRuleState": state}
    account = FakeAccount(config=FakeRules(rule))

    assert len(config_rules.removal(replace(target, account=account), silently).changes) == deleted


class FakeRules:
    """An AWS Config with some rules in whatever state."""

    def __init__(self, *rules: dict[str, str]) -> None:
        self.rules = rules

    def describe_config_rules(self) -> dict[str, Any]:
        return {"ConfigRules": self.rules}
