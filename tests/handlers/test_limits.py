"""Thirty violations at once, and ten changes an hour: through the handlers, against moto's SQS, DynamoDB and EC2."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from click.testing import CliRunner

import app
from chalicelib.errors import BadInput, NotDone
from chalicelib.limits.limits import Limits
from chalicelib.limits.store import Controls
from chalicelib.settings import Settings
from ddaws.__main__ import main
from tests.handlers.pipeline import evaluate_security_group
from tests.source import PROJECT
from tests.tables import create_table

from .conftest import REGION, SETTINGS, Account
from .events import TICK, scheduled

REMEDIATOR = "remediate_security_group"
NO_RETRIES = Config(retries={"total_max_attempts": 1}, connect_timeout=1)


@pytest.fixture
def dynamodb(account: Account) -> Any:
    client = boto3.client("dynamodb", region_name=REGION)
    for table in (SETTINGS.journal_table, SETTINGS.trust_table):
        create_table(client, table, SETTINGS.stage)
    return client


@pytest.fixture
def controls(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controls]:
    """Ten changes an hour, for coordinator and remediator."""
    limited = Controls(dynamodb, SETTINGS.trust_table, Limits(10))
    for gateways in (app.wiring.coordinator, app.wiring.remediator(REMEDIATOR)):
        monkeypatch.setitem(gateways.__dict__, "controls", limited)
    return limited


@pytest.fixture
def thirty(account: Account) -> list[str]:
    """Groups with SSH open to the internet, found by the evaluator."""
    groups = []
    for number in range(30):
        group_id = account.ec2.create_security_group(GroupName=f"web-{number}", Description="a test")["GroupId"]
        account.ec2.authorize_security_group_ingress(
            GroupId=group_id, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
        )
        groups.append(group_id)
    evaluate_security_group(scheduled({}), None)
    return groups


def tick_and_fix(account: Account) -> None:
    app.coordinator(TICK, None)
    app.remediate_security_group(account.work(REMEDIATOR), None)


def still_open(account: Account, groups: list[str]) -> int:
    found = account.ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]
    return sum(bool(group["IpPermissions"]) for group in found)


def lives_lost(account: Account) -> list[int]:
    """The receive count of each waiting message, without this read."""
    messages = account.messages(SETTINGS.remediation_queue)
    for message in messages:
        url = account.url(SETTINGS.remediation_queue)
        account.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return [int(message["Attributes"]["ApproximateReceiveCount"]) - 1 for message in messages]


def told(account: Account, message_type: str) -> list[dict[str, Any]]:
    return [each for each in account.notifications() if each["messageType"] == message_type]


def ddaws(*arguments: str) -> str:
    result = CliRunner().invoke(main, [*arguments, "--stage", SETTINGS.stage, "--project-dir", str(PROJECT)])
    assert result.exit_code == 0, result.output
    return result.output


def test_ten_are_changed_twenty_wait_with_a_new_receive_count_and_follow_once_somebody_resumes(
    account: Account, controls: Controls, thirty: list[str]
) -> None:
    for _ in range(3):
        tick_and_fix(account)
    assert still_open(account, thirty) == 20
    [notice] = told(account, "LimitReached")
    assert notice["waiting"] == "20"
    assert lives_lost(account) == [0] * 20

    assert "20 waiting findings" in ddaws("resume")
    tick_and_fix(account)
    assert still_open(account, thirty) == 0
    assert account.waiting(SETTINGS.remediation_queue) == 0


def test_a_pause_in_between_sends_back_what_was_forwarded_and_costs_nothing(
    account: Account, controls: Controls, thirty: list[str]
) -> None:
    app.coordinator(TICK, None)
    ddaws("pause", "--reason", "a test")
    app.remediate_security_group(account.work(REMEDIATOR), None)
    app.coordinator(TICK, None)
    assert still_open(account, thirty) == 30
    assert lives_lost(account) == [0] * 30
    assert controls.free() == 10

    ddaws("resume")
    tick_and_fix(account)
    assert still_open(account, thirty) == 20


def test_a_table_that_cannot_be_read_stops_everything_and_costs_nothing(
    account: Account, controls: Controls, thirty: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unreachable = boto3.client("dynamodb", region_name=REGION, endpoint_url="http://127.0.0.1:9", config=NO_RETRIES)
    cut_off = Controls(unreachable, SETTINGS.trust_table, Limits(10))
    monkeypatch.setitem(app.wiring.coordinator.__dict__, "controls", cut_off)
    with pytest.raises(NotDone):
        app.coordinator(TICK, None)
    assert lives_lost(account) == [0] * 30


def test_a_stage_without_the_table_has_no_limit(account: Account, thirty: list[str]) -> None:
    tick_and_fix(account)
    assert still_open(account, thirty) == 0


@pytest.mark.parametrize("value", ["0", "501", "-1", "ten", "1.5", ""])
def test_a_limit_that_is_none_is_an_error_that_names_it(value: str) -> None:
    with pytest.raises(BadInput, match="MAX_FIXES_PER_HOUR"):
        Settings.from_environment({"STAGE": "dev", "ENABLE_AUTO_RESPONSE": "true", "MAX_FIXES_PER_HOUR": value})
