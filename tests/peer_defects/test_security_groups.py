"""Defects 1 to 16: which rules of a security group are found, and which are revoked."""

from typing import Any

import pytest

import app
from chalicelib.settings import MAX_RECEIVE_COUNT, dead_letter
from chalicelib.wiring import HUB
from tests.answers import Answer, answered, calls, refusal
from tests.handlers.conftest import SETTINGS, Account
from tests.handlers.ec2 import revoking_as_ec2
from tests.handlers.events import change, oversized
from tests.handlers.intruder import once
from tests.handlers.pipeline import carried_out
from tests.peer_defects.groups import (
    ANYWHERE,
    ANYWHERE_IPV6,
    OFFICE,
    REMEDIATOR,
    LiveGroup,
    Permission,
    allow,
    doors,
)
from tests.peer_defects.verdicts import verdicts

SSH = allow("tcp", 22, ANYWHERE)
SSH_IPV6 = allow("tcp", 22, ANYWHERE_IPV6)
HTTPS = allow("tcp", 443, ANYWHERE)
GROUP = "AWS::EC2::SecurityGroup"
REVOKE = "RevokeSecurityGroupIngress"
CARVE_ALL = {"prohibitedPorts": "22", "portRange": "carve", "carveAllTraffic": "true"}
DELETED: dict[str, Any] = {"configurationItemStatus": "ResourceDeleted", "configuration": None}


@pytest.mark.parametrize("rules", [(SSH, HTTPS), (HTTPS, SSH)], ids=["ssh first", "https first"])
def test_01_a_harmless_rule_beside_a_bad_one_survives_in_either_order(
    rules: tuple[Permission, ...], account: Account
) -> None:
    group = LiveGroup(account, *rules)
    assert group.heal(prohibitedPorts="22") == ["fixed"]
    assert group.doors == doors(HTTPS)


def test_02_of_the_sources_of_one_permission_the_internet_alone_is_revoked(account: Account) -> None:
    bastion, offices = account.group("bastion"), account.prefix_list(OFFICE)
    group = LiveGroup(account, allow("tcp", 22, ANYWHERE, "10.0.0.0/8", bastion, offices))
    assert group.heal(prohibitedPorts="22") == ["fixed"]
    assert group.doors == doors(allow("tcp", 22, "10.0.0.0/8", bastion, offices))


def test_03_udp_has_ports_as_tcp_has(account: Account) -> None:
    group = LiveGroup(account, allow("udp", 22, ANYWHERE))
    assert group.heal(prohibitedPorts="22") == ["fixed"]
    assert group.doors == set()


@pytest.mark.parametrize("harmless", [allow("47", -1, ANYWHERE), allow("icmp", (3, 13), ANYWHERE)], ids=["gre", "icmp"])
def test_03_gre_has_no_ports_and_icmp_has_types_and_codes_instead(harmless: Permission, account: Account) -> None:
    group = LiveGroup(account, harmless)
    assert group.heal(prohibitedPorts="8,22") == []
    assert group.doors == doors(harmless)


@pytest.mark.parametrize("parts", [("0.0.0.0/1", "128.0.0.0/1"), ("52.0.0.0/8", "53.0.0.0/8")], ids=str)
def test_04_ranges_that_make_up_the_internet_together_are_the_internet(
    parts: tuple[str, str], account: Account
) -> None:
    group = LiveGroup(account, *(allow("tcp", 22, part) for part in parts), HTTPS)
    assert group.heal(prohibitedPorts="22") == ["fixed"]
    assert group.doors == doors(HTTPS)


def test_05_a_deleted_group_is_not_applicable(account: Account) -> None:
    deleted = change(GROUP, "sg-1", {}, **DELETED)
    assert verdicts(app.evaluate_security_group, deleted) == {"sg-1": "NOT_APPLICABLE"}


def test_05_an_item_too_large_for_its_notification_is_fetched_and_judged(account: Account) -> None:
    group = LiveGroup(account, SSH)
    history = {"configurationItems": [group.item()]}
    with answered("config", "GetResourceConfigHistory", lambda _: history, HUB):
        told = verdicts(app.evaluate_security_group, oversized(GROUP, group.group_id, {}))
    assert told == {group.group_id: "NON_COMPLIANT"}
    assert account.waiting(SETTINGS.remediation_queue) == 1


def test_06_what_is_still_open_is_closed_though_its_neighbour_went_before_the_fix_ran(account: Account) -> None:
    group = LiveGroup(account, SSH, SSH_IPV6)
    order = group.dispatch(prohibitedPorts="22")
    group.shut(SSH_IPV6)
    with revoking_as_ec2(account, default_vpc=False):
        [outcome] = carried_out(account, REMEDIATOR, order)
    assert (outcome["status"], outcome["removed"]) == ("fixed", ["tcp 22 from 0.0.0.0/0"])
    assert group.doors == set()


@pytest.mark.parametrize("default_vpc", [False, True], ids=["own VPC", "default VPC"])
def test_06_what_is_still_open_is_closed_though_its_neighbour_goes_while_the_fix_runs(
    default_vpc: bool, account: Account
) -> None:
    group = LiveGroup(account, SSH, SSH_IPV6)
    order = group.dispatch(prohibitedPorts="22")
    with (
        revoking_as_ec2(account, default_vpc=default_vpc),
        once("after-call.ec2.DescribeSecurityGroups", lambda: group.shut(SSH_IPV6)),
    ):
        [outcome] = carried_out(account, REMEDIATOR, order)
    assert outcome["status"] == "fixed"
    assert "tcp 22 from 0.0.0.0/0" in outcome["removed"]
    assert group.doors == set()


@pytest.mark.parametrize(
    "answer", [{"Return": True}, {"Return": True, "UnknownIpPermissions": [SSH]}], ids=["says nothing", "says unknown"]
)
def test_07_a_revoke_that_revoked_nothing_is_no_success_and_its_message_stays(answer: Answer, account: Account) -> None:
    group = LiveGroup(account, SSH)
    order = group.dispatch(prohibitedPorts="22")
    with answered("ec2", REVOKE, lambda _: answer), pytest.raises(ExceptionGroup, match="not finished") as raised:
        carried_out(account, REMEDIATOR, order)
    assert "still not compliant: tcp 22" in str(raised.value.exceptions[0])
    assert account.notifications() == []
    assert account.waiting(SETTINGS.remediation_queue) == 1


def test_08_a_revoke_names_only_address_families_that_are_there(account: Account) -> None:
    vpc_id = account.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = LiveGroup(account, SSH, vpc_id=vpc_id)
    with calls("ec2") as made, revoking_as_ec2(account, default_vpc=False):
        assert group.heal(prohibitedPorts="22", portRange="revoke") == ["fixed"]
    assert [asked["IpPermissions"] for operation, asked in made if operation == REVOKE] == [[SSH]]


@pytest.mark.parametrize("wide", [allow("tcp", (20, 30), ANYWHERE), allow("-1", None, ANYWHERE)], ids=["20-30", "all"])
def test_09_a_rule_around_a_prohibited_port_is_revoked_by_the_range_it_is_stored_with(
    wide: Permission, account: Account
) -> None:
    group = LiveGroup(account, wide)
    with calls("ec2") as made, revoking_as_ec2(account, default_vpc=False):
        assert group.heal(prohibitedPorts="22", portRange="revoke") == ["fixed"]
    assert [asked["IpPermissions"] for operation, asked in made if operation == REVOKE] == [[wide]]
    assert group.doors == set()


def test_10_closing_a_rule_for_all_traffic_makes_no_rule(account: Account) -> None:
    group = LiveGroup(account, allow("-1", None, ANYWHERE))
    with calls("ec2") as made:
        assert group.heal(prohibitedPorts="22") == ["fixed"]
    assert "AuthorizeSecurityGroupIngress" not in {operation for operation, _ in made}
    assert group.doors == set()


def test_10_carving_a_rule_for_all_traffic_lets_nobody_in_who_was_not_in_before(account: Account) -> None:
    group = LiveGroup(account, allow("-1", None, OFFICE, ANYWHERE))
    assert group.heal(**CARVE_ALL) == ["fixed"]
    assert {door for door in group.doors if door[-1] != ANYWHERE} == doors(allow("-1", None, OFFICE))


def test_11_an_ipv6_rule_listed_first_keeps_nothing_from_being_fixed(account: Account) -> None:
    harmless = allow("tcp", 443, ANYWHERE_IPV6)
    group = LiveGroup(account, harmless, SSH)
    assert group.heal(prohibitedPorts="22") == ["fixed"]
    assert group.doors == doors(harmless)


def test_12_all_rules_that_open_a_prohibited_port_go_in_one_call(account: Account) -> None:
    group = LiveGroup(account, SSH, allow("tcp", (20, 30), ANYWHERE))
    with calls("ec2") as made:
        assert group.heal(prohibitedPorts="22", portRange="revoke") == ["fixed"]
    assert [operation for operation, _ in made].count(REVOKE) == 1
    assert group.doors == set()


def test_13_a_range_with_a_prohibited_port_keeps_the_rest_by_default(account: Account) -> None:
    group = LiveGroup(account, allow("tcp", (443, 444), ANYWHERE))
    assert group.heal(prohibitedPorts="444") == ["fixed"]
    assert group.doors == doors(HTTPS)


def test_13_a_range_with_a_prohibited_port_goes_as_a_whole_where_that_is_set(account: Account) -> None:
    group = LiveGroup(account, allow("tcp", (443, 444), ANYWHERE))
    assert group.heal(prohibitedPorts="444", portRange="revoke") == ["fixed"]
    assert group.doors == set()


def test_14_all_traffic_carved_keeps_udp_and_icmp_and_tcp_but_the_prohibited_port(account: Account) -> None:
    group = LiveGroup(account, allow("-1", None, ANYWHERE))
    [outcome] = carried_out(account, REMEDIATOR, group.dispatch(**CARVE_ALL))
    assert outcome["status"] == "fixed"
    assert group.doors == doors(
        *(allow(protocol, ports, ANYWHERE) for protocol in ("tcp", "udp") for ports in ((0, 21), (23, 65535))),
        allow("icmp", -1, ANYWHERE),
    )
    assert any("all other protocols" in note for note in outcome["notes"])


def test_14_all_traffic_is_not_carved_unless_that_is_asked_for(account: Account) -> None:
    everything = allow("-1", None, ANYWHERE)
    group = LiveGroup(account, everything)
    [outcome] = carried_out(account, REMEDIATOR, group.dispatch(prohibitedPorts="22", portRange="carve"))
    assert (outcome["status"], "carveAllTraffic" in outcome["notes"][1]) == ("fixed", True)
    assert group.doors == set()


def test_15_half_a_fix_is_told_as_such_kept_and_tried_again(account: Account) -> None:
    group = LiveGroup(account, SSH, SSH_IPV6)
    order = group.dispatch(prohibitedPorts="22")

    def revoke_half(_: Any) -> Answer:
        if group.doors >= doors(SSH):
            group.shut(SSH)
        return {"Return": True, "UnknownIpPermissions": [SSH_IPV6]}

    with answered("ec2", REVOKE, revoke_half), pytest.raises(ExceptionGroup):
        carried_out(account, REMEDIATOR, order)
    [half] = account.notifications()
    assert (half["status"], half["removed"]) == ("partially_fixed", ["tcp 22 from 0.0.0.0/0"])
    assert account.waiting(SETTINGS.remediation_queue) == 1
    [rest] = carried_out(account, REMEDIATOR, order)
    assert (rest["status"], rest["removed"]) == ("fixed", ["tcp 22 from ::/0"])
    assert account.waiting(SETTINGS.remediation_queue) == 0


def test_16_nothing_is_changed_while_the_rules_settings_cannot_be_read_and_that_is_said(account: Account) -> None:
    group = LiveGroup(account, SSH)
    order = group.dispatch(prohibitedPorts="22")
    throttled = refusal("ThrottlingException")
    with answered("config", "DescribeConfigRules", lambda _: throttled), pytest.raises(ExceptionGroup) as raised:
        carried_out(account, REMEDIATOR, order)
    assert "ThrottlingException" in str(raised.value.exceptions[0])
    assert group.doors == doors(SSH)
    assert account.waiting(SETTINGS.remediation_queue) == 1


def test_16_on_the_last_try_the_finding_goes_back_to_wait_for_settings_that_can_be_read(account: Account) -> None:
    group = LiveGroup(account, SSH)
    order = group.dispatch(prohibitedPorts="22")
    order["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(MAX_RECEIVE_COUNT)
    denied = refusal("AccessDeniedException")
    with answered("config", "DescribeConfigRules", lambda _: denied):
        assert carried_out(account, REMEDIATOR, order) == []
    assert group.doors == doors(SSH)
    assert account.messages(dead_letter(SETTINGS.work_queue(REMEDIATOR))) == []
