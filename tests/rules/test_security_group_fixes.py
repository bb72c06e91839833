"""Properties of the fix of any security group."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.resources import SecurityGroup
from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE as RULE
from tests.exposure.strategies import security_groups
from tests.rules.aws import applied_to_group, rule_keys

REVOKE = RULE.parameters({"portRange": "revoke"})


@given(security_groups())
def test_a_fix_removes_every_exposure_and_fixing_twice_changes_nothing(some: SecurityGroup) -> None:
    fixed = applied_to_group(some, RULE.plan(some, REVOKE).calls)
    assert RULE.violations(fixed, REVOKE) == ()
    assert RULE.plan(fixed, REVOKE).calls == ()


@given(security_groups())
def test_a_fix_removes_nothing_that_its_violations_do_not_name(some: SecurityGroup) -> None:
    named = {
        (details["ipProtocol"], cidr)
        for violation in RULE.violations(some, REVOKE)
        for details in [violation.violation_details]
        for cidr in details["cidrs"]
    }
    fixed = applied_to_group(some, RULE.plan(some, REVOKE).calls)
    gone = rule_keys(some.ingress).keys() - rule_keys(fixed.ingress).keys()
    assert {(protocol, value) for protocol, _, _, value in gone} == named


@given(security_groups())
def test_narrow_and_private_ranges_groups_and_prefix_lists_always_survive(some: SecurityGroup) -> None:
    harmless = ("10.", "172.16.", "192.168.", "203.0.113.", "fc00:", "fd00:", "2001:db8:", "sg-", "pl-")
    fixed = applied_to_group(some, RULE.plan(some, REVOKE).calls)
    gone = rule_keys(some.ingress).keys() - rule_keys(fixed.ingress).keys()
    assert [value for _, _, _, value in gone if str(value).startswith(harmless) and value != "10.0.0.0/7"] == []


@given(security_groups(), st.data())
def test_the_order_of_rules_never_matters(some: SecurityGroup, data: st.DataObject) -> None:
    turned = [replace(each, sources=tuple(reversed(each.sources))) for each in some.ingress]
    other = replace(some, ingress=tuple(data.draw(st.permutations(turned))))
    keys = [rule_keys(applied_to_group(each, RULE.plan(each, REVOKE).calls).ingress) for each in (some, other)]
    assert keys[0] == keys[1]
