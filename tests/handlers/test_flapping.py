"""A tool such as Terraform that opens the rule again each time: it is closed each time, and reported once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

import app
from ddaws.__main__ import main
from tests.handlers.pipeline import evaluate_security_group
from tests.source import PROJECT
from tests.tables import create_table

from .conftest import REGION, SETTINGS, Account
from .events import change
from .pipeline import remediated


class Terraform:
    """Opens a group to the internet whenever it is closed; AWS Config finds it."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.group_id = account.ec2.create_security_group(GroupName="web", Description="a test")["GroupId"]
        self._runs = 0

    def apply(self) -> list[dict[str, Any]]:
        """Open the rule again; the notifications."""
        if not self.is_open():
            self._account.ec2.authorize_security_group_ingress(
                GroupId=self.group_id, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
            )
        self._runs += 1
        evaluate_security_group(self._found(), None)
        return remediated(self._account, "remediate_security_group")

    def is_open(self) -> bool:
        return bool(self._group()["IpPermissions"])

    def _group(self) -> Any:
        [group] = self._account.ec2.describe_security_groups(GroupIds=[self.group_id])["SecurityGroups"]
        return group

    def _found(self) -> dict[str, Any]:
        everywhere = [{"cidrIp": "0.0.0.0/0"}]
        permission = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipv4Ranges": everywhere}
        configuration = {"groupId": self.group_id, "groupName": "web", "ipPermissions": [permission]}
        return change(
            "AWS::EC2::SecurityGroup",
            self.group_id,
            {},
            configuration=configuration,
            configurationItemCaptureTime=f"2026-01-01T00:{self._runs:02}:00.000Z",
        )


@pytest.fixture
def terraform(account: Account) -> Iterator[Terraform]:
    for table in (SETTINGS.journal_table, SETTINGS.trust_table):
        create_table(boto3.client("dynamodb", region_name=REGION), table, SETTINGS.stage)
    return Terraform(account)


def test_it_is_closed_each_time_and_the_flapping_is_told_once(terraform: Terraform, account: Account) -> None:
    told = [each for _ in range(12) for each in _closed(terraform)]
    assert [each["status"] for each in told if each["messageType"] == "RemediationOutcome"] == ["fixed"] * 12
    [flapping] = [each for each in told if each["messageType"] == "Flapping"]
    assert flapping["leftUntil"] == ""
    assert len(flapping["fixedAt"]) >= 1


def _closed(terraform: Terraform) -> list[dict[str, Any]]:
    told = terraform.apply()
    assert not terraform.is_open()
    return told


@pytest.fixture
def stopping(terraform: Terraform, monkeypatch: pytest.MonkeyPatch) -> Terraform:
    """The same in a stage whose FLAP_ACTION is stop."""
    gateways = app.wiring.remediator("remediate_security_group")
    monkeypatch.setattr(gateways, "settings", replace(gateways.settings, flap_action="stop"))
    return terraform


def test_where_a_stage_stops_it_is_fixed_three_times_then_left_open_and_told_until_somebody_decides(
    stopping: Terraform, account: Account
) -> None:
    for _ in range(3):
        [outcome] = stopping.apply()
        assert outcome["status"] == "fixed"
    [told] = stopping.apply()
    assert told["messageType"] == "Flapping"
    assert len(told["fixedAt"]) == 3
    assert stopping.is_open()
    assert stopping.apply() == []

    command = ["resume", "--stage", SETTINGS.stage, "--project-dir", str(PROJECT), "--resource", stopping.group_id]
    assert CliRunner().invoke(main, command).exit_code == 0
    told = [each.get("status") for each in stopping.apply()]
    assert "fixed" in told
    assert not stopping.is_open()


def test_where_a_stage_stops_its_finding_waits_and_is_not_lost(stopping: Terraform, account: Account) -> None:
    for _ in range(4):
        stopping.apply()
    url = account.url(SETTINGS.remediation_queue)
    answer = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert answer["ApproximateNumberOfMessagesDelayed"] == "1"
    assert account.waiting(SETTINGS.remediation_queue) == 0
