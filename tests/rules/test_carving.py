"""Carving by example: which rules are added, which are not, and what the plan says."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.resources import Fact, IpPermission, ListSize, PrefixList, RulesQuota, SecurityGroup, Source, TaggedRule
from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE as RULE
from tests.rules.ec2 import Ec2

ANYONE = Source("ipv4", "0.0.0.0/0", "partners")
ANYONE_V6 = Source("ipv6", "::/0")
LISTED = Source("prefix_list", "pl-a")
SSH = RULE.parameters({"prohibitedPorts": "22", "portRange": "carve"})
ALL = RULE.parameters({"prohibitedPorts": "22", "portRange": "carve", "carveAllTraffic": "true"})


def group(*ingress: IpPermission, **known: Any) -> SecurityGroup:
    lists = (PrefixList("pl-a", ("::/0",)),)
    return SecurityGroup("111122223333", "eu-west-1", "sg-0123456789abcdef0", "web", ingress, lists, **known)


def tcp(first: int, last: int, *sources: Source) -> IpPermission:
    return IpPermission("tcp", first, last, sources)


def everything(*sources: Source) -> IpPermission:
    return IpPermission("-1", None, None, sources)


def done(some: SecurityGroup, parameters: object = SSH) -> list[str]:
    """The rules after the plan, each once, in words."""
    ec2 = Ec2(some)
    for call in RULE.plan(some, parameters).calls:
        ec2.make(call)
    return sorted(RULE.lines(ec2.group(some), parameters))


def test_the_harmless_remainder_keeps_its_source_and_description() -> None:
    assert [each.to_json() for each in RULE.plan(group(tcp(20, 30, ANYONE)), SSH).calls] == [
        {
            "service": "ec2",
            "action": "AuthorizeSecurityGroupIngress",
            "parameters": {
                "GroupId": "sg-0123456789abcdef0",
                "IpPermissions": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": first,
                        "ToPort": last,
                        "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "partners"}],
                    }
                    for first, last in ((20, 21), (23, 30))
                ],
            },
        },
        {
            "service": "ec2",
            "action": "RevokeSecurityGroupIngress",
            "parameters": {
                "GroupId": "sg-0123456789abcdef0",
                "IpPermissions": [
                    {"IpProtocol": "tcp", "FromPort": 20, "ToPort": 30, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
                ],
            },
        },
    ]


def test_443_survives_where_444_is_prohibited() -> None:
    parameters = RULE.parameters({"prohibitedPorts": "444", "portRange": "carve"})
    assert done(group(tcp(443, 444, ANYONE_V6)), parameters) == ["tcp 443 from ::/0"]


def test_of_an_entry_for_all_ports_however_it_is_stored_ports_that_exist_are_put_back() -> None:
    put_back = RULE.plan(group(tcp(-1, -1, ANYONE)), SSH).calls[0].parameters["IpPermissions"]
    assert [(each["FromPort"], each["ToPort"]) for each in put_back] == [(0, 21), (23, 65535)]


def test_an_entry_without_a_harmless_port_just_goes() -> None:
    assert [call.action for call in RULE.plan(group(tcp(22, 22, ANYONE)), SSH).calls] == ["RevokeSecurityGroupIngress"]


def test_what_is_there_already_is_not_put_back() -> None:
    some = group(tcp(20, 30, ANYONE), tcp(20, 21, replace(ANYONE, description="mine")))
    assert done(some) == ['tcp 20-21 from 0.0.0.0/0 "mine"', 'tcp 23-30 from 0.0.0.0/0 "partners"']


def test_a_remainder_that_two_entries_have_in_common_is_put_back_once() -> None:
    some = group(tcp(20, 22, ANYONE), tcp(20, 22, ANYONE_V6), tcp(20, 23, ANYONE))
    assert done(some) == [
        'tcp 20-21 from 0.0.0.0/0 "partners"',
        "tcp 20-21 from ::/0",
        'tcp 23 from 0.0.0.0/0 "partners"',
    ]


def test_a_prohibited_port_that_a_part_of_the_internet_alone_opens_stays_with_it() -> None:
    """52.0.0.0/8 alone is not the internet. It is closed only on port 22, where 53.0.0.0/8 joins it."""
    both = RULE.parameters({"prohibitedPorts": "22,25", "portRange": "carve"})
    some = group(tcp(20, 30, Source("ipv4", "52.0.0.0/8")), tcp(22, 22, Source("ipv4", "53.0.0.0/8")))
    assert done(some, both) == ["tcp 20-21 from 52.0.0.0/8", "tcp 23-30 from 52.0.0.0/8"]


def test_all_traffic_keeps_the_transport_on_which_it_makes_up_nothing() -> None:
    some = group(everything(Source("ipv4", "52.0.0.0/8")), tcp(22, 22, Source("ipv4", "53.0.0.0/8")))
    assert done(some, ALL) == [
        "icmp from 52.0.0.0/8",
        "tcp 0-21 from 52.0.0.0/8",
        "tcp 23-65535 from 52.0.0.0/8",
        "udp 0-65535 from 52.0.0.0/8",
    ]


@pytest.mark.parametrize(("source", "icmp"), [(ANYONE, "icmp"), (ANYONE_V6, "icmpv6"), (LISTED, "icmpv6")])
def test_all_traffic_keeps_tcp_udp_and_the_icmp_of_its_address_family(source: Source, icmp: str) -> None:
    kept = done(group(everything(source)), ALL)
    assert [each.split(" from")[0] for each in kept] == [
        icmp,
        "tcp 0-21",
        "tcp 23-65535",
        "udp 0-21",
        "udp 23-65535",
    ]


def test_carving_all_traffic_names_the_protocols_that_are_closed() -> None:
    [note, _] = RULE.plan(group(everything(ANYONE_V6)), ALL).notes
    assert note == (
        "all traffic from ::/0 is carved: tcp, udp and ICMP stay, without the prohibited ports; all other protocols "
        "(such as GRE, ESP, AH, SCTP and IP in IP) are closed."
    )


def test_all_traffic_is_revoked_as_a_whole_unless_carving_it_is_allowed_and_its_neighbour_is_carved() -> None:
    some = group(everything(ANYONE_V6, ANYONE), tcp(22, 23, ANYONE_V6))
    assert done(some) == ["tcp 23 from ::/0"]
    plan = RULE.plan(some, SSH)
    assert plan.obstacles == ()
    assert plan.notes[:3] == (
        "all traffic from ::/0 is revoked as a whole. Harmless traffic that is closed with it: tcp 0-21, 24-65535; "
        "udp 0-21, 23-65535; ICMP; all other protocols (such as GRE, ESP, AH, SCTP and IP in IP).",
        "all traffic from 0.0.0.0/0 is revoked as a whole. Harmless traffic that is closed with it: "
        "tcp and udp 0-21, 23-65535; ICMP; all other protocols (such as GRE, ESP, AH, SCTP and IP in IP).",
        "To keep tcp, udp and ICMP of such an entry, set the rule's carveAllTraffic to true.",
    )


def test_an_entry_that_is_revoked_as_a_whole_by_setting_names_the_harmless_ports_that_are_closed_with_it() -> None:
    revoke = RULE.parameters({"prohibitedPorts": "22,25", "portRange": "revoke"})
    some = group(tcp(20, 8080, ANYONE), tcp(22, 22, ANYONE), tcp(80, 90, replace(ANYONE, description="web")))
    assert RULE.plan(some, revoke).notes == (
        "tcp 20-8080 from 0.0.0.0/0 is revoked as a whole. Harmless traffic that is closed with it: "
        "tcp 20-21, 23-24, 26-79, 91-8080.",
    )
    assert RULE.plan(group(tcp(22, 22, ANYONE)), revoke).notes == ()


def test_many_entries_that_are_revoked_as_a_whole_are_told_in_one_sentence() -> None:
    revoke = RULE.parameters({"prohibitedPorts": "22", "portRange": "revoke"})
    sources = [Source("ipv4", f"{first}.0.0.0/8") for first in range(13, 125, 2)]
    [note] = RULE.plan(group(tcp(20, 22, *sources)), revoke).notes
    assert note == (
        "tcp 20-22 from 13.0.0.0/8, 15.0.0.0/8, 17.0.0.0/8, 19.0.0.0/8, 21.0.0.0/8 and 51 more is revoked as a whole. "
        "Harmless traffic that is closed with it: tcp 20-21."
    )


def test_a_prefix_list_is_carved_as_one() -> None:
    assert done(group(tcp(20, 22, LISTED))) == ["tcp 20-21 from pl-a"]


def tagged(permission: IpPermission, **tags: str) -> TaggedRule:
    return TaggedRule(permission, {name.replace("_", ":"): value for name, value in tags.items()})


def test_tags_go_with_the_remainder_a_call_for_each_set_of_them() -> None:
    ranges = tcp(20, 30, ANYONE), tcp(20, 40, ANYONE_V6), tcp(22, 23, ANYONE), tcp(22, 24, ANYONE)
    tags = (
        tagged(ranges[0], team="a", aws_cloudformation="stack"),
        tagged(IpPermission("6", 20, 40, (Source("ipv6", "::0/0"),)), team="b"),
        tagged(ranges[2], team="a"),
    )
    ec2 = Ec2(group(*ranges))
    calls = RULE.plan(group(*ranges, rule_tags=tags, rules_quota=RulesQuota(60, {})), SSH).calls
    for call in calls:
        ec2.make(call)
    assert {(rule.ports, rule.tags) for rule in ec2.rules.values()} == {
        ((20, 21), (("team", "a"),)),
        ((23, 30), (("team", "a"),)),
        ((20, 21), (("team", "b"),)),
        ((23, 40), (("team", "b"),)),
        ((23, 23), (("team", "a"),)),
        ((23, 24), ()),
    }
    assert [call.action for call in calls].count("AuthorizeSecurityGroupIngress") == 3


def full(rules: int, *more: IpPermission, limit: int = 60) -> SecurityGroup:
    filler = (Source("ipv4", f"203.0.113.{number}/32") for number in range(rules))
    quota = RulesQuota(limit, {"pl-a": ListSize("ipv6", 10)})
    return group(tcp(443, 443, *filler), *more, rule_tags=(), rules_quota=quota)


def test_a_remainder_over_the_quota_changes_nothing_and_says_what_to_do() -> None:
    some = full(58, tcp(20, 30, ANYONE))
    plan = RULE.plan(some, SSH)
    assert plan.calls == ()
    [obstacle] = plan.obstacles
    assert obstacle.reason == (
        'tcp 20-30 from 0.0.0.0/0 "partners" is not carved: with its remainder, the group would have 61 inbound rules '
        "for IPv4, where 60 are allowed."
    )
    assert "L-0EA8095F" in obstacle.next_step


def test_a_remainder_that_just_fits_is_put_back() -> None:
    assert RULE.plan(full(57, tcp(20, 30, ANYONE)), SSH).obstacles == ()


def test_an_entry_that_needs_no_new_rule_goes_from_a_full_group() -> None:
    plan = RULE.plan(full(60, tcp(22, 22, ANYONE)), SSH)
    assert (len(plan.calls), plan.obstacles) == (1, ())


def test_each_remainder_counts_for_the_next() -> None:
    plan = RULE.plan(full(55, tcp(20, 30, ANYONE), tcp(22, 40, ANYONE), tcp(22, 50, ANYONE)), SSH)
    assert [each.reason.split(" is")[0] for each in plan.obstacles] == [
        'tcp 22-40 from 0.0.0.0/0 "partners"',
        'tcp 22-50 from 0.0.0.0/0 "partners"',
    ]


def test_ipv4_and_ipv6_are_counted_separately_and_another_group_for_both() -> None:
    assert RULE.plan(full(60, tcp(20, 30, ANYONE_V6)), SSH).obstacles == ()
    groups = tcp(443, 443, *(Source("group", f"sg-{number}") for number in range(58)))
    assert RULE.plan(full(0, groups, tcp(20, 30, ANYONE_V6)), SSH).obstacles != ()


def test_a_prefix_list_counts_with_its_size() -> None:
    listed = tcp(443, 443, LISTED), tcp(20, 22, LISTED)
    assert RULE.plan(full(60, *listed, limit=30), SSH).obstacles == ()
    assert "for IPv6, where 29" in RULE.plan(full(60, *listed, limit=29), SSH).obstacles[0].reason


def test_what_it_takes_to_carve_is_asked_for_only_where_something_is_put_back() -> None:
    both = frozenset({Fact.RULE_TAGS, Fact.RULES_QUOTA})
    ranged = group(tcp(20, 30, ANYONE))
    assert RULE.lacking_to_fix(ranged, SSH) == both
    revoke = RULE.parameters({"prohibitedPorts": "22", "portRange": "revoke"})
    assert RULE.lacking_to_fix(ranged, revoke) == frozenset()
    assert RULE.lacking_to_fix(group(tcp(22, 22, ANYONE), everything(ANYONE)), SSH) == frozenset()
    assert RULE.lacking_to_fix(group(tcp(443, 444, ANYONE)), SSH) == frozenset()
    assert RULE.lacking_to_fix(replace(ranged, rule_tags=()), SSH) == {Fact.RULES_QUOTA}
    assert RULE.lacking_to_fix(replace(ranged, rule_tags=(), rules_quota=RulesQuota(60, {})), SSH) == frozenset()


def test_a_plan_without_tags_and_quota_says_that_they_are_looked_up_first() -> None:
    some = group(tcp(20, 30, ANYONE))
    assert "quota" in RULE.plan(some, SSH).notes[0]
    assert RULE.plan(replace(some, rule_tags=(), rules_quota=RulesQuota(60, {})), SSH).notes == ()
