"""Exemptions of a security group, by example."""

from typing import Any

import pytest

from chalicelib.exemptions.exemptions import tag_exemption
from chalicelib.exemptions.scopes import PortScope, StatementScope, StoredScope
from chalicelib.exposure.networks import network_of
from chalicelib.exposure.ports import PortRange
from chalicelib.resources import IpPermission, PrefixList, SecurityGroup, Source
from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE as RULE
from tests.rules.aws import entries_of
from tests.rules.exempt import IN_A_MONTH, NOW, exemptions

TYPE = "EC2_SG_PROHIBITED_PORT"
ANYONE = Source("ipv4", "0.0.0.0/0")


def group(*ingress: IpPermission, **changes: Any) -> SecurityGroup:
    return SecurityGroup("111122223333", "eu-west-1", "sg-1", "web", ingress, **changes)


def tcp(first: int, last: int, *sources: Source) -> IpPermission:
    return IpPermission("tcp", first, last, sources)


def scope(source: str, first: int = 22, last: int = 22, protocol: str = "tcp") -> PortScope:
    return PortScope(protocol, PortRange(first, last), source if source.startswith("pl-") else network_of(source))


def under(some: SecurityGroup, *scopes: StoredScope, **raw: str) -> Any:
    parameters = RULE.parameters({"prohibitedPorts": "22,23", **raw})
    return RULE.exempting(parameters, exemptions(some, TYPE, *scopes))


def reasons(some: SecurityGroup, *scopes: StoredScope) -> list[str]:
    return [violation.reason for violation in RULE.violations(some, under(some, *scopes))]


@pytest.mark.parametrize("halves", [("0.0.0.0/0",), ("0.0.0.0/1", "128.0.0.0/1")])
def test_an_exemption_of_the_internet_covers_both_its_halves_and_two_halves_the_internet(
    halves: tuple[str, ...],
) -> None:
    whole = group(tcp(22, 22, ANYONE))
    split = group(tcp(22, 22, Source("ipv4", "0.0.0.0/1"), Source("ipv4", "128.0.0.0/1")))
    for some in (whole, split):
        assert reasons(some, *map(scope, halves)) == []


def test_an_exemption_of_one_half_exempts_only_that_half() -> None:
    some = group(tcp(22, 22, Source("ipv4", "52.0.0.0/8"), Source("ipv4", "53.0.0.0/8")))
    assert reasons(some, scope("52.0.0.0/8")) == ["tcp 22 (port 22 SSH) is open to 53.0.0.0/8 (part of 52.0.0.0/7)"]


@pytest.mark.parametrize(
    "other",
    [
        scope("0.0.0.0/1"),
        scope("::/0"),
        scope("0.0.0.0/0", 23, 23),
        scope("0.0.0.0/0", protocol="udp"),
        scope("pl-1234"),
        StatementScope("0" * 64, "statement 1"),
    ],
    ids=str,
)
def test_a_narrower_source_another_port_another_protocol_and_another_scope_exempt_nothing(other: StoredScope) -> None:
    some = group(tcp(22, 22, ANYONE))
    assert reasons(some, other) == reasons(some)


def test_an_exemption_of_another_group_exempts_nothing() -> None:
    some, other = group(tcp(22, 22, ANYONE)), SecurityGroup("111122223333", "eu-west-1", "sg-2", "web", ())
    parameters = RULE.exempting(under(some), exemptions(other, TYPE, scope("0.0.0.0/0")))
    assert RULE.violations(some, parameters) == RULE.violations(some, under(some))


def test_all_traffic_needs_an_exemption_of_both_protocols() -> None:
    some = group(IpPermission("-1", None, None, (ANYONE,)))
    ports = [scope("0.0.0.0/0", 22, 23, transport) for transport in ("tcp", "udp")]
    assert reasons(some, ports[0]) == ["all traffic (ports 22-23 SSH, Telnet) is open to 0.0.0.0/0"]
    assert reasons(some, *ports) == []


def test_a_prefix_list_is_exempt_by_its_id_or_by_all_its_entries() -> None:
    some = group(
        tcp(22, 22, Source("prefix_list", "pl-1234")),
        prefix_lists=(PrefixList("pl-1234", ("52.0.0.0/7", "60.0.0.0/7")),),
    )
    assert reasons(some, scope("pl-1234")) == []
    assert reasons(some, scope("52.0.0.0/7"), scope("60.0.0.0/6")) == []
    assert reasons(some, scope("52.0.0.0/7")) == reasons(some)


def test_an_entry_that_also_holds_an_exempt_port_is_carved_where_that_is_allowed() -> None:
    some = group(tcp(20, 30, ANYONE))
    plan = RULE.plan(some, under(some, scope("0.0.0.0/0"), portRange="carve"))
    made, revoked = (entries_of([call]) for call in plan.calls)
    assert [(each["FromPort"], each["ToPort"]) for each in made] == [(20, 22), (24, 30)]
    assert [(each["FromPort"], each["ToPort"]) for each in revoked] == [(20, 30)]


def test_an_entry_that_also_holds_an_exempt_port_is_never_revoked_whole() -> None:
    some = group(tcp(20, 30, ANYONE), tcp(23, 23, ANYONE))
    plan = RULE.plan(some, under(some, scope("0.0.0.0/0"), portRange="revoke"))
    assert [(each["FromPort"], each["ToPort"]) for each in entries_of(plan.calls)] == [(23, 23)]
    [obstacle] = plan.obstacles
    assert obstacle.reason == (
        "tcp 20-30 from 0.0.0.0/0 is not revoked: it also holds exempt traffic (tcp 22 from 0.0.0.0/0)."
    )
    assert "portRange to carve" in obstacle.next_step


def test_all_traffic_that_also_holds_an_exempt_port_is_not_revoked_and_says_how_to_carve_it() -> None:
    some = group(IpPermission("-1", None, None, (ANYONE,)), tcp(23, 23, ANYONE))
    plan = RULE.plan(some, under(some, scope("0.0.0.0/0")))
    assert [(each["FromPort"], each["ToPort"]) for each in entries_of(plan.calls)] == [(23, 23)]
    [obstacle] = plan.obstacles
    assert "exempt traffic (tcp 22 from 0.0.0.0/0)" in obstacle.reason
    assert "carveAllTraffic to true" in obstacle.next_step


def test_an_entry_whose_exempt_part_stands_elsewhere_too_is_revoked_whole() -> None:
    some = group(tcp(20, 30, ANYONE), tcp(22, 22, ANYONE))
    plan = RULE.plan(some, under(some, scope("0.0.0.0/0"), portRange="revoke"))
    assert [(each["FromPort"], each["ToPort"]) for each in entries_of(plan.calls)] == [(20, 30)]
    assert plan.obstacles == ()


def test_the_exempt_part_of_a_source_is_put_back_with_its_description_before_the_entry_goes() -> None:
    some = group(tcp(22, 22, Source("ipv4", "0.0.0.0/0", "partner")))
    plan = RULE.plan(some, under(some, scope("52.0.0.0/7"), portRange="carve"))
    assert [call.action for call in plan.calls] == ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"]
    [made, _] = entries_of(plan.calls)
    assert made["IpRanges"] == [{"CidrIp": "52.0.0.0/7", "Description": "partner"}]


def test_the_exempt_part_of_a_source_is_not_taken_away_again_where_somebody_revoked_another_entry() -> None:
    some = group(tcp(22, 22, ANYONE), tcp(23, 23, ANYONE))
    made, revoked = RULE.plan(some, under(some, scope("52.0.0.0/7"), portRange="carve")).calls
    unknown = [entry for entry in revoked.parameters["IpPermissions"] if entry["FromPort"] == 23]
    repair = RULE.repairs(some, (made,), revoked, {"UnknownIpPermissions": unknown})
    assert repair.calls == ()


def test_what_is_exempt_is_named_with_whoever_exempted_it_until_when() -> None:
    some = group(tcp(22, 22, ANYONE))
    parameters = under(some, scope("0.0.0.0/0"))
    [(violation, exemption)] = RULE.exempted(some, parameters)
    assert violation.reason == "tcp 22 (port 22 SSH) is open to 0.0.0.0/0"
    assert str(exemption) == "exempt until 2026-12-24: OPS-7, partner moves (alice)"


def test_the_tag_exempts_all_of_a_group() -> None:
    some = group(tcp(22, 22, ANYONE), tags={"dd-aws:exempt-until": f"{IN_A_MONTH:%Y-%m-%d}"})
    parameters = RULE.exempting(RULE.parameters({}), tag_exemption(some, NOW))
    assert RULE.violations(some, parameters) == ()
    [(_, exemption)] = RULE.exempted(some, parameters)
    assert "tag dd-aws:exempt-until" in str(exemption)
