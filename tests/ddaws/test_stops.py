"""Stopping a stage from the command line, and letting it go on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.flapping.store import FlapHistories
from chalicelib.limits.limits import Claim, Limits
from chalicelib.limits.store import Controls
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


def test_resuming_ends_the_pause_and_notifies_once(command: Command, told: Callable[[], list[dict[str, Any]]]) -> None:
    command("pause", "--reason", "a fix broke the shop")
    told()

    command("resume")
    [notification] = told()
    again = command("resume")

    assert notification["messageType"] == "Resumed"
    assert "a fix broke the shop" in notification["what"]
    assert "pause: none" in command("status").output
    assert "Stage dev is neither paused nor at its limit of changes per hour." in again.output
    assert told() == []


def test_a_pause_stands_if_the_notification_cannot_be_sent(
    command: Command, told: Callable[[], list[dict[str, Any]]], account: Account
) -> None:
    account.client("sns").delete_topic(TopicArn=account.arn("sns", "dd-aws-dev-notifications"))

    result = command("pause", "--reason", "why")

    assert "the notification was not sent" in result.output
    assert "why" in command("status").output


def use_up_the_hour(account: Account) -> None:
    held = Controls(account.client("dynamodb"), "dd-aws-dev-trust", Limits(50))
    claims = [Claim(f"r-{n}", f"rule-{n}", f"sg-{n}", frozenset({"a"})) for n in range(50)]
    held.reserve(claims)
    for claim in claims[:40]:
        held.use(claim)


def test_status_shows_how_much_of_the_hour_is_used_up(
    command: Command, told: Callable[[], list[dict[str, Any]]], account: Account
) -> None:
    assert "0 within the last hour, 0 reserved, 50 left (limit: 50 an hour)" in command("status").output
    use_up_the_hour(account)
    output = command("status").output
    assert "40 within the last hour, 10 reserved, 0 left" in output
    assert "used up: stage" in output


def test_resuming_at_the_limit_releases_the_waiting_findings(
    command: Command, told: Callable[[], list[dict[str, Any]]], account: Account
) -> None:
    url = account.client("sqs").create_queue(QueueName="dd-aws-dev-remediation")["QueueUrl"]
    for _ in range(3):
        account.client("sqs").send_message(QueueUrl=url, MessageBody="waits")
    use_up_the_hour(account)

    result = command("resume")

    assert "3 waiting findings are fixed beyond the limit" in result.output
    assert told()[0]["messageType"] == "Resumed"
    assert "43 left" in command("status").output


def test_resuming_a_paused_stage_only_ends_the_pause(
    command: Command, told: Callable[[], list[dict[str, Any]]], account: Account
) -> None:
    use_up_the_hour(account)
    command("pause", "--reason", "why")

    command("resume")

    output = command("status").output
    assert "pause: none" in output
    assert "used up: stage" in output


GROUP = "123456789012/eu-west-1/AWS::EC2::SecurityGroup/sg-1"


@pytest.mark.parametrize("name", ["sg-1", GROUP])
def test_a_flapping_resource_is_shown_and_resumed_by_its_id_or_its_full_name(
    command: Command, told: Callable[[], list[dict[str, Any]]], account: Account, name: str
) -> None:
    for number in range(3):
        FlapHistories(account.client("dynamodb"), "dd-aws-dev-trust").fixed(GROUP, "k", "tcp 22 is open", f"r-{number}")
    assert f"flapping: {GROUP}: tcp 22 is open: until " in command("status").output

    assert command("resume", "--resource", name).exit_code == 0

    [notification] = told()
    assert GROUP in notification["what"]
    assert "flapping" not in command("status").output
    assert f"{name} is not flapping" in command("resume", "--resource", name).output


@pytest.mark.parametrize("reason", [(), ("--reason", " ")])
def test_a_pause_without_a_reason_is_refused(reason: tuple[str, ...], command: Command) -> None:
    assert command("pause", *reason).exit_code == 2


def test_a_stage_without_the_table_is_told_to_be_deployed_first(command: Command, account: Account) -> None:
    result = command("pause", "--reason", "why")

    assert result.exit_code == 1
    assert "not deployed in eu-west-1: run 'ddaws deploy --stage dev'." in result.stderr
