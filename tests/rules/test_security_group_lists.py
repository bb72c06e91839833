"""Prefix lists in the rule: when their entries are read, how they are reported, and how they are fixed."""

from dataclasses import replace

from hypothesis import given

from chalicelib.resources import Fact, IpPermission, PrefixList, SecurityGroup, Source, Unread
from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE as RULE
from tests.exposure.strategies import groups_with_lists
from tests.rules.aws import applied_to_group, rule_keys

SSH = RULE.parameters({"prohibitedPorts": "22"})
LISTED = Source("prefix_list", "pl-a", "partners")
OFFICE = Source("prefix_list", "pl-b")


def group(*ingress: IpPermission, entries: tuple[str, ...] | None = ("203.0.113.0/24", "0.0.0.0/0")) -> SecurityGroup:
    lists = (PrefixList("pl-a", entries), PrefixList("pl-b", ("203.0.113.0/24",)))
    return SecurityGroup("111122223333", "eu-west-1", "sg-0123456789abcdef0", "web", ingress, lists)


def tcp(port: int, *sources: Source) -> IpPermission:
    return IpPermission("tcp", port, port, sources)


def test_entries_are_asked_for_where_a_list_is_admitted_to_a_prohibited_port() -> None:
    unknown = replace(group(tcp(22, LISTED), tcp(443, OFFICE)), prefix_lists=())
    assert RULE.lacking(unknown, SSH) == {Fact.PREFIX_LISTS}
    assert RULE.lacking(replace(unknown, ingress=(tcp(443, LISTED),)), SSH) == frozenset()
    assert RULE.lacking(replace(unknown, prefix_lists=(PrefixList("pl-a", None),)), SSH) == frozenset()


def test_exactly_the_reference_is_revoked_without_its_description() -> None:
    some = group(tcp(22, LISTED, OFFICE, Source("group", "sg-1")), tcp(443, LISTED))
    [call] = RULE.plan(some, SSH).calls
    assert call.parameters["IpPermissions"] == [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-a"}]}
    ]
    left = applied_to_group(some, (call,))
    assert left.ingress == (tcp(22, OFFICE, Source("group", "sg-1")), tcp(443, LISTED))


def test_a_violation_names_the_list_and_the_internet_in_it() -> None:
    [violation] = RULE.violations(group(tcp(22, LISTED, Source("ipv6", "::/0"))), SSH)
    assert violation.reason == "tcp 22 (port 22 SSH) is open to pl-a (which admits 0.0.0.0/0), ::/0"
    assert violation.violation_details["prefixListIds"] == ["pl-a"]
    assert violation.violation_details["cidrs"] == ["::/0"]


def test_a_list_that_is_only_a_part_of_the_internet_names_its_part_and_the_whole() -> None:
    some = group(tcp(22, LISTED, Source("ipv4", "53.0.0.0/8")), entries=("203.0.113.0/24", "52.0.0.0/8"))
    [violation] = RULE.violations(some, SSH)
    assert violation.reason == (
        "tcp 22 (port 22 SSH) is open to pl-a (whose 52.0.0.0/8 is part of 52.0.0.0/7), 53.0.0.0/8 (part of 52.0.0.0/7)"
    )


def test_a_line_names_the_internet_in_a_list_where_the_list_offends() -> None:
    some = group(tcp(22, LISTED, OFFICE), tcp(443, LISTED))
    assert RULE.lines(some, SSH) == (
        'tcp 22 from pl-a (which admits 0.0.0.0/0) "partners"',
        "tcp 22 from pl-b",
        'tcp 443 from pl-a "partners"',
    )


def test_what_stays_has_the_same_line_before_and_after_whatever_was_asked_for() -> None:
    before = group(tcp(22, LISTED), tcp(443, LISTED))
    after = replace(before, ingress=before.ingress[1:], prefix_lists=())
    assert set(RULE.lines(after, SSH)) < set(RULE.lines(before, SSH))


PRESUMED = "presumed: tcp 22 (port 22 SSH) is open to the internet by pl-a, whose entries could not be read"


def test_a_list_whose_entries_we_do_not_see_is_presumed_to_admit_the_internet_and_left_to_people() -> None:
    some = group(tcp(22, LISTED, OFFICE), entries=None)
    [violation] = RULE.violations(some, SSH)
    assert violation.reason == PRESUMED
    assert violation.is_presumed
    assert RULE.remarks(some, SSH) == ()
    plan = RULE.plan(some, SSH)
    assert plan.calls == ()
    assert PRESUMED in plan.obstacles[0].reason
    assert RULE.violations(group(tcp(443, LISTED), entries=None), SSH) == ()


def test_a_list_that_we_do_not_see_survives_the_fix_of_its_neighbour_and_the_plan_says_so() -> None:
    some = group(tcp(22, LISTED, Source("ipv4", "0.0.0.0/0")), entries=None)
    assert [each.reason for each in RULE.violations(some, SSH)] == ["tcp 22 (port 22 SSH) is open to 0.0.0.0/0"]
    assert RULE.remarks(some, SSH) == (PRESUMED,)
    plan = RULE.plan(some, SSH)
    assert applied_to_group(some, plan.calls).ingress == (tcp(22, LISTED),)
    assert PRESUMED in plan.obstacles[0].reason


def test_a_list_that_a_later_try_may_read_is_neither_presumed_nor_ignored() -> None:
    throttled = Unread(Fact.PREFIX_LISTS, "throttled")
    some = replace(group(tcp(22, LISTED)), prefix_lists=(PrefixList("pl-a", None, throttled),))
    assert RULE.violations(some, SSH) == ()
    assert RULE.doubts(some, SSH) == (throttled,)


@given(groups_with_lists())
def test_a_fix_removes_every_exposure_through_lists_and_nothing_its_violations_do_not_name(some: SecurityGroup) -> None:
    revoke = RULE.parameters({"portRange": "revoke"})
    fixed = applied_to_group(some, RULE.plan(some, revoke).calls)
    assert RULE.violations(fixed, revoke) == ()
    assert RULE.plan(fixed, revoke).calls == ()
    details = [violation.violation_details for violation in RULE.violations(some, revoke)]
    named = {
        (each["ipProtocol"], value) for each in details for value in (*each["cidrs"], *each.get("prefixListIds", ()))
    }
    gone = rule_keys(some.ingress).keys() - rule_keys(fixed.ingress).keys()
    assert {(protocol, value) for protocol, _, _, value in gone} == named
