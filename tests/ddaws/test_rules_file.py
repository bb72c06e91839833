from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.errors import BadInput
from chalicelib.settings import Settings
from ddaws.deploy import checks, rules_file
from ddaws.deploy.rules_file import DeclaredRule
from ddaws.plan import Target
from ddaws.stage import Stage


def read(project: Path, text: str) -> tuple[DeclaredRule, ...]:
    (project / rules_file.FILE).write_text(text)
    return rules_file.read(project)


def test_a_rule_of_ours_is_judged_daily_unless_said_otherwise(project: Path) -> None:
    (rule,) = read(project, "some-rule: {description: Some rule., function: evaluate_s3_bucket}")

    assert rule == DeclaredRule(
        name="some-rule",
        description="Some rule.",
        function="evaluate_s3_bucket",
        maximum_execution_frequency="TwentyFour_Hours",
        input_parameters={},
    )


def test_a_managed_rule_has_aws_s_own_frequency_unless_said_otherwise(project: Path) -> None:
    (rule,) = read(project, "mfa: {description: MFA., sourceIdentifier: ROOT_ACCOUNT_MFA_ENABLED}")

    assert (rule.source_identifier, rule.maximum_execution_frequency) == ("ROOT_ACCOUNT_MFA_ENABLED", "")


GROUP_RULE = "a: {description: A., function: evaluate_security_group, "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "config_rules.yaml: expected YAML"),
        ("- a", "config_rules.yaml: expected a mapping of rules by name"),
        ("a: {}\nb: {}\na: {}", "config_rules.yaml: expected YAML; got 'a stands twice"),
        (
            GROUP_RULE + 'inputParameters: {portRange: "carve", portRange: "revoke"}}',
            "YAML; got 'portRange stands twice",
        ),
        ("A_b: {}", "a rule's name: expected lower-case letters, digits and hyphens; got 'A_b'"),
        ("a: yes", "config_rules.yaml: a: expected a mapping; got True"),
        ("a: {sourceIdentifier: X}", "a.description: expected a text; it is missing"),
        ("a: {description: A.}", "a.sourceIdentifier: expected a text; it is missing"),
        (f"a: {{description: {'x' * 201}, sourceIdentifier: X}}", "a.description: expected at most 200 characters"),
        ("a: {description: A., function: judge}", "a.function: expected one of evaluate_security_group, .*got 'judge'"),
        ("a: {description: A., sourceIdentifier: X, ports: 1}", "a: expected a field it can have: .*; got 'ports'"),
        (GROUP_RULE + "sourceIdentifier: X}", "a: expected a field it can have: .*; got 'sourceIdentifier'"),
        (GROUP_RULE + "maximumExecutionFrequency: Daily}", "a.maximumExecutionFrequency: expected one of One_Hour, "),
        (GROUP_RULE + "inputParameters: 22}", "a.inputParameters: expected a mapping of texts; got 22"),
        (GROUP_RULE + "inputParameters: {prohibitedPorts: 22}}", "prohibitedPorts: expected a text, in quotes.*got 22"),
        (GROUP_RULE + 'inputParameters: {prohibitedPorts: "22,ssh"}}', "a: prohibitedPorts: expected ports.*'22,ssh'"),
        (GROUP_RULE + f"inputParameters: {{prohibitedPorts: '{'22,' * 400}22'}}}}", "at most 1024 characters of JSON"),
        (GROUP_RULE + 'inputParameters: {ports: "22"}}', "a: ruleParameters.ports: expected one of the parameters"),
    ],
)
def test_a_mistake_is_named_with_its_field_and_value(project: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(project, text)


@pytest.mark.parametrize("setting", ["RULE_MODES", "GRACE_MINUTES"])
def test_a_setting_for_a_rule_that_nobody_has_is_an_error_at_deployment(
    target: Target, project: Path, setting: str
) -> None:
    value = {"RULE_MODES": "security-groups=enforce", "GRACE_MINUTES": "security-groups=10"}[setting]
    settings = Settings.from_environment({"STAGE": "dev", "ENABLE_AUTO_RESPONSE": "false", setting: value})
    with pytest.raises(BadInput, match=rf"{setting}: .*security-group-prohibited-ports.*got 'security-groups'"):
        checks.plan(replace(target, stage=Stage(project, settings)), lambda _: None)
