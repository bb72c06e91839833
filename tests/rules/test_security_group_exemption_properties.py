"""Properties of any exemptions of any security group."""

import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.exemptions.scopes import PortScope
from chalicelib.exposure.networks import IpNetwork, merged, network_of, within
from chalicelib.exposure.ports import PortRange
from chalicelib.resources import SecurityGroup
from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE as RULE
from tests.exposure.strategies import IPV4, IPV6, groups_with_lists
from tests.rules.ec2 import Admitted, Ec2, as_stored
from tests.rules.exempt import exemptions
from tests.rules.test_carving_properties import PORTS, PROHIBITED, prohibited

TYPE = "EC2_SG_PROHIBITED_PORT"
REVOKE, CARVE = PORTS, {**PORTS, "portRange": "carve", "carveAllTraffic": "true"}
either = pytest.mark.parametrize("raw", [REVOKE, CARVE], ids=["revoke", "carve"])

groups = groups_with_lists().map(as_stored)
ranges = st.tuples(*[st.sampled_from((0, 20, 22, 23, 25, 1433, 3389, 65535))] * 2).map(
    lambda ends: PortRange(min(ends), max(ends))
)
whom = st.one_of(st.sampled_from((*IPV4, *IPV6)).map(network_of), st.sampled_from(("pl-a", "pl-b")))
some_scopes = st.lists(st.builds(PortScope, st.sampled_from(("tcp", "udp")), ranges, whom), max_size=4)


def under(some: SecurityGroup, scopes: Iterable[PortScope], raw: dict[str, str] = REVOKE) -> Any:
    return RULE.exempting(RULE.parameters(raw), exemptions(some, TYPE, *scopes))


def violating(some: SecurityGroup, parameters: Any) -> frozenset[Admitted]:
    found = [scope for _, scope in RULE.scopes(some, parameters)]
    return frozenset(
        (scope.protocol, port, str(scope.source))
        for scope in found
        for port in PROHIBITED
        if scope.ports.covers(PortRange(port, port))
    )


def networks(some: SecurityGroup, value: str) -> tuple[IpNetwork, ...]:
    lists = {each.prefix_list_id: tuple(map(network_of, each.cidrs or ())) for each in some.prefix_lists}
    return lists.get(value, ()) if value.startswith(("pl-", "sg-")) else (network_of(value),)


def exempt_networks(some: SecurityGroup, scopes: Iterable[PortScope], opening: Admitted) -> tuple[IpNetwork, ...]:
    """The simple algorithm: the networks of one source that the scopes exempt on one port."""
    transport, port, value = opening
    here = [s for s in scopes if s.protocol == transport and s.ports.first <= port <= s.ports.last]  # type: ignore[operator]
    if value in [scope.source for scope in here]:
        return merged(networks(some, value))
    exempt = merged(scope.source for scope in here if not isinstance(scope.source, str))
    own = networks(some, value)
    both = [each for each in own if any(within(each, other) for other in exempt)]
    return merged([*both, *(each for each in exempt if any(within(each, other) for other in own))])


def is_exempt(some: SecurityGroup, scopes: list[PortScope], opening: Admitted) -> bool:
    exempt = exempt_networks(some, scopes, opening)
    return all(any(within(each, other) for other in exempt) for each in networks(some, opening[2]))


@given(groups, some_scopes)
def test_all_that_is_prohibited_and_not_exempt_is_non_compliant_and_nothing_else(
    some: SecurityGroup, scopes: list[PortScope]
) -> None:
    left = {opening for opening in prohibited(some) if not is_exempt(some, scopes, opening)}
    assert violating(some, under(some, scopes)) == left
    assert bool(RULE.violations(some, under(some, scopes))) == bool(left)


@given(groups, some_scopes, st.randoms(use_true_random=False))
def test_the_order_of_exemptions_decides_nothing(
    some: SecurityGroup, scopes: list[PortScope], chance: random.Random
) -> None:
    shuffled = chance.sample(scopes, len(scopes))
    for judge in (RULE.violations, RULE.scopes, RULE.plan):
        assert judge(some, under(some, shuffled)) == judge(some, under(some, scopes))  # type: ignore[operator]


@given(groups, some_scopes)
def test_without_its_exemptions_a_group_is_judged_as_before(some: SecurityGroup, scopes: list[PortScope]) -> None:
    plain, lifted = RULE.parameters(REVOKE), RULE.exempting(under(some, scopes), ())
    assert RULE.violations(some, lifted) == RULE.violations(some, plain)
    assert RULE.plan(some, lifted) == RULE.plan(some, plain)


@given(groups)
def test_the_scopes_of_a_rule_exempt_everything_and_anything_less_does_not(some: SecurityGroup) -> None:
    scopes: list[Any] = [scope for _, scope in RULE.scopes(some, RULE.parameters(REVOKE))]
    assert RULE.violations(some, under(some, scopes)) == ()
    assert RULE.plan(some, under(some, scopes)).calls == ()
    for left_out in scopes:
        covered = violating(some, under(some, [scope for scope in scopes if scope != left_out]))
        others = [scope for scope in scopes if scope != left_out]
        assert bool(covered) == any(not is_exempt(some, others, each) for each in prohibited(some))


@either
@given(some=groups, scopes=some_scopes)
def test_no_plan_takes_away_what_is_exempt(raw: dict[str, str], some: SecurityGroup, scopes: list[PortScope]) -> None:
    ec2 = Ec2(some)
    for call in RULE.plan(some, under(some, scopes, raw)).calls:
        ec2.make(call)
        for opening in prohibited(some):
            transport, port, _ = opening
            here = {value for name, number, value in ec2.admitted if (name, number) == (transport, port)}
            admitted = merged(network for value in here for network in networks(some, value))
            exempt = exempt_networks(some, scopes, opening)
            assert all(any(within(each, other) for other in admitted) for each in exempt)


@either
@given(some=groups, scopes=some_scopes)
def test_no_plan_lets_anybody_in_who_was_not(raw: dict[str, str], some: SecurityGroup, scopes: list[PortScope]) -> None:
    ec2 = Ec2(some)
    for call in RULE.plan(some, under(some, scopes, raw)).calls:
        ec2.make(call)
    for transport, port, value in ec2.admitted:
        before = {old for name, number, old in Ec2(some).admitted if (name, number) == (transport, port)}
        reached = merged(network for old in before for network in networks(some, old))
        assert value in before or all(any(within(n, old) for old in reached) for n in networks(some, value))


@either
@given(some=groups, scopes=some_scopes)
def test_plan_after_plan_comes_to_an_end_with_nothing_non_compliant_but_what_has_an_obstacle(
    raw: dict[str, str], some: SecurityGroup, scopes: list[PortScope]
) -> None:
    parameters = under(some, scopes, raw)
    for _ in range(4):
        plan = RULE.plan(some, parameters)
        ec2 = Ec2(some)
        for call in plan.calls:
            ec2.make(call)
        some = ec2.group(some)
    assert plan.calls == ()
    assert bool(RULE.violations(some, parameters)) == bool(plan.obstacles)
