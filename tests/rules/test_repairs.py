"""The repairs after a call, by EC2's response."""

from typing import Any

import pytest

from chalicelib.findings import AwsCall
from chalicelib.resources import IpPermission, SecurityGroup, Source, TaggedRule
from chalicelib.rules.plan import Repair
from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE as RULE

ANYONE = "0.0.0.0/0"
ALL = RULE.parameters({"prohibitedPorts": "22", "portRange": "carve", "carveAllTraffic": "true"})


def group(*ingress: IpPermission, tags: tuple[TaggedRule, ...] = ()) -> SecurityGroup:
    return SecurityGroup("111122223333", "eu-west-1", "sg-1", "web", ingress, rule_tags=tags)


def tcp(first: int, last: int, cidr: str = ANYONE, description: str = "") -> IpPermission:
    return IpPermission("tcp", first, last, (Source("ipv6" if ":" in cidr else "ipv4", cidr, description),))


SSH, WEB, RANGE = tcp(22, 22), tcp(443, 443, description="web"), tcp(20, 30)


def revoked(first: int, last: int, **more: Any) -> dict[str, Any]:
    rule = {"IsEgress": False, "IpProtocol": "tcp", "FromPort": first, "ToPort": last, "CidrIpv4": ANYONE, **more}
    return {key: value for key, value in rule.items() if value is not None}


def repair(some: SecurityGroup, answer: dict[str, Any] | None) -> Repair:
    """The repair after the last call of the group's plan."""
    *made, last = RULE.plan(some, ALL).calls
    return RULE.repairs(some, tuple(made), last, answer)


def entries(call: AwsCall) -> list[tuple[Any, ...]]:
    return [(each["IpProtocol"], each.get("FromPort"), each.get("ToPort")) for each in call.parameters["IpPermissions"]]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"Return": True},
        {"Return": True, "RevokedSecurityGroupRules": [], "UnknownIpPermissions": []},
        {"RevokedSecurityGroupRules": [revoked(22, 22, Description="anything", SecurityGroupRuleId="sgr-1")]},
        {"RevokedSecurityGroupRules": [revoked(22, 22, IpProtocol="6")]},
        {"RevokedSecurityGroupRules": [revoked(443, 443, IsEgress=True)]},
    ],
)
def test_what_was_asked_for_or_is_not_told_needs_no_repair(answer: dict[str, Any]) -> None:
    assert repair(group(SSH, WEB), answer) == Repair()


def test_all_traffic_is_what_was_asked_for_however_its_ports_are_told() -> None:
    some = group(IpPermission("-1", None, None, (Source("ipv6", "::/0"),)))
    rule = revoked(-1, -1, IpProtocol="-1", CidrIpv4=None, CidrIpv6="0::/0")
    assert repair(some, {"RevokedSecurityGroupRules": [rule]}).calls == ()


def test_what_ec2_revoked_beyond_the_plan_is_put_back_with_description_and_tags() -> None:
    some = group(SSH, WEB, tags=(TaggedRule(WEB, {"team": "a", "aws:x": "y"}),))
    made = repair(some, {"RevokedSecurityGroupRules": [revoked(22, 22), revoked(443, 443)]})
    [call] = made.calls
    assert (call.action, entries(call)) == ("AuthorizeSecurityGroupIngress", [("tcp", 443, 443)])
    assert call.parameters["IpPermissions"][0]["IpRanges"] == [{"CidrIp": ANYONE, "Description": "web"}]
    assert call.parameters["TagSpecifications"][0]["Tags"] == [{"Key": "team", "Value": "a"}]
    assert made.notes == ('EC2 also revoked tcp 443 from 0.0.0.0/0 "web", which was not planned. It was restored.',)


@pytest.mark.parametrize(
    ("told", "listed"),
    [
        ({"CidrIpv6": "::/0"}, {"Ipv6Ranges": [{"CidrIpv6": "::/0", "Description": "new"}]}),
        ({"PrefixListId": "pl-1"}, {"PrefixListIds": [{"PrefixListId": "pl-1", "Description": "new"}]}),
        ({"ReferencedGroupId": "sg-2"}, {"UserIdGroupPairs": [{"GroupId": "sg-2", "Description": "new"}]}),
    ],
)
def test_what_the_group_did_not_have_when_it_was_read_is_put_back_as_ec2_tells_it(
    told: dict[str, str], listed: dict[str, Any]
) -> None:
    rule = revoked(443, 443, CidrIpv4=None, Description="new", **told)
    [call] = repair(group(SSH), {"RevokedSecurityGroupRules": [rule]}).calls
    assert call.parameters["IpPermissions"] == [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **listed}]


def test_a_refused_revoke_takes_back_what_was_put_back_for_it() -> None:
    made = repair(group(RANGE), None)
    [call] = made.calls
    assert (call.action, entries(call)) == ("RevokeSecurityGroupIngress", [("tcp", 20, 21), ("tcp", 23, 30)])
    assert len(made.notes) == 2
    assert [each.action for each in made.undone] == ["AuthorizeSecurityGroupIngress"]


def test_a_refused_revoke_without_a_remainder_leaves_nothing_behind() -> None:
    assert repair(group(SSH), None).calls == ()


def unknown(*rules: IpPermission) -> dict[str, Any]:
    ranges = [(rule.from_port, rule.to_port, rule.sources[0]) for rule in rules]
    several = {"ipv4": ("IpRanges", "CidrIp"), "ipv6": ("Ipv6Ranges", "CidrIpv6")}
    return {
        "UnknownIpPermissions": [
            {
                "IpProtocol": "tcp",
                "FromPort": low,
                "ToPort": high,
                several[source.kind][0]: [{several[source.kind][1]: source.value}],
            }
            for low, high, source in ranges
        ]
    }


def test_only_what_belongs_to_an_entry_that_was_gone_is_taken_back() -> None:
    made = repair(group(RANGE, tcp(20, 40, "::/0")), unknown(RANGE))
    [call] = made.calls
    assert [each["IpRanges"] for each in call.parameters["IpPermissions"]] == [[{"CidrIp": ANYONE}]] * 2
    assert made.undone == ()


def test_a_remainder_that_an_entry_which_was_revoked_shares_stays() -> None:
    made = repair(group(RANGE, tcp(20, 40)), unknown(tcp(20, 40)))
    [call] = made.calls
    assert entries(call) == [("tcp", 23, 40)]


def test_what_all_traffic_leaves_behind_stays_where_that_was_revoked_and_goes_where_it_was_not() -> None:
    everything = IpPermission("-1", None, None, (Source("ipv4", ANYONE),))
    some = group(everything, RANGE)
    assert repair(some, unknown(RANGE)).calls == ()
    gone = {"UnknownIpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYONE}]}]}
    [call] = repair(some, gone).calls
    assert ("icmp", -1, -1) in entries(call)
    assert ("udp", 0, 21) in entries(call)
    assert ("tcp", 20, 21) not in entries(call)


def test_a_refused_authorize_takes_back_what_earlier_ones_made() -> None:
    some = group(RANGE, tcp(20, 40, "::/0"), tags=(TaggedRule(RANGE, {"team": "a"}),))
    first, second, _ = RULE.plan(some, ALL).calls
    made = RULE.repairs(some, (first,), second, None)
    assert [entries(call) for call in made.calls] == [entries(first)]
    assert made.undone == (first,)


def test_an_unknown_entry_without_a_remainder_is_no_part_of_what_was_done() -> None:
    assert repair(group(SSH), unknown(SSH)).undone == RULE.plan(group(SSH), ALL).calls
    assert repair(group(SSH, tcp(22, 22, "::/0")), unknown(SSH)) == Repair()
