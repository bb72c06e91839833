"""The effect of an event on an open port."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.exposure.event_effect import EventEffect
from chalicelib.findings import Violation
from chalicelib.rules.security_group.opened_by import on_group
from tests.trust.trail import GROUP, SSH, SSH_OPEN, entry, event, ingress, modified, read, rule

RESPONSE = {
    "securityGroupRuleId": "sgr-1",
    "isEgress": False,
    "ipProtocol": "tcp",
    "fromPort": 22,
    "toPort": 22,
    "cidrIpv4": "0.0.0.0/0",
}


def responded(rule: dict[str, Any]) -> dict[str, Any]:
    return {"securityGroupRuleSet": {"items": [rule]}}


def violating(**details: Any) -> Violation:
    return Violation(SSH_OPEN.violation_type, {**SSH_OPEN.violation_details, **details})


def effect(raw: dict[str, Any], violation: Violation = SSH_OPEN) -> EventEffect | None:
    return on_group(read(raw), violation)


@pytest.mark.parametrize(
    "raw",
    [
        ingress("Authorize", 10),
        ingress("Authorize", 10, entry("tcp", 443, 443, "0.0.0.0/0"), SSH),
        ingress("Authorize", 10, entry("6", 22, 22, "10.0.0.0/8", "0.0.0.0/0")),
        event("AuthorizeSecurityGroupIngress", {"groupName": "web", "ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
              | {"cidrIp": "0.0.0.0/0"}),
        modified(rule()),
        modified([rule("10.0.0.0/8"), rule()]),
        event("AuthorizeSecurityGroupIngress", {}, responseElements=responded(RESPONSE)),
    ],
)  # fmt: skip
def test_a_call_that_opens_exactly_the_violation_is_recognized(raw: dict[str, Any]) -> None:
    assert effect(raw) is EventEffect.OPENS


@pytest.mark.parametrize(
    "raw",
    [
        ingress("Authorize", 10, entry("tcp", 22, 22, "10.0.0.0/8")),
        ingress("Authorize", 10, entry("tcp", 22, 23, "0.0.0.0/0")),
        ingress("Authorize", 10, entry("udp", 22, 22, "0.0.0.0/0")),
        ingress("Authorize", 10, entry("tcp", 22, 22, "::/0")),
        modified(rule("10.0.0.0/8")),
        modified({"SecurityGroupRuleId": "sgr-1"}),
        event("CreateSecurityGroup", {"groupName": "web", "groupDescription": "web", "vpcId": "vpc-1"}),
        event("AuthorizeSecurityGroupIngress", {"ipPermissions": "odd"}),
        event("AuthorizeSecurityGroupIngress", None),
        event("AuthorizeSecurityGroupIngress", {}, responseElements=responded(RESPONSE | {"isEgress": True})),
    ],
)  # fmt: skip
def test_another_change_of_the_group_is_only_near_it(raw: dict[str, Any]) -> None:
    assert effect(raw) is EventEffect.CHANGES


@pytest.mark.parametrize(
    "raw",
    [
        ingress("Revoke", 10),
        event(
            "RevokeSecurityGroupIngress",
            {"groupId": GROUP, "securityGroupRuleIds": {"items": [{"securityGroupRuleId": "sgr-1"}]}},
            responseElements={"revokedSecurityGroupRuleSet": {"items": [RESPONSE]}},
        ),
    ],
)
def test_a_call_that_takes_it_away_closes_it(raw: dict[str, Any]) -> None:
    assert effect(raw) is EventEffect.CLOSES


@pytest.mark.parametrize(
    "raw",
    [
        ingress("Revoke", 10, entry("tcp", 80, 80, "0.0.0.0/0")),
        event("AuthorizeSecurityGroupEgress", {"groupId": GROUP, "ipPermissions": {"items": [SSH]}}),
        event("CreateTags", {"resourcesSet": {"items": [{"resourceId": GROUP}]}}),
        ingress("Authorize", 10, eventSource="somebody-elses.amazonaws.com"),
    ],
)
def test_what_opens_nothing_has_nothing_to_do_with_it(raw: dict[str, Any]) -> None:
    assert effect(raw) is None


def test_all_traffic_has_no_ports_however_it_is_written() -> None:
    everything = violating(ipProtocol="-1", fromPort=None, toPort=None)
    for first, last in ((None, None), (-1, -1), (0, 65535)):
        assert effect(ingress("Authorize", 10, entry("-1", first, last, "0.0.0.0/0")), everything) is EventEffect.OPENS


def test_a_prefix_list_is_known_by_its_id() -> None:
    by_list = violating(cidrs=[], prefixListIds=["pl-1"])
    assert effect(ingress("Authorize", 10, entry("tcp", 22, 22, "pl-1")), by_list) is EventEffect.OPENS
    assert effect(ingress("Authorize", 10, entry("tcp", 22, 22, "pl-2")), by_list) is EventEffect.CHANGES


ports = st.integers(0, 65535)
v4 = st.builds(
    lambda bits, length: ip_network((bits, length), strict=False), st.integers(0, 2**32 - 1), st.integers(0, 32)
)
doors = st.tuples(st.sampled_from(["tcp", "udp", "-1"]), ports, ports, v4)


@given(doors, doors)
def test_an_entry_opens_itself_and_no_other(one: Any, other: Any) -> None:
    protocol, first, last, network = one
    violation = violating(ipProtocol=protocol, fromPort=first, toPort=last, cidrs=[str(network)])
    same = one == other or (one[0] == other[0] == "-1" and one[3] == other[3])
    opened = effect(ingress("Authorize", 10, entry(*other[:3], str(other[3]))), violation)
    assert opened is (EventEffect.OPENS if same else EventEffect.CHANGES)
    assert effect(ingress("Authorize", 10, entry(protocol, first, last, str(network))), violation) is EventEffect.OPENS


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["items", "ipRanges", "cidrIp", "ipPermissions", "SecurityGroupRule"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(json_values, json_values)
def test_whatever_a_request_holds_it_is_read(parameters: object, response: object) -> None:
    odd = event("AuthorizeSecurityGroupIngress", parameters, responseElements=response)
    wrapped = event(
        "ModifySecurityGroupRules", {"ModifySecurityGroupRulesRequest": parameters}, responseElements=response
    )
    assert effect(odd) is effect(wrapped) is EventEffect.CHANGES
