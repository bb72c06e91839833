"""An undo restores a security group's rules exactly, if nothing has changed since."""

import json
from typing import Any

import pytest

from chalicelib.exemptions.store import Exemptions
from tests.handlers.conftest import SETTINGS, Account
from tests.handlers.events import scheduled
from tests.handlers.pipeline import evaluate_security_group, remediated

from .conftest import Command, undone

SSH = {"prohibitedPorts": "22"}
CARVE = {**SSH, "portRange": "carve"}
ANYONE = "0.0.0.0/0"


def made(account: Account, *permissions: tuple[int, int, str, str]) -> str:
    """A group in a VPC of its own, each rule with a description and a tag."""
    vpc = account.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group: str = account.ec2.create_security_group(GroupName="web", Description="a test", VpcId=vpc)["GroupId"]
    for first, last, cidr, team in permissions:
        authorize(account, group, first, last, cidr, team)
    return group


def authorize(account: Account, group: str, first: int, last: int, cidr: str, team: str) -> None:
    account.ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[permission(first, last, cidr) | {"IpRanges": [{"CidrIp": cidr, "Description": f"of {team}"}]}],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": [{"Key": "team", "Value": team}]}],
    )


def permission(first: int, last: int, cidr: str) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "IpRanges": [{"CidrIp": cidr}]}


def rules(account: Account, group: str) -> set[tuple[Any, ...]]:
    """Ports, source, description and tags of each inbound rule."""
    found = account.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    return {
        (
            each["FromPort"],
            each["ToPort"],
            each["CidrIpv4"],
            each.get("Description"),
            *sorted((tag["Key"], tag["Value"]) for tag in each["Tags"]),
        )
        for each in found["SecurityGroupRules"]
        if not each["IsEgress"]
    }


def fixed(account: Account, parameters: dict[str, str] = SSH) -> str:
    """Fix all violations; the remediation's ID."""
    evaluate_security_group(scheduled(parameters), None)
    [outcome] = remediated(account, "remediate_security_group")
    assert outcome["status"] == "fixed"
    return str(outcome["remediationId"])


@pytest.mark.parametrize("parameters", [SSH, CARVE], ids=["revoked", "carved"])
def test_rules_come_back_with_descriptions_and_tags_and_what_was_made_in_their_place_goes(
    parameters: dict[str, str], stage: Account, command: Command
) -> None:
    group = made(stage, (20, 30, ANYONE, "a"), (22, 22, "52.0.0.0/7", "b"), (443, 443, ANYONE, "c"))
    before = rules(stage, group)
    remediation = fixed(stage, parameters)
    assert rules(stage, group) != before
    result = undone(command, remediation)
    assert result.exit_code == 0, result.output
    assert rules(stage, group) == before


def test_an_undo_is_told_with_who_and_why_and_with_the_new_rule_ids(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    result = undone(command, remediation, "--for", "5d")
    exempted, told = stage.notifications()
    assert (told["status"], told["remediationId"]) == ("undone", remediation)
    assert told["added"] == ['tcp 22 from 0.0.0.0/0 "of a"']
    assert told["reason"] == "OPS-7 (alice)"
    [rule] = [
        each["SecurityGroupRuleId"]
        for each in stage.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])[
            "SecurityGroupRules"
        ]
        if not each["IsEgress"]
    ]
    assert f"New rule {rule}" in told["notes"]
    assert rule in result.output
    assert (exempted["event"], exempted["what"]) == ("granted", "tcp 22 from 0.0.0.0/0")


def test_what_was_undone_is_exempt_and_nothing_else_is(stage: Account, command: Command) -> None:
    both = {"prohibitedPorts": "22,3389"}
    group = made(stage, (22, 22, ANYONE, "a"))
    before = rules(stage, group)
    undone(command, fixed(stage, both))
    evaluate_security_group(scheduled(both), None)
    assert stage.waiting(SETTINGS.remediation_queue) == 0
    authorize(stage, group, 3389, 3389, ANYONE, "z")
    stage.notifications()
    assert fixed(stage, both)
    assert rules(stage, group) == before


def test_an_undo_that_cannot_write_its_exemption_changes_nothing(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    stage.dynamodb.delete_table(TableName=SETTINGS.trust_table)
    result = undone(command, remediation)
    assert result.exit_code == 1
    assert rules(stage, group) == set()


@pytest.mark.parametrize("lasts", ["0d", "400d", "soon"])
def test_an_exemption_that_cannot_be_is_refused_before_anything_is_done(
    lasts: str, stage: Account, command: Command
) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    assert undone(command, fixed(stage), "--for", lasts).exit_code == 2
    assert rules(stage, group) == set()


def test_an_undo_needs_a_reason(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    assert command("undo", fixed(stage)).exit_code == 2
    assert rules(stage, group) == set()


def test_a_dry_run_shows_the_calls_and_makes_none(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    result = command("undo", fixed(stage), "--dry-run")
    assert result.exit_code == 0
    assert "ec2:AuthorizeSecurityGroupIngress" in result.output
    assert '+ tcp 22 from 0.0.0.0/0 "of a"' in result.output
    assert rules(stage, group) == set()


def test_undone_twice_is_undone_once(stage: Account, command: Command) -> None:
    made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    undone(command, remediation)
    assert len(stage.notifications()) == 2
    again = undone(command, remediation)
    assert again.exit_code == 0
    assert f"{remediation} is undone: u-{remediation[2:]}" in again.output
    assert stage.notifications() == []


def test_what_somebody_has_put_back_meanwhile_is_drift_and_nothing_is_done(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"), (22, 22, "52.0.0.0/7", "b"))
    remediation = fixed(stage)
    authorize(stage, group, 22, 22, ANYONE, "somebody")
    result = undone(command, remediation)
    assert result.exit_code == 1
    assert 'tcp 22 from 0.0.0.0/0 "of somebody" exists again' in result.output
    assert {rule[2] for rule in rules(stage, group)} == {ANYONE}


def test_with_force_a_person_is_asked_and_what_can_be_put_back_is(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"), (22, 22, "52.0.0.0/7", "b"))
    remediation = fixed(stage)
    authorize(stage, group, 22, 22, ANYONE, "somebody")
    assert undone(command, remediation, "--force", says="n\n").exit_code == 1
    assert {rule[2] for rule in rules(stage, group)} == {ANYONE}
    result = undone(command, remediation, "--force", says="y\n")
    assert result.exit_code == 0, result.output
    assert {rule[2:4] for rule in rules(stage, group)} == {(ANYONE, "of somebody"), ("52.0.0.0/7", "of b")}


def test_a_remainder_that_is_gone_is_drift(stage: Account, command: Command) -> None:
    group = made(stage, (20, 30, ANYONE, "a"))
    remediation = fixed(stage, CARVE)
    stage.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission(20, 21, ANYONE)])
    result = undone(command, remediation)
    assert result.exit_code == 1
    assert "tcp 20-21 from 0.0.0.0/0" in result.output
    assert "no longer exists" in result.output


def test_another_rule_in_the_same_group_is_no_drift(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    authorize(stage, group, 22, 22, "203.0.113.0/24", "office")
    assert undone(command, remediation).exit_code == 0
    assert {rule[2] for rule in rules(stage, group)} == {ANYONE, "203.0.113.0/24"}


def test_a_group_that_is_gone_is_told(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    stage.ec2.delete_security_group(GroupId=group)
    result = undone(command, remediation)
    assert result.exit_code == 1
    assert "no longer exists" in result.output


def test_history_and_show_tell_of_both_the_fix_and_its_undo(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    undone(command, remediation)
    for arguments in ((), ("--resource", group)):
        found = json.loads(command("history", "--json", *arguments).output)
        assert {(each["remediationId"], each["status"]) for each in found} == {
            (remediation, "fixed"),
            (f"u-{remediation[2:]}", "undone"),
        }
    assert f"undone by u-{remediation[2:]}" in " ".join(command("history").output.split()).replace("│ ", "")
    page = command("show", remediation).output
    assert '- tcp 22 from 0.0.0.0/0 "of a"' in page
    assert "ec2:RevokeSecurityGroupIngress" in page
    assert json.loads(command("show", remediation, "--json").output)["undoneBy"] == f"u-{remediation[2:]}"


def test_an_invalid_id_is_refused(stage: Account, command: Command) -> None:
    assert undone(command, "r-000000000000").exit_code == 2


def test_an_undo_is_not_undone_but_ended_with_its_exemption(stage: Account, command: Command) -> None:
    made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    undone(command, remediation)
    result = undone(command, f"u-{remediation[2:]}")
    assert result.exit_code == 2
    assert "exempt remove" in result.output


def test_an_undo_shows_what_comes_back_and_asks(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    before = rules(stage, group)
    remediation = fixed(stage)
    refused = undone(command, remediation, says="n\n")
    assert (refused.exit_code, rules(stage, group)) == (1, set())
    assert "+ tcp 22 from 0.0.0.0/0" in refused.output.split("Restore the settings above")[0]
    assert undone(command, remediation, says="y\n").exit_code == 0
    assert rules(stage, group) == before


def test_nothing_is_restored_if_nobody_can_be_asked(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    result = undone(command, fixed(stage), says="")
    assert (result.exit_code, rules(stage, group)) == (2, set())
    assert "--yes" in result.stderr
    assert Exemptions(stage.dynamodb, SETTINGS.trust_table).due() == ()


def test_a_second_undo_says_that_it_changes_nothing_and_stores_no_reason(stage: Account, command: Command) -> None:
    made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    undone(command, remediation)
    stage.notifications()
    for more in ((), ("--dry-run",)):
        result = command("undo", remediation, "--reason", "another", *more)
        assert result.exit_code == 0
        assert "was undone already" in result.output
        assert "--reason is not stored" in result.output
    assert stage.notifications() == []


def test_an_empty_history_names_the_period_and_what_is_unknown(stage: Account, command: Command) -> None:
    group = made(stage, (443, 443, ANYONE, "web"))
    assert f"Nothing was changed in stage {SETTINGS.stage} in the last 7d." in command("history").output
    assert f"{group} was not changed" in command("history", "--resource", group, "--since", "12h").output
    for typo in ("sg-typo", "no-such-bucket"):
        assert f"{typo} is unknown" in command("history", "--resource", typo).output
    for since in ("99999999999d", "0d", "-1d", "7", "x", "٣d"):
        assert command("history", "--since", since).exit_code == 2
