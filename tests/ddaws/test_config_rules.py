import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from chalicelib.errors import AwsRefused
from chalicelib.rules.security_group.parameters import DEFAULTS
from ddaws.account import Account
from ddaws.deploy import config_rules, rules_file
from ddaws.plan import Plan, Step, Target, call
from ddaws.progress import Progress
from ddaws.run import StepFailed, run
from tests.ddaws.fakes import FakeAccount, client_error
from tests.ddaws.live import apply, make_function, make_functions, silently

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


def test_our_rules_evaluate_changes_oversized_items_and_everything_once_a_day(deployed: Target) -> None:
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
    parameters = json.loads(rule["InputParameters"])
    assert parameters == {**DEFAULTS, "prohibitedPorts": parameters["prohibitedPorts"]}
    assert parameters["prohibitedPorts"].startswith("22,23,135,445,1433,")


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
    edit(deployed.stage.project_dir, "22,23,135,445,", "22,23,135,")

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


def in_region(target: Target, region: str) -> Target:
    """The same stage and account in another region."""
    account = target.account
    return replace(target, account=Account(boto3.Session(region_name=region), account.account_id))


def test_a_rule_that_evaluates_the_whole_account_is_deployed_in_one_region(deployed: Target) -> None:
    there = in_region(deployed, "eu-central-1")
    for function in ("evaluate_security_group", "evaluate_s3_bucket"):
        make_function(there, function, with_role=False)

    apply(plan(there), there)

    once = {"dd-aws-dev-iam-password-policy", "dd-aws-dev-root-account-mfa-enabled"}
    once |= {"dd-aws-dev-s3-account-level-public-access-blocks"}
    assert set(live(there)) == NAMES - once
    assert "iam-password-policy evaluates the whole account and is already deployed in eu-west-1" in plan(there).notes
    assert not plan(deployed).changes


def test_a_rule_for_the_whole_account_comes_once_its_first_region_has_it_no_longer(deployed: Target) -> None:
    there = in_region(deployed, "eu-central-1")
    for function in ("evaluate_security_group", "evaluate_s3_bucket"):
        make_function(there, function, with_role=False)
    apply(config_rules.removal(deployed, silently), deployed)

    apply(plan(there), there)

    assert set(live(there)) == NAMES


@pytest.mark.parametrize("region", ["me-central-1", "il-central-1", "ca-west-1"])
def test_a_managed_rule_is_left_out_where_aws_config_does_not_offer_it(target: Target, region: str) -> None:
    there = in_region(target, region)
    make_functions(there)

    found = plan(there)
    apply(found, there)

    assert set(live(there)) == NAMES - {"dd-aws-dev-root-account-mfa-enabled"}
    left_out = f"AWS Config does not offer ROOT_ACCOUNT_MFA_ENABLED in {region}"
    assert found.notes == (f"root-account-mfa-enabled is left out: {left_out}",)


def test_a_refused_rule_does_not_block_the_other_rules(target: Target, project: Path, progress: Progress) -> None:
    make_functions(target)
    edit(project, "CLOUD_TRAIL_ENABLED", "NO_SUCH_RULE")

    with pytest.raises(StepFailed) as failed:
        run([Step("Config rules", config_rules.plan)], target, progress)

    assert set(live(target)) == NAMES - {"dd-aws-dev-cloudtrail-enabled"}
    first, second = str(failed.value).splitlines()
    assert first == "Config rules: 1 of 6 changes failed:"
    assert second.startswith("create Config rule dd-aws-dev-cloudtrail-enabled: ")
    assert "AWS Config does not offer this managed rule in eu-west-1: The sourceIdentifier NO_SUCH_RULE" in second
    assert second.endswith("or add the region to its unavailableIn.")


def test_a_rule_that_is_in_use_is_asked_for_again(target: Target) -> None:
    config = FakeRules(answers=[client_error("ResourceInUseException", "The rule is being deleted."), None])
    told: list[str] = []

    (change,) = deletions(target, config, seconds=60)
    change.apply(replace(target, account=FakeAccount(config=config)).account, told.append)

    assert config.deleted == ["dd-aws-dev-a"]
    assert [line.partition(":")[0] for line in told] == ["AWS Config still uses the rule dd-aws-dev-a"]


def test_a_rule_that_stays_in_use_ends_with_an_error_that_says_when_to_continue(target: Target) -> None:
    config = FakeRules(answers=[client_error("ResourceInUseException", "The rule is being deleted.")])

    (change,) = deletions(target, config, seconds=0)
    with pytest.raises(
        AwsRefused, match=r"still uses the rule dd-aws-dev-a \(The rule is being deleted\.\).*again later"
    ):
        change.apply(FakeAccount(config=config), silently)


def deletions(target: Target, config: "FakeRules", *, seconds: float) -> list[config_rules.RuleChange]:
    config.rules = ({"ConfigRuleName": "dd-aws-dev-a", "Description": "A. [dd-aws, stage dev]"},)
    changes = config_rules.removal(replace(target, account=FakeAccount(config=config)), silently).changes
    kept = [change for change in changes if isinstance(change, config_rules.RuleChange)]
    return [replace(change, patience=config_rules.Patience(seconds)) for change in kept]


def test_a_rule_that_is_being_deleted_is_put_after_all_others(target: Target, project: Path) -> None:
    going = {"ConfigRuleName": "dd-aws-dev-a", "Description": "A. [dd-aws, stage dev]", "ConfigRuleState": "DELETING"}
    managed = {"description": "A rule.", "sourceIdentifier": "CLOUD_TRAIL_ENABLED"}
    (project / rules_file.FILE).write_text(json.dumps({"a": managed, "b": managed}))
    account = FakeAccount(config=FakeRules(going))

    changes = plan(replace(target, account=account)).changes

    assert [change.what for change in changes] == ["Config rule dd-aws-dev-b", "Config rule dd-aws-dev-a"]


def test_removal_tells_of_rules_that_aws_config_is_still_deleting(target: Target) -> None:
    going = {"ConfigRuleName": "dd-aws-dev-a", "Description": "A. [dd-aws, stage dev]", "ConfigRuleState": "DELETING"}
    account = FakeAccount(config=FakeRules(going))

    found = config_rules.removal(replace(target, account=account), silently)

    assert found.notes == ("AWS Config is still deleting dd-aws-dev-a, which may take an hour",)


@pytest.fixture
def progress() -> Progress:
    return Progress(Console(file=io.StringIO()))


class FakeRules:
    """An AWS Config with some rules in whatever state, whose answers to DeleteConfigRule are given."""

    def __init__(self, *rules: dict[str, str], answers: Sequence[Exception | None] = ()) -> None:
        self.rules = rules
        self.answers = list(answers)
        self.deleted: list[str] = []

    def describe_config_rules(self) -> dict[str, Any]:
        return {"ConfigRules": self.rules}

    def delete_config_rule(self, ConfigRuleName: str) -> dict[str, Any]:  # noqa: N803
        if error := self.answers.pop(0):
            raise error
        self.deleted.append(ConfigRuleName)
        return {}
