"""What AWS would refuse is found by a dry run, and before a deployment changes anything."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.errors import BadInput
from chalicelib.findings import AwsCall
from chalicelib.settings import Settings
from ddaws.__main__ import main
from ddaws.account import Account
from ddaws.deploy import checks, foundation, limits, rules_file, templates
from ddaws.plan import Target
from ddaws.policies import PLACEHOLDER, POLICIES
from tests.ddaws.live import silently
from tests.infrastructure.declarations import FUNCTIONS, PROJECT, named

LONGEST_STAGE = "s" * 32
LONGEST_NAMES = {
    ("AWS::SQS::Queue", "QueueName"): 80,
    ("AWS::SNS::Topic", "TopicName"): 256,
    ("AWS::DynamoDB::Table", "TableName"): 255,
    ("AWS::CloudWatch::Alarm", "AlarmName"): 255,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
    ("AWS::KMS::Alias", "AliasName"): 256,
}
"""Characters, by the quotas of each service."""

type Deploy = Callable[..., Result]


@pytest.fixture
def deploy(project: Path, account: Account) -> Deploy:
    """Run ``deploy`` on the project."""

    def run(*options: str) -> Result:
        return CliRunner().invoke(main, ("deploy", "--stage", "dev", "--project-dir", str(project), *options))

    return run


def declare(project: Path, **rules: dict[str, Any]) -> None:
    (project / rules_file.FILE).write_text(json.dumps(rules))


def managed(**fields: Any) -> dict[str, Any]:
    return {"description": "A rule.", "sourceIdentifier": "IAM_PASSWORD_POLICY", **fields}


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("name", "rule", "complaint"),
    [
        ("r" * 118, managed(), "ConfigRuleName: expected at most 128 characters, and not 129"),
        ("a", managed(inputParameters={"MaxPasswordAge": ""}), "MaxPasswordAge: expected a text that is not blank"),
        ("a", managed(inputParameters={"MaxPasswordAge": " \t"}), "MaxPasswordAge: expected a text that is not blank"),
        ("a", managed(inputParameters={"": "90"}), "a.inputParameters: expected names of parameters that are texts"),
        ("a", managed(inputParameters={"MaxPasswordAge": "9" * 1100}), "a.inputParameters: expected at most 1024"),
        ("a", managed(description="d" * 201), "a.description: expected at most 200 characters"),
        ("a", managed(sourceIdentifier="I" * 257), "Source.SourceIdentifier: expected at most 256 characters"),
    ],
)
def test_what_put_config_rule_would_refuse_is_an_error_before_anything_is_deployed(
    project: Path, deploy: Deploy, name: str, rule: dict[str, Any], complaint: str, options: tuple[str, ...]
) -> None:
    declare(project, **{name: rule})

    result = deploy(*options)

    assert result.exit_code == 2
    assert complaint in result.stderr
    assert "✓" not in result.stdout


def test_more_rules_than_an_account_may_have_are_an_error_before_anything_is_deployed(
    project: Path, deploy: Deploy
) -> None:
    declare(project, **{f"r-{number}": managed() for number in range(1001)})

    result = deploy("--dry-run")

    assert result.exit_code == 2
    assert "expected at most 1000: the quota is 1000 rules in a region, and 0 are not dd-aws's" in result.stderr


def test_a_template_that_is_too_large_even_without_its_comments_is_an_error_before_anything_is_deployed(
    project: Path, deploy: Deploy
) -> None:
    path = project / foundation.TEMPLATE
    path.write_text(path.read_text().replace("Encrypts the topics", "Encrypts " + "the topics " * 2000))

    result = deploy("--dry-run")

    assert result.exit_code == 2
    assert f"expected a template of at most {templates.LARGEST} bytes without its comments" in result.stderr


def test_a_template_that_nears_the_limit_is_told(target: Target, project: Path) -> None:
    assert not checks.plan(target, silently).notes
    path = project / foundation.TEMPLATE
    size = len(templates.compact(path.read_text(), foundation.TEMPLATE))
    path.write_text(path.read_text().replace("Encrypts the", "Encrypts the" + "x" * (templates.LARGEST - size - 100)))

    (note,) = checks.plan(target, silently).notes

    assert "of 51200 bytes" in note


def test_comments_count_for_nothing_in_a_templates_size(target: Target, project: Path) -> None:
    path = project / foundation.TEMPLATE
    path.write_text(f"{path.read_text()}\n# {'comment ' * 6400}\n")

    assert not checks.plan(target, silently).notes


def test_the_environment_of_a_function_has_a_limit(project: Path, deploy: Deploy) -> None:
    path = project / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    config["stages"]["dev"]["environment_variables"]["SLACK_API_URL"] = f"https://slack.com/{'a' * 4096}/"
    path.write_text(json.dumps(config))

    result = deploy("--dry-run")

    assert result.exit_code == 2
    assert "environment variables: expected at most 4096 bytes in total" in result.stderr


def test_the_policy_of_a_role_has_a_limit(project: Path, deploy: Deploy) -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": [f"arn:{'a' * 100}"] * 100}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    (project / ".chalice" / "policy.json").write_text(json.dumps(policy))

    result = deploy("--dry-run")

    assert result.exit_code == 2
    assert "the policy of its role: expected at most 10240 characters without white space" in result.stderr


@pytest.mark.parametrize(("resource_type", "field"), LONGEST_NAMES)
def test_every_name_of_the_foundation_fits_for_the_longest_stage(resource_type: str, field: str) -> None:
    names = named(resource_type, field, LONGEST_STAGE)
    assert names
    assert max(map(len, names)) <= LONGEST_NAMES[resource_type, field]


def test_the_rules_of_the_repository_fit_for_the_longest_stage(target: Target) -> None:
    settings = Settings.from_environment({"STAGE": LONGEST_STAGE, "ENABLE_AUTO_RESPONSE": "false"})

    checks.check_rules(replace(target, stage=replace(target.stage, settings=settings)), rules_file.read(PROJECT))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_roles_policy_fits_for_the_longest_stage(function: str) -> None:
    text = (PROJECT / POLICIES / f"{function}.json").read_text().replace(PLACEHOLDER, LONGEST_STAGE)
    assert len("".join(text.split())) <= limits.LONGEST_INLINE_POLICY


def test_a_value_of_the_wrong_form_is_named_with_its_field() -> None:
    call = AwsCall("config", "PutConfigRule", {"ConfigRule": {"ConfigRuleName": " ", "Source": {"Owner": "AWS"}}})

    with pytest.raises(BadInput, match=r"^a rule: ConfigRule\.ConfigRuleName: expected a text of the form"):
        limits.check(call, "a rule")
