"""Stopping a stage from the command line, and letting it go on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ddaws.__main__ import main
from ddaws.account import Account

type Command = Callable[..., Result]


@pytest.fixture
def told(account: Account) -> Callable[[], list[dict[str, Any]]]:
    """The table and the topic of the stage; what was published since the last look."""
    account.client("dynamodb").create_table(
        TableName="dd-aws-dev-trust",
        KeySchema=[{"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "name", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("kind", "name")],
        BillingMode="PAY_PER_REQUEST",
    )
    sqs, sns = account.client("sqs"), account.client("sns")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    topic = sns.create_topic(Name="dd-aws-dev-notifications")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=account.arn("sqs", "told"))

    def take() -> list[dict[str, Any]]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in messages]

    return take


@pytest.fixture
def command(project: Path) -> Command:
    def run(verb: str, *arguments: str) -> Result:
        return CliRunner().invoke(main, (verb, "--project-dir", str(project), "--stage", "dev", *arguments))

    return run


def test_a_pause_is_told_with_who_and_why_and_shown_by_status(
    command: Command, told: Callable[[], list[dict[str, Any]]]
) -> None:
    result = command("pause", "--reason", "a fix broke the shop")

    [notification] = told()
    assert result.exit_code == 0
    assert (notification["messageType"], notification["reason"]) == ("StagePaused", "a fix broke the shop")
    assert notification["who"].startswith("arn:aws:")
    status = command("status").output
    assert "a fix broke the shop" in status
    assert notification["who"] in status


def test_a_second_pause_changes_nothing_and_is_not_told(
    command: Command, told: Callable[[], list[dict[str, Any]]]
) -> None:
    command("pause", "--reason", "first")
    told()

    result = command("pause", "--reason", "second")

    assert result.exit_code == 0
    assert "first" in result.output
    assert told() == []


def test_to_resume_ends_the_pause_and_is_told_once(command: Command, told: Callable[[], list[dict[str, Any]]]) -> None:
    command("pause", "--reason", "a fix broke the shop")
    told()

    command("resume")
    [notification] = told()
    again = command("resume")

    assert notification["messageType"] == "Resumed"
    assert "a fix broke the shop" in notification["what"]
    assert "pause: none" in command("status").output
    assert "Nothing holds stage dev up." in again.output
    assert told() == []


def test_a_pause_that_cannot_be_told_stands_all_the_same(
    command: Command, told: Callable[[], list[dict[str, Any]]], account: Account
) -> None:
    account.client("sns").delete_topic(TopicArn=account.arn("sns", "dd-aws-dev-notifications"))

    result = command("pause", "--reason", "why")

    assert "could not be told on Slack" in result.output
    assert "why" in command("status").output


def test_a_pause_without_a_reason_is_refused(command: Command) -> None:
    assert command("pause").exit_code == 2


def test_a_stage_without_the_table_is_told_to_be_deployed_first(command: Command, account: Account) -> None:
    result = command("pause", "--reason", "why")

    assert result.exit_code == 1
    assert "deploy the stage" in result.stderr
