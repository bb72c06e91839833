"""Properties of carving any security group, at every moment between its calls."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.exposure.networks import Internet, network_of
from chalicelib.findings import AwsCall
from chalicelib.resources import ListSize, RulesQuota, SecurityGroup
from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE as RULE
from tests.exposure.strategies import groups_with_lists
from tests.rules.ec2 import Admitted, Ec2, as_stored

INTERNET = Internet(ipv4_total_prefix=7, ipv6_total_prefix=32)
PROHIBITED = (22, 25, 1433, 3389)
PORTS = {
    "prohibitedPorts": "22,25,1433,3389",
    "internetIpv4TotalPrefix": "7",
    "internetIpv6TotalPrefix": "32",
}
"""A total that few sources reach."""
CARVE = RULE.parameters({**PORTS, "portRange": "carve", "carveAllTraffic": "true"})
CARVE_PORTS = RULE.parameters({**PORTS, "portRange": "carve"})

groups = groups_with_lists().map(as_stored)


def steps(some: SecurityGroup, parameters: object = CARVE) -> Iterator[tuple[AwsCall | None, Ec2]]:
    """EC2 before the plan's first call, and after each call."""
    ec2 = Ec2(some)
    yield None, ec2
    for call in RULE.plan(some, parameters).calls:
        ec2.make(call)
        yield call, ec2


def after(some: SecurityGroup, parameters: object = CARVE) -> Ec2:
    return [ec2 for _, ec2 in steps(some, parameters)][-1]


@given(groups)
def test_a_carve_takes_away_exactly_the_prohibited_ports_and_the_protocols_it_says_are_lost(
    some: SecurityGroup,
) -> None:
    before = Ec2(some).admitted
    assert after(some).admitted == before - prohibited(some) - lost(some)


@given(groups)
def test_nothing_is_ever_granted_that_was_not_there_and_nothing_legitimate_is_ever_missing(some: SecurityGroup) -> None:
    before = Ec2(some).admitted
    legitimate = before - prohibited(some) - lost(some)
    assert all(legitimate <= ec2.admitted <= before for _, ec2 in steps(some))


@given(groups)
def test_every_remainder_is_made_before_anything_is_revoked(some: SecurityGroup) -> None:
    actions = [call.action for call in RULE.plan(some, CARVE).calls]
    assert actions == sorted(actions)
    assert actions.count("RevokeSecurityGroupIngress") <= 1
    assert actions.count("AuthorizeSecurityGroupIngress") <= 1


@given(groups)
def test_carving_twice_changes_nothing_the_second_time(some: SecurityGroup) -> None:
    carved = after(some).group(some)
    assert RULE.violations(carved, CARVE) == ()
    assert RULE.plan(carved, CARVE).calls == ()


@given(groups)
def test_a_carve_that_was_cut_short_after_any_call_is_finished_by_the_next(some: SecurityGroup) -> None:
    finished = after(some).rules.keys()
    halves = [ec2.group(some) for _, ec2 in steps(some)]
    assert all(after(half).rules.keys() == finished for half in halves)


@given(groups)
def test_all_traffic_that_may_not_be_carved_goes_as_a_whole_and_nothing_else_does(some: SecurityGroup) -> None:
    before, left = Ec2(some), after(some, CARVE_PORTS)
    whole = {key for key in before.rules.keys() - left.rules.keys() if key[0] == "-1"}
    others = Ec2(replace(some, ingress=tuple(each for each in some.ingress if each.protocol != "-1")))
    assert RULE.violations(left.group(some), CARVE_PORTS) == ()
    assert others.admitted - prohibited(some) <= left.admitted <= before.admitted - prohibited(some)
    assert {key[3] for key in whole} <= {value for _, _, value in prohibited(some)}
    assert bool(whole) == any("carveAllTraffic" in note for note in RULE.plan(some, CARVE_PORTS).notes)


@given(groups, st.integers(0, 8))
def test_a_group_never_has_more_rules_than_its_quota_while_it_is_carved(some: SecurityGroup, limit: int) -> None:
    sizes = {"pl-a": ListSize("ipv4", 2), "pl-b": ListSize("ipv6", 3)}
    limited = replace(some, rules_quota=RulesQuota(limit, sizes))
    worst = {family: max(limit, used) for family, used in counted(Ec2(some), sizes).items()}
    for _, ec2 in steps(limited):
        assert all(used <= worst[family] for family, used in counted(ec2, sizes).items())
    left = RULE.violations(after(limited).group(some), CARVE)
    assert not left or RULE.plan(limited, CARVE).obstacles


def prohibited(some: SecurityGroup) -> frozenset[Admitted]:
    """The simple algorithm: port by port, the sources that open it to the internet."""
    networks = {each.prefix_list_id: INTERNET.merged(map(network_of, each.cidrs or ())) for each in some.prefix_lists}
    found = set()
    for transport in ("tcp", "udp"):
        for port in PROHIBITED:
            here = {value for name, number, value in Ec2(some).admitted if (name, number) == (transport, port)}
            units = {value: networks.get(value, ()) if value[2] == "-" else (network_of(value),) for value in here}
            guilty = INTERNET.offenders({tuple(unit): INTERNET.public(unit) for unit in units.values() if unit})
            found |= {(transport, port, value) for value, unit in units.items() if tuple(unit) in guilty}
    return frozenset(found)


def lost(some: SecurityGroup) -> frozenset[Admitted]:
    """The traffic that only a carved entry for all traffic admits."""
    ec2, ports = Ec2(some), prohibited(some)
    carved = {key for key in ec2.rules if key[0] == "-1" and key[3] in {value for _, _, value in ports}}
    others = {key: rule for key, rule in ec2.rules.items() if key not in carved}
    kept, ec2.rules = ec2.admitted, others
    return frozenset(each for each in kept - ec2.admitted if each[0] == "other")


def counted(ec2: Ec2, sizes: dict[str, ListSize]) -> Counter[str]:
    found = Counter({"ipv4": 0, "ipv6": 0})
    for rule in ec2.rules.values():
        size = sizes.get(rule.value)
        if size:
            found[size.family] += size.rules
        elif rule.kind in found:
            found[rule.kind] += 1
        else:
            found.update(("ipv4", "ipv6"))
    return found
