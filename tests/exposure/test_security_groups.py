import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from chalicelib.exposure.networks import Internet, network_of
from chalicelib.exposure.ports import PortRange, ports_from
from chalicelib.resources import IpPermission, SecurityGroup, Source
from chalicelib.rules.security_group.exposure import Exposure, exposures
from tests.exposure.strategies import PORTS, security_groups

INTERNET = Internet()
ANYONE = Source("ipv4", "0.0.0.0/0")


def group(*ingress: IpPermission) -> SecurityGroup:
    return SecurityGroup("111122223333", "eu-west-1", "sg-0123456789abcdef0", "web", ingress)


def found(prohibited: str, *ingress: IpPermission) -> list[tuple[str, str]]:
    some = exposures(group(*ingress), ports_from(prohibited, "prohibitedPorts"), INTERNET)
    return [(each.door.source.value, ",".join(map(str, each.ports))) for each in some]


def tcp(first: int | None, last: int | None, *cidrs: str, protocol: str = "tcp") -> IpPermission:
    sources = tuple(Source("ipv6" if ":" in cidr else "ipv4", cidr) for cidr in cidrs)
    return IpPermission(protocol, first, last, sources)


@pytest.mark.parametrize("protocol", ["tcp", "TCP", "6", "udp", "Udp", "17"])
def test_tcp_and_udp_have_ports_by_name_or_number_in_any_case(protocol: str) -> None:
    assert found("22", tcp(22, 22, "0.0.0.0/0", protocol=protocol)) == [("0.0.0.0/0", "22")]


@pytest.mark.parametrize("protocol", ["icmp", "1", "icmpv6", "58", "47", "50"])
def test_other_protocols_open_no_port_whatever_their_numbers_say(protocol: str) -> None:
    assert found("0-65535", tcp(3, 13, "0.0.0.0/0", protocol=protocol)) == []
    assert found("0-65535", tcp(None, None, "0.0.0.0/0", protocol=protocol)) == []


@pytest.mark.parametrize("ports", [(None, None), (-1, -1), (0, 0), (443, 443)])
def test_all_traffic_is_every_port_whatever_its_numbers_say(ports: tuple[int | None, int | None]) -> None:
    assert found("22,3389", tcp(*ports, "0.0.0.0/0", protocol="-1")) == [("0.0.0.0/0", "22,3389")]


@pytest.mark.parametrize("ports", [(None, None), (-1, -1), (0, 65535)])
def test_tcp_without_a_range_is_every_port(ports: tuple[int | None, int | None]) -> None:
    assert found("22", tcp(*ports, "0.0.0.0/0")) == [("0.0.0.0/0", "22")]


def test_port_zero_is_a_port() -> None:
    assert found("22", tcp(0, 0, "0.0.0.0/0")) == []
    assert found("0", tcp(0, 0, "0.0.0.0/0")) == [("0.0.0.0/0", "0")]


def test_a_range_that_only_meets_the_prohibited_range_is_exposed_where_they_meet() -> None:
    assert found("6000-6063", tcp(6060, 7000, "0.0.0.0/0")) == [("0.0.0.0/0", "6060-6063")]


def test_every_port_is_one_range_not_a_list() -> None:
    assert found("0-65535", tcp(None, None, "0.0.0.0/0", protocol="-1")) == [("0.0.0.0/0", "0-65535")]


def test_nothing_prohibited_is_nothing_exposed() -> None:
    assert found("", tcp(None, None, "0.0.0.0/0", protocol="-1")) == []


def test_halves_in_two_permissions_are_found_where_both_admit_the_port() -> None:
    one, other = tcp(22, 22, "52.0.0.0/8"), tcp(20, 30, "53.0.0.0/8")
    assert found("22", one, other) == [("52.0.0.0/8", "22"), ("53.0.0.0/8", "22")]
    assert found("25", one, other) == []


def test_a_half_in_all_traffic_counts_for_tcp() -> None:
    assert found("22", tcp(None, None, "53.0.0.0/8", protocol="-1"), tcp(22, 22, "52.0.0.0/8")) == [
        ("53.0.0.0/8", "22"),
        ("52.0.0.0/8", "22"),
    ]


def test_halves_of_different_transports_do_not_add_up() -> None:
    assert found("22", tcp(22, 22, "52.0.0.0/8"), tcp(22, 22, "53.0.0.0/8", protocol="udp")) == []


def test_the_same_half_in_two_permissions_has_to_go_from_both() -> None:
    one, other, half = tcp(22, 22, "52.0.0.0/8"), tcp(20, 30, "52.0.0.0/8"), tcp(22, 22, "53.0.0.0/8")
    assert len(found("22", one, other, half)) == 3


def test_a_range_that_lies_inside_an_offender_of_another_permission_survives() -> None:
    assert found("22", tcp(20, 30, "0.0.0.0/0"), tcp(22, 22, "203.0.113.0/24")) == [("0.0.0.0/0", "22")]


EIGHTS = [f"{first}.0.0.0/8" for first in (*range(13, 125, 2), *range(129, 221, 2))]


def test_the_sources_of_all_permissions_that_admit_a_port_add_up() -> None:
    one, other = tcp(22, 22, *EIGHTS[:2]), tcp(20, 30, *EIGHTS[2:4])
    everything = tcp(None, None, EIGHTS[4], protocol="-1")
    assert found("22,25,1000", one, other) == []
    assert found("22,25,1000", one, other, everything) == [(each, "22") for each in EIGHTS[:5]]


def test_totals_of_different_transports_do_not_add_up() -> None:
    assert found("22", tcp(22, 22, *EIGHTS[:4]), tcp(22, 22, *EIGHTS[4:8], protocol="udp")) == []


@given(st.data())
def test_the_internet_in_pieces_is_found_wherever_they_stand_and_gone_without_its_offenders(
    data: st.DataObject,
) -> None:
    """Pieces in permissions with overlapping port ranges; private sources and an office's source stay."""
    ends = st.tuples(st.integers(20, 24), st.integers(22, 26)).map(sorted)
    where = st.one_of(st.just(("-1", None, None)), ends.map(lambda some: ("tcp", *some)))
    pieces = [
        IpPermission(*data.draw(where), tcp(1, 1, each).sources) for each in EIGHTS[: data.draw(st.integers(0, 12))]
    ]
    harmless = IpPermission("tcp", 22, 22, tcp(1, 1, "8.8.8.8/32", "10.0.0.0/8").sources)
    some, ports = group(*pieces, harmless), ports_from("20-26", "prohibitedPorts")
    crowded = {
        port
        for port in range(20, 27)
        if sum(each.protocol == "-1" or port in range(each.from_port or 0, (each.to_port or 0) + 1) for each in pieces)
        > 4
    }
    exposed = exposures(some, ports, INTERNET)
    assert _numbers(tuple(each for each in exposed if "tcp" in each.opened)) >= crowded
    assert harmless not in {each.door.permission for each in exposed}
    gone = {each.door.permission for each in exposed}
    assert exposures(group(*(each for each in some.ingress if each not in gone)), ports, INTERNET) == ()


def test_groups_and_prefix_lists_are_no_cidrs() -> None:
    others = Source("group", "sg-0aaaaaaaaaaaaaaa1"), Source("prefix_list", "pl-1234abc1234abc123")
    assert found("22", IpPermission("tcp", 22, 22, (*others, ANYONE))) == [("0.0.0.0/0", "22")]


def test_equal_entries_count_once() -> None:
    assert found("22", tcp(22, 22, "0.0.0.0/0", "0.0.0.0/0"), tcp(22, 22, "0.0.0.0/0", "0.0.0.0/0")) == [
        ("0.0.0.0/0", "22")
    ]


def test_a_source_that_is_no_cidr_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        found("22", tcp(443, 443, "0.0.0.0/0"), tcp(22, 22, "anywhere"))
    assert (refused.value.field, refused.value.value) == ("ingress[1]", "anywhere")


PROHIBITED = st.lists(st.sampled_from(PORTS), max_size=4).map(lambda ports: ",".join(map(str, ports)))


@given(security_groups(), PROHIBITED)
def test_ports_as_ranges_agree_with_counting_port_by_port(some: SecurityGroup, prohibited: str) -> None:
    ports = [int(port) for port in prohibited.split(",") if port]
    expected = {
        port for port in ports for transport in ("tcp", "udp") if INTERNET.reached_by(_admitted(some, transport, port))
    }
    assert _numbers(exposures(some, ports_from(prohibited, "prohibitedPorts"), INTERNET)) == expected


@given(security_groups(), security_groups(), PROHIBITED)
def test_adding_permissions_never_hides_an_exposed_port(
    one: SecurityGroup, other: SecurityGroup, prohibited: str
) -> None:
    ports = ports_from(prohibited, "prohibitedPorts")
    both = group(*one.ingress, *other.ingress)
    assert _numbers(exposures(one, ports, INTERNET)) <= _numbers(exposures(both, ports, INTERNET))


def _admitted(some: SecurityGroup, transport: str, port: int) -> list[object]:
    """The simple algorithm: for one port, the networks of every permission that names it."""
    names = {"tcp": ("tcp", "6"), "udp": ("udp", "17")}[transport]
    return [
        network_of(source.value)
        for permission in some.ingress
        if permission.protocol == "-1"
        or (permission.protocol in names and port in range(permission.from_port or 0, (permission.to_port or 0) + 1))
        for source in permission.sources
        if source.kind in ("ipv4", "ipv6")
    ]


def _numbers(some: tuple[Exposure, ...]) -> set[int]:
    ranges: list[PortRange] = [ports for each in some for ports in each.ports]
    return {port for ports in ranges for port in range(ports.first, ports.last + 1)}
