"""Both security group functions on every shared case: from AWS Config's event over the message to the live group."""

from contextlib import suppress
from typing import Any

import pytest

import app
from chalicelib.settings import dead_letter
from tests.handlers.pipeline import evaluate_security_group

from .cases import SG_CASES, entries, expected
from .conftest import SETTINGS, Account
from .events import TICK, group_change, scheduled
from .pipeline import remediated

REVOKE = "RevokeSecurityGroupIngress"
by_id = pytest.mark.parametrize("case", SG_CASES, ids=lambda case: case["id"])


def ports(case: dict[str, Any]) -> dict[str, str]:
    return {"prohibitedPorts": ",".join(map(str, case["prohibited_ports"]))}


def steps(account: Account, action: str) -> set[Any]:
    messages = account.bodies(SETTINGS.remediation_queue)
    return {
        entry
        for message in messages
        for step in message["requiredSteps"]
        if step["action"] == action
        for entry in entries(step["parameters"]["IpPermissions"])
    }


@by_id
def test_the_message_revokes_exactly_what_the_case_expects(case: dict[str, Any], account: Account) -> None:
    group = {"GroupId": "sg-1", "GroupName": "web", "IpPermissions": case["ip_permissions"]}
    evaluate_security_group(group_change(group, ports(case)), None)
    assert steps(account, REVOKE) == expected(case)


@by_id
def test_what_the_message_puts_back_lies_in_what_it_revokes(case: dict[str, Any], account: Account) -> None:
    group = {"GroupId": "sg-1", "GroupName": "web", "IpPermissions": case["ip_permissions"]}
    evaluate_security_group(group_change(group, ports(case)), None)
    for entry in steps(account, "AuthorizeSecurityGroupIngress"):
        assert _lies_in_one_of(expected(case), entry)
        assert not {*range(entry[1], entry[2] + 1)} & {*case["prohibited_ports"]}


@by_id
def test_the_live_group_loses_exactly_what_the_case_expects(case: dict[str, Any], account: Account) -> None:
    group_id = account.ec2.create_security_group(GroupName="web", Description="a test")["GroupId"]
    for permission in case["ip_permissions"]:
        _authorize(account, group_id, permission)
    before = account.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    evaluate_security_group(group_change(before, ports(case)), None)
    remediated(account, "remediate_security_group")
    after = account.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    was, is_now = (entries(group["IpPermissions"]) for group in (before, after))
    gone = {entry for entry in was if _as_stored(entry) in {_as_stored(e) for e in expected(case)}}
    assert was - is_now == gone
    assert all(_lies_in_one_of(gone, entry) for entry in is_now - was)
    assert account.waiting(SETTINGS.remediation_queue) == 0


def _authorize(account: Account, group_id: str, permission: dict[str, Any]) -> None:
    """The rules that EC2 accepts: it refuses duplicates and groups of other accounts."""
    kept = {key: value for key, value in permission.items() if key != "UserIdGroupPairs" and value != []}
    if kept["IpProtocol"] == "50":
        kept |= {"FromPort": -1, "ToPort": -1}  # moto does not store a permission without ports
    if permission.get("UserIdGroupPairs"):
        kept["UserIdGroupPairs"] = [{"GroupId": group_id}]
    with suppress(account.ec2.exceptions.ClientError):
        account.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[kept])


def _lies_in_one_of(some: set[Any], part: Any) -> bool:
    """Whether `part`, a range of ports, lies in a range of the same protocol and source."""
    protocol, low, high, source = _as_stored(part)
    return any(
        (each[0], each[3]) == (protocol, source) and each[1] <= low <= high <= each[2]
        for each in map(_as_stored, some)
        if each[1] is not None
    )


def _as_stored(entry: Any) -> Any:
    """EC2 replaces a protocol's number by its name, and a range by its network address."""
    protocol, low, high, source = entry
    names = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
    return (
        names.get(protocol, protocol),
        low,
        high,
        "0.0.0.0/0" if source.endswith("/0") and ":" not in source else source,
    )


def test_a_scheduled_run_judges_every_group_of_the_account(account: Account) -> None:
    group_id = account.ec2.create_security_group(GroupName="web", Description="a test")["GroupId"]
    account.ec2.authorize_security_group_ingress(
        GroupId=group_id, IpProtocol="tcp", FromPort=3389, ToPort=3389, CidrIp="0.0.0.0/0"
    )
    evaluate_security_group(scheduled({}), None)
    [message] = account.bodies(SETTINGS.remediation_queue)
    assert message["targetResourceId"] == group_id


def test_the_outcome_tells_what_was_taken_away(account: Account) -> None:
    group_id = account.ec2.create_security_group(GroupName="web", Description="a test")["GroupId"]
    for port, cidr in ((22, "0.0.0.0/0"), (22, "203.0.113.0/24"), (443, "0.0.0.0/0")):
        account.ec2.authorize_security_group_ingress(
            GroupId=group_id, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp=cidr
        )
    evaluate_security_group(scheduled({}), None)
    [outcome] = remediated(account, "remediate_security_group")
    assert outcome["status"] == "fixed"
    assert outcome["targetResourceId"] == group_id
    [removed] = outcome["removed"]
    assert "0.0.0.0/0" in removed
    assert "22" in removed


def test_a_poison_message_ends_in_the_dead_letter_queue_with_its_reason(account: Account) -> None:
    account.send(SETTINGS.remediation_queue, "{}")
    app.coordinator(TICK, None)
    [dead] = account.messages(dead_letter(SETTINGS.remediation_queue))
    assert dead["Body"] == "{}"
    assert "message.version" in dead["MessageAttributes"]["reason"]["StringValue"]
    assert account.waiting(SETTINGS.remediation_queue) == 0
    assert account.notifications()[0]["messageType"] == "MessageRejected"


@pytest.mark.parametrize(
    "parameters",
    [
        {"portRange": "carve", "carveAllTraffic": True},
        {"carveAllTraffic": False},
        {"prohibitedPorts": 22},
        {"internetIpv4Prefix": 8, "internetIpv6Prefix": 32},
    ],
)
def test_a_json_boolean_or_number_is_read_as_its_text(parameters: dict[str, Any], account: Account) -> None:
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = {"GroupId": "sg-1", "GroupName": "web", "IpPermissions": [permission]}

    evaluate_security_group(group_change(group, parameters), None)

    assert account.waiting(SETTINGS.remediation_queue) == 1
