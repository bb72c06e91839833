"""Every case of sg_cases.json: the exposed ports, the exact revocations, and the group after the plan."""

import pytest

from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE as RULE
from tests.cases import Case, named, permission, security_group, sg_cases
from tests.rules.aws import applied_to_group, entries_of, revoked_by, rule_keys
from tests.rules.ec2 import PORTS, Ec2, as_stored

CASES = sg_cases()
either = pytest.mark.parametrize("how", ["carve", "revoke"])


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_exposed_ports_are_those_of_the_case(case: Case) -> None:
    expected = case.get("strict_expected_exposed_ports", case["expected_exposed_ports"])
    found = RULE.violations(security_group(case), _parameters(case))
    texts = [text for each in found for text in each.violation_details["exposedPorts"]]
    assert sorted(_numbers(texts)) == expected


@either
@pytest.mark.parametrize("case", CASES, ids=named)
def test_exactly_the_offending_sources_are_revoked(case: Case, how: str) -> None:
    expected = case.get("strict_expected_revoke", case["expected_revoke"])
    calls = RULE.plan(security_group(case), _parameters(case, portRange=how)).calls
    assert rule_keys(map(permission, revoked_by(calls))) == rule_keys(map(permission, expected))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_after_the_plan_nothing_is_exposed_and_all_else_is_left(case: Case) -> None:
    group, parameters = security_group(case), _parameters(case, portRange="revoke")
    calls = RULE.plan(group, parameters).calls
    fixed = applied_to_group(group, calls)
    assert RULE.violations(fixed, parameters) == ()
    assert RULE.plan(fixed, parameters).calls == ()
    revoked = rule_keys(map(permission, entries_of(calls))).keys()
    assert rule_keys(fixed.ingress).keys() == rule_keys(group.ingress).keys() - revoked


@pytest.mark.parametrize("case", CASES, ids=named)
def test_without_parameters_the_same_ports_are_closed_and_harmless_ports_stay(case: Case) -> None:
    group, parameters = as_stored(security_group(case)), _parameters(case)
    ec2 = Ec2(group)
    before = ec2.admitted
    for call in RULE.plan(group, parameters).calls:
        ec2.make(call)
    everything = {rule.value for rule in Ec2(group).rules.values() if rule.protocol == "-1"} & _revoked_sources(case)
    expected = case.get("strict_expected_exposed_ports", case["expected_exposed_ports"])
    gone = {(protocol, port) for protocol, port, value in before - ec2.admitted if value not in everything}
    assert {port for protocol, port in gone if protocol in ("tcp", "udp")} <= set(expected)
    assert {protocol for protocol, _ in gone} <= {"tcp", "udp"}
    assert RULE.violations(ec2.group(group), parameters) == ()


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_carve_closes_the_same_ports_and_nothing_else(case: Case) -> None:
    carve = {"portRange": "carve", "carveAllTraffic": "true"}
    group, parameters = as_stored(security_group(case)), _parameters(case, **carve)
    ec2 = Ec2(group)
    before = ec2.admitted
    for call in RULE.plan(group, parameters).calls:
        ec2.make(call)
    expected = case.get("strict_expected_exposed_ports", case["expected_exposed_ports"])
    gone = before - ec2.admitted
    assert {port for protocol, port, _ in gone if protocol in ("tcp", "udp")} == set(expected) & set(PORTS)
    assert {value for _, _, value in gone} == _revoked_sources(case)
    assert RULE.violations(ec2.group(group), parameters) == ()


def _revoked_sources(case: Case) -> set[str]:
    expected = case.get("strict_expected_revoke", case["expected_revoke"])
    return {source.value for each in map(permission, expected) for source in each.sources}


def _parameters(case: Case, **more: str) -> object:
    return RULE.parameters({"prohibitedPorts": ",".join(map(str, case["prohibited_ports"])), **more})


def _numbers(texts: list[str]) -> set[int]:
    ranges = (tuple(map(int, text.split("-"))) for text in texts)
    return {port for ends in ranges for port in range(ends[0], ends[-1] + 1)}
