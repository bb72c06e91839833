import json
from dataclasses import replace

import pytest
import yaml

from chalicelib.errors import BadInput
from chalicelib.exposure.ports import NAMES, ports_from
from chalicelib.findings import Violation
from chalicelib.resources import IpPermission, SecurityGroup, Source
from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE as RULE
from tests.rules.aws import applied_to_group, revoked_by
from tests.source import PROJECT

ANYONE = Source("ipv4", "0.0.0.0/0")
ANYONE_V6 = Source("ipv6", "::/0")
OFFICE = Source("ipv4", "203.0.113.0/24", "office")
BASTION = Source("group", "sg-0aaaaaaaaaaaaaaa1")
PARTNERS = Source("prefix_list", "pl-1234abc1234abc123")
SSH = RULE.parameters({"prohibitedPorts": "22"})
REVOKE = RULE.parameters({"prohibitedPorts": "22", "portRange": "revoke"})
DEFAULTS = RULE.parameters({})
SHIPPED = (
    "22,23,135,445,1433,1434,1521,2375,2376,2379,3306,3389,5432,5601,5900-5903,6379,9042,9200,9300,11211,27017-27019"
)


def group(*ingress: IpPermission) -> SecurityGroup:
    return SecurityGroup("111122223333", "eu-west-1", "sg-0123456789abcdef0", "web", ingress)


def tcp(first: int, last: int, *sources: Source) -> IpPermission:
    return IpPermission("tcp", first, last, sources)


def revoked(some: SecurityGroup, parameters: object = SSH) -> list[dict[str, object]]:
    return revoked_by(RULE.plan(some, parameters).calls)


def reasons(some: SecurityGroup, parameters: object = SSH) -> list[str]:
    return [violation.reason for violation in RULE.violations(some, parameters)]


def test_without_a_parameter_the_four_default_ports_are_prohibited() -> None:
    everything = group(IpPermission("-1", None, None, (ANYONE,)))
    assert reasons(everything, DEFAULTS) == [
        "all traffic (ports 22 SSH, 1433 SQL Server, 3306 MySQL, 3389 RDP) is open to 0.0.0.0/0"
    ]


def test_a_reason_names_a_few_ports_with_their_services_and_the_details_name_all() -> None:
    shipped = RULE.parameters({"prohibitedPorts": SHIPPED})
    [found] = RULE.violations(group(tcp(0, 65535, ANYONE)), shipped)
    assert found.reason == (
        "tcp 0-65535 (ports 22-23 SSH, Telnet, 135 RPC, 445 SMB, 1433-1434 SQL Server, 1521 Oracle and 13 more) "
        "is open to 0.0.0.0/0"
    )
    assert ",".join(found.violation_details["exposedPorts"]) == (
        "22-23,135,445,1433-1434,1521,2375-2376,2379,3306,3389,5432,5601,5900-5903,6379,9042,9200,9300,11211,27017-27019"
    )


def test_the_rules_file_ships_the_ports_for_administration_and_data() -> None:
    rules = yaml.safe_load((PROJECT / "infrastructure" / "config_rules.yaml").read_text())
    assert rules["security-group-prohibited-ports"]["inputParameters"]["prohibitedPorts"] == SHIPPED
    ports = {port for some in ports_from(SHIPPED, "prohibitedPorts") for port in range(some.first, some.last + 1)}
    assert ports == NAMES.keys()


def test_an_empty_parameter_prohibits_nothing() -> None:
    everything = group(IpPermission("-1", None, None, (ANYONE,)))
    assert RULE.violations(everything, RULE.parameters({"prohibitedPorts": ""})) == ()


def test_ports_and_ranges_can_be_prohibited() -> None:
    x11 = group(tcp(6000, 6010, ANYONE))
    assert reasons(x11, RULE.parameters({"prohibitedPorts": "22, 6000-6063"})) == [
        "tcp 6000-6010 (ports 6000-6010) is open to 0.0.0.0/0"
    ]


@pytest.mark.parametrize("name", ["prohibitedports", "ProhibitedPorts", "ports"])
def test_an_unknown_parameter_is_refused_by_name(name: str) -> None:
    with pytest.raises(BadInput, match=f"ruleParameters.{name}"):
        RULE.parameters({name: "22"})


def test_a_parameter_that_is_no_list_of_ports_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="prohibitedPorts"):
        RULE.parameters({"prohibitedPorts": "ssh"})


@pytest.mark.parametrize("order", [(22, 443), (443, 22)])
def test_a_harmless_rule_beside_a_bad_one_survives(order: tuple[int, int]) -> None:
    some = group(*(tcp(port, port, ANYONE) for port in order))
    assert revoked(some) == [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def test_only_the_open_range_goes_never_a_group_a_prefix_list_or_a_private_range() -> None:
    some = group(tcp(22, 22, OFFICE, Source("ipv4", "10.0.0.0/8"), BASTION, PARTNERS, ANYONE))
    left = applied_to_group(some, RULE.plan(some, SSH).calls)
    assert left.ingress == (tcp(22, 22, OFFICE, Source("ipv4", "10.0.0.0/8"), BASTION, PARTNERS),)


def test_every_permission_that_opens_the_port_is_closed_at_once_with_its_stored_range() -> None:
    some = group(tcp(22, 22, ANYONE), tcp(20, 30, ANYONE), IpPermission("-1", -1, -1, (ANYONE_V6,)))
    assert revoked(some) == [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        {"IpProtocol": "tcp", "FromPort": 20, "ToPort": 30, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
    ]
    assert len(RULE.plan(some, REVOKE).calls) == 1


def test_all_traffic_stored_without_ports_is_revoked_without_ports() -> None:
    some = group(IpPermission("-1", None, None, (ANYONE,)))
    assert revoked(some) == [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def test_an_entry_holds_one_source_and_no_description() -> None:
    some = group(tcp(22, 22, replace(ANYONE, description="approved"), ANYONE_V6))
    assert [list(entry.values())[3:] for entry in revoked(some)] == [
        [[{"CidrIp": "0.0.0.0/0"}]],
        [[{"CidrIpv6": "::/0"}]],
    ]


def test_the_same_entry_twice_is_revoked_once() -> None:
    some = group(tcp(22, 22, ANYONE), tcp(22, 22, ANYONE, OFFICE), tcp(22, 22, replace(ANYONE, description="again")))
    assert len(revoked(some)) == 1


def test_all_traffic_is_one_entry_whatever_ports_are_written_beside_it() -> None:
    some = group(IpPermission("-1", None, None, (ANYONE,)), IpPermission("-1", -1, -1, (ANYONE,)))
    assert len(revoked(some)) == 1


def test_both_halves_of_the_internet_go_wherever_they_stand() -> None:
    some = group(tcp(22, 22, Source("ipv4", "0.0.0.0/1")), tcp(0, 1024, Source("ipv4", "128.0.0.0/1")))
    assert len(revoked(some)) == 2


def test_a_group_with_thousands_of_rules_is_fixed_in_few_calls() -> None:
    some = group(*(tcp(20, last, ANYONE) for last in range(22, 2522)))
    calls = RULE.plan(some, REVOKE).calls
    assert [len(call.parameters["IpPermissions"]) for call in calls] == [1000, 1000, 500]
    assert applied_to_group(some, calls).ingress == ()


def test_a_violation_says_what_is_open_to_whom() -> None:
    assert RULE.violations(group(tcp(20, 30, OFFICE, ANYONE, ANYONE_V6)), DEFAULTS) == (
        Violation(
            "EC2_SG_PROHIBITED_PORT",
            {
                "reason": "tcp 20-30 (port 22 SSH) is open to 0.0.0.0/0, ::/0",
                "ipProtocol": "tcp",
                "fromPort": 20,
                "toPort": 30,
                "cidrs": ["0.0.0.0/0", "::/0"],
                "exposedPorts": ["22"],
            },
        ),
    )


def test_a_part_of_the_internet_names_the_whole() -> None:
    some = group(tcp(22, 22, Source("ipv4", "52.0.0.0/8"), Source("ipv4", "53.0.0.0/8")))
    assert reasons(some) == [
        "tcp 22 (port 22 SSH) is open to 52.0.0.0/8 (part of 52.0.0.0/7), 53.0.0.0/8 (part of 52.0.0.0/7)"
    ]


def test_too_many_sources_in_total_are_told_in_a_few_words() -> None:
    eights = [Source("ipv4", f"{first}.0.0.0/8") for first in range(13, 125, 2)]
    assert reasons(group(tcp(22, 22, *eights[:5]))) == [
        "tcp 22 (port 22 SSH) is open to "
        + ", ".join(f"{each.value} (part of 5 networks of /8 in total)" for each in eights[:5])
    ]
    assert reasons(group(tcp(22, 22, *eights, OFFICE, ANYONE_V6))) == [
        "tcp 22 (port 22 SSH) is open to ::/0, 13.0.0.0/8, 15.0.0.0/8, 17.0.0.0/8, 19.0.0.0/8, 21.0.0.0/8 and 51 more "
        "(part of 56 networks of /8 in total)"
    ]


@pytest.mark.parametrize("how", ["revoke", "carve"])
def test_the_internet_in_pieces_goes_and_all_that_is_harmless_beside_it_stays(how: str) -> None:
    eights = [Source("ipv4", f"{first}.0.0.0/8") for first in range(13, 125, 2)]
    office, private = Source("ipv4", "8.8.8.8/32"), Source("ipv4", "10.0.0.0/8")
    some = group(tcp(22, 22, *eights[:30], office, private, BASTION), tcp(20, 30, *eights[30:]), tcp(443, 443, *eights))
    parameters = RULE.parameters({"prohibitedPorts": "22", "portRange": how})
    left = applied_to_group(some, RULE.plan(some, parameters).calls)
    assert RULE.violations(left, parameters) == ()
    assert (tcp(20, 21, eights[30]) in left.ingress) == (how == "carve")
    assert tcp(22, 22, office, private, BASTION) in left.ingress
    assert tcp(443, 443, *eights) in left.ingress
    assert not [each for each in left.ingress if each.from_port == 22 and {*each.sources} & {*eights}]


def test_what_a_rule_says_travels_as_json() -> None:
    some = group(tcp(22, 22, ANYONE), IpPermission("-1", None, None, (ANYONE_V6,)))
    said = [*RULE.violations(some, DEFAULTS), *RULE.plan(some, DEFAULTS).calls]
    assert [each.from_json(json.loads(json.dumps(each.to_json())), "message") for each in said] == said


def test_every_type_of_violation_is_declared() -> None:
    found = RULE.violations(group(tcp(22, 22, ANYONE)), SSH)
    assert {violation.violation_type for violation in found} == RULE.violation_types


def test_a_line_per_source_of_each_permission() -> None:
    some = group(
        tcp(22, 22, ANYONE, OFFICE),
        IpPermission("6", 20, 30, (BASTION,)),
        IpPermission("-1", -1, -1, (ANYONE_V6,)),
        IpPermission("icmp", 3, 13, (ANYONE,)),
        IpPermission("icmp", 8, -1, (ANYONE,)),
        IpPermission("icmp", -1, -1, (ANYONE,)),
        IpPermission("50", None, None, (PARTNERS,)),
        IpPermission("udp", 53, 53, ()),
    )
    assert RULE.lines(some, SSH) == (
        "tcp 22 from 0.0.0.0/0",
        'tcp 22 from 203.0.113.0/24 "office"',
        "tcp 20-30 from sg-0aaaaaaaaaaaaaaa1",
        "all traffic from ::/0",
        "icmp type 3 code 13 from 0.0.0.0/0",
        "icmp type 8 from 0.0.0.0/0",
        "icmp from 0.0.0.0/0",
        "protocol 50 from pl-1234abc1234abc123",
    )
