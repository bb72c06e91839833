"""What CloudFormation asks of the template as a whole, and what an operator may rely on."""

import re

import pytest

from chalicelib.errors import BadInput
from chalicelib.settings import Settings
from tests.infrastructure.declarations import (
    FUNCTIONS,
    REMEDIATORS,
    STAGES,
    TEMPLATE,
    grants,
    named,
    resources,
    template,
)

INLINE_LIMIT = 51_200
"""Bytes of a template that is sent as it is, without a bucket."""


def test_the_template_can_be_sent_inline_and_comes_back_as_it_was_sent() -> None:
    body = TEMPLATE.read_bytes()
    assert len(body) < INLINE_LIMIT
    assert body.isascii()


def test_the_emulator_refuses_none_of_the_types() -> None:
    refused = {"AWS::SQS::QueueInlinePolicy", "AWS::SNS::TopicInlinePolicy", "AWS::CloudWatch::CompositeAlarm"}
    assert not refused & {each["Type"] for each in template()["Resources"].values()}


@pytest.mark.parametrize("stage", [*STAGES, "team-7"])
def test_a_stage_that_the_settings_take_is_taken_by_the_template(stage: str) -> None:
    pattern = template()["Parameters"]["Stage"]["AllowedPattern"]
    assert Settings.from_environment({"STAGE": stage, "ENABLE_AUTO_RESPONSE": "false"}).stage == stage
    assert re.fullmatch(pattern, stage)


@pytest.mark.parametrize("stage", ["", "Dev", "dev_1", "dev stage", "-dev", "dev-", "a--b", "s" * 33, "dév"])
def test_a_stage_that_the_settings_refuse_is_refused_by_the_template(stage: str) -> None:
    declared = template()["Parameters"]["Stage"]
    with pytest.raises(BadInput):
        Settings.from_environment({"STAGE": stage, "ENABLE_AUTO_RESPONSE": "false"})
    assert not re.fullmatch(declared["AllowedPattern"], stage) or len(stage) > declared["MaxLength"]


def test_the_longest_stage_still_gives_every_role_a_name_that_iam_takes() -> None:
    longest = "s" * template()["Parameters"]["Stage"]["MaxLength"]
    assert max(len(f"dd-aws-{longest}-{function}") for function in FUNCTIONS) <= 64


@pytest.mark.parametrize(("address", "taken"), [("", True), ("ops@example.com", True), ("ops", False), ("@", False)])
def test_an_alarm_address_is_one_or_none(address: str, taken: bool) -> None:
    pattern = template()["Parameters"]["AlarmEmail"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, address)) is taken


@pytest.mark.parametrize("resource_type", ["AWS::SQS::Queue", "AWS::Logs::LogGroup", "AWS::KMS::Key"])
def test_a_replacement_never_deletes_what_holds_messages_logs_or_the_key(resource_type: str) -> None:
    for logical_id in resources(resource_type):
        assert template()["Resources"][logical_id]["UpdateReplacePolicy"] == "Retain", logical_id


def test_deleting_the_stack_leaves_nothing_behind() -> None:
    assert {each.get("DeletionPolicy", "Delete") for each in template()["Resources"].values()} == {"Delete"}


@pytest.mark.parametrize("stage", STAGES)
def test_every_table_is_one_that_some_function_uses_and_forgets_its_entries(stage: str) -> None:
    tables = named("AWS::DynamoDB::Table", "TableName", stage)
    used = {resource for f in FUNCTIONS for action, resource in grants(f, stage) if action.startswith("dynamodb:")}
    assert {resource.split("/index/")[0] for resource in used} == {f"arn:aws:dynamodb:*:*:table/{n}" for n in tables}
    for table in tables.values():
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("rate_table", ["minute", "entry"]),
        ("incidents_table", ["resource", "rule"]),
        ("trust_table", ["kind", "name"]),
        ("journal_table", ["remediationId", "part"]),
    ],
)
def test_a_table_has_the_name_and_the_keys_that_its_gateway_uses(table: str, keys: list[str]) -> None:
    settings = Settings.from_environment({"STAGE": "dev", "ENABLE_AUTO_RESPONSE": "false"})
    declared = named("AWS::DynamoDB::Table", "TableName", "dev")[getattr(settings, table)]
    assert [key["AttributeName"] for key in declared["KeySchema"]] == keys


@pytest.mark.parametrize("name", ["dd-aws-dev-trust", "dd-aws-dev-journal"])
def test_what_people_decided_and_what_was_done_can_be_restored_and_is_encrypted(name: str) -> None:
    table = named("AWS::DynamoDB::Table", "TableName", "dev")[name]
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}


def test_the_journal_is_found_by_resource_by_day_and_by_what_is_due_and_never_scanned() -> None:
    table = named("AWS::DynamoDB::Table", "TableName", "dev")["dd-aws-dev-journal"]
    indexes = {
        index["IndexName"]: tuple(key["AttributeName"] for key in index["KeySchema"])
        for index in table["GlobalSecondaryIndexes"]
    }
    assert indexes == {
        "by-resource": ("resource", "openedAt"),
        "by-day": ("day", "openedAt"),
        "by-due": ("waiting", "dueAt"),
    }
    assert "dynamodb:Scan" not in {action for function in FUNCTIONS for action, _ in grants(function)}


@pytest.mark.parametrize("function", REMEDIATORS)
def test_a_remediator_writes_the_journal_and_can_delete_nothing_of_it(function: str) -> None:
    journal = "arn:aws:dynamodb:*:*:table/dd-aws-dev-journal"
    assert {action for action, resource in grants(function) if resource == journal} == {
        "dynamodb:Query",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    }
