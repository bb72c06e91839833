"""A prefix list is one source with many networks: it is revoked, or stays, as a whole."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from chalicelib.exposure.networks import Internet, network_of
from chalicelib.exposure.ports import ports_from
from chalicelib.resources import IpPermission, PrefixList, SecurityGroup, Source
from chalicelib.rules.security_group.exposure import exposures, prefix_lists_at
from tests.exposure.strategies import PORTS, groups_with_lists

INTERNET = Internet()
SSH = ports_from("22", "prohibitedPorts")


def group(*ingress: IpPermission, **lists: tuple[str, ...] | None) -> SecurityGroup:
    """A group and its lists; `pl_a` is the list pl-a."""
    known = tuple(PrefixList(name.replace("_", "-"), cidrs) for name, cidrs in lists.items())
    return SecurityGroup("111122223333", "eu-west-1", "sg-0123456789abcdef0", "web", ingress, known)


def tcp(port: int, *sources: str) -> IpPermission:
    """Sources by their form: ``pl-a`` is a list, ``::/0`` is IPv6."""
    kinds = (("pl-", "prefix_list"), (":", "ipv6"), ("", "ipv4"))
    return IpPermission(
        "tcp", port, port, tuple(Source(next(k for mark, k in kinds if mark in each), each) for each in sources)
    )


def guilty(some: SecurityGroup) -> dict[str, str]:
    return {each.door.source.value: str(each.stretch) for each in exposures(some, SSH, INTERNET)}


def test_a_list_with_the_internet_in_it_offends() -> None:
    some = group(tcp(22, "pl-a", "pl-b"), pl_a=("203.0.113.0/24", "0.0.0.0/0"), pl_b=("203.0.113.0/24",))
    assert guilty(some) == {"pl-a": "0.0.0.0/0"}


def test_a_list_whose_entries_make_up_the_internet_offends() -> None:
    assert guilty(group(tcp(22, "pl-a"), pl_a=("8000::/1", "::/1"))) == {"pl-a": "::/0"}


def test_a_list_on_a_port_that_is_not_prohibited_is_left_alone() -> None:
    assert guilty(group(tcp(443, "pl-a"), pl_a=("0.0.0.0/0",))) == {}


def test_a_list_and_a_range_that_make_up_a_broad_network_together_both_offend() -> None:
    some = group(tcp(22, "pl-a", "53.0.0.0/8"), pl_a=("52.0.0.0/9", "52.128.0.0/9", "203.0.113.0/24"))
    assert guilty(some) == {"pl-a": "52.0.0.0/7", "53.0.0.0/8": "52.0.0.0/7"}


def test_a_list_is_judged_like_the_network_that_its_entries_make_up() -> None:
    some = group(tcp(22, "pl-a", "52.0.0.0/8", "53.0.0.0/8"), pl_a=("52.0.0.0/9", "52.128.0.0/9"))
    assert guilty(some) == dict.fromkeys(("pl-a", "52.0.0.0/8", "53.0.0.0/8"), "52.0.0.0/7")


def test_two_lists_that_make_up_a_broad_network_together_both_offend_across_permissions() -> None:
    permissions = tcp(22, "pl-a"), IpPermission("-1", None, None, (Source("prefix_list", "pl-b"),))
    assert guilty(group(*permissions, pl_a=("0.0.0.0/1",), pl_b=("128.0.0.0/1",))).keys() == {"pl-a", "pl-b"}
    assert guilty(group(*permissions, pl_a=("52.0.0.0/8",), pl_b=("53.0.0.0/8",))).keys() == {"pl-a", "pl-b"}


def test_a_list_that_offends_by_itself_makes_no_neighbour_an_offender() -> None:
    some = group(tcp(22, "pl-a", "53.0.0.0/8", "203.0.113.0/24"), pl_a=("52.0.0.0/8", "0.0.0.0/0"))
    assert guilty(some).keys() == {"pl-a"}


def test_a_private_entry_of_a_list_completes_no_other_entry() -> None:
    assert guilty(group(tcp(22, "pl-a"), pl_a=("10.0.0.0/8", "11.0.0.0/8"))) == {}
    assert guilty(group(tcp(22, "pl-a", "10.0.0.0/8"), pl_a=("11.0.0.0/8",))) == {}


EIGHTS = [f"{first}.0.0.0/8" for first in range(13, 125, 2)]


def test_a_list_that_admits_too_much_in_total_offends_by_itself() -> None:
    some = group(tcp(22, "pl-a", "8.8.8.8/32", "61.0.0.0/8"), pl_a=tuple(EIGHTS[:5]))
    assert guilty(some) == {"pl-a": "5 networks of /8 in total"}


def test_lists_and_ranges_that_admit_too_much_together_all_offend() -> None:
    some = group(
        tcp(22, "pl-a", EIGHTS[0], "10.0.0.0/8"),
        IpPermission("-1", None, None, (Source("prefix_list", "pl-b"), Source("ipv4", EIGHTS[1]))),
        pl_a=(*EIGHTS[2:4], "10.0.0.0/8"),
        pl_b=(EIGHTS[4],),
    )
    assert guilty(some) == dict.fromkeys((EIGHTS[0], EIGHTS[1], "pl-a", "pl-b"), "5 networks of /8 in total")


def test_a_list_that_lies_inside_an_offender_survives() -> None:
    some = group(tcp(22, "pl-a", "52.0.0.0/8", "53.0.0.0/8"), pl_a=("52.1.0.0/16", "10.0.0.0/8"))
    assert guilty(some).keys() == {"52.0.0.0/8", "53.0.0.0/8"}


def test_two_lists_with_the_same_entries_both_offend_or_both_stay() -> None:
    some = group(tcp(22, "pl-a", "pl-b", "53.0.0.0/8"), pl_a=("52.0.0.0/8",), pl_b=("52.0.0.0/9", "52.128.0.0/9"))
    assert guilty(some).keys() == {"pl-a", "pl-b", "53.0.0.0/8"}


@pytest.mark.parametrize("cidrs", [(), None])
def test_a_list_without_entries_or_that_we_cannot_see_makes_no_offender(cidrs: tuple[str, ...] | None) -> None:
    assert guilty(group(tcp(22, "pl-a", "203.0.113.0/24"), pl_a=cidrs)) == {}


def test_an_entry_that_is_no_cidr_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        guilty(group(tcp(22, "pl-a"), pl_a=("203.0.113.0/24", "anywhere")))
    assert (refused.value.field, refused.value.value) == ("pl-a.entries[1]", "anywhere")


def test_the_lists_that_matter_are_those_on_prohibited_ports() -> None:
    some = group(tcp(443, "pl-a"), tcp(22, "pl-b", "0.0.0.0/0"), IpPermission("icmp", 22, 22, tcp(1, "pl-c").sources))
    assert prefix_lists_at(some, SSH) == ("pl-b",)
    assert prefix_lists_at(some, ()) == ()


PROHIBITED = st.lists(st.sampled_from(PORTS), max_size=3).map(lambda ports: ",".join(map(str, ports)))


@given(groups_with_lists(), PROHIBITED)
def test_a_list_exposes_the_same_ports_as_its_entries_one_by_one(some: SecurityGroup, prohibited: str) -> None:
    ports = ports_from(prohibited, "prohibitedPorts")
    assert _opened(some, ports) == _opened(spelt_out(some), ports)


@given(groups_with_lists(), st.data())
def test_splitting_an_entry_of_a_list_in_two_changes_neither_verdict_nor_offenders(
    some: SecurityGroup, data: st.DataObject
) -> None:
    lists = [
        replace(each, cidrs=tuple(data.draw(split(cidr)) for cidr in each.cidrs or ())) for each in some.prefix_lists
    ]
    flat = tuple(replace(each, cidrs=tuple(cidr for pair in each.cidrs or () for cidr in pair)) for each in lists)
    assert guilty(replace(some, prefix_lists=flat)) == guilty(some)


@given(groups_with_lists(), st.data())
def test_moving_half_of_a_range_to_another_permission_or_list_never_changes_the_verdict(
    some: SecurityGroup, data: st.DataObject
) -> None:
    cidr = data.draw(st.sampled_from(("0.0.0.0/0", "52.0.0.0/7", "52.0.0.0/8", "2600::/31")))
    one, other = data.draw(split(cidr).filter(lambda halves: len(halves) == 2))
    whole = replace(some, ingress=(*some.ingress, tcp(22, cidr)))
    across = replace(some, ingress=(*some.ingress, tcp(22, one), IpPermission("6", 20, 30, tcp(22, other).sources)))
    listed = replace(
        some,
        ingress=(*some.ingress, tcp(22, one, "pl-half")),
        prefix_lists=(*some.prefix_lists, PrefixList("pl-half", (other,))),
    )
    assert _opened(whole, SSH) == _opened(across, SSH) == _opened(listed, SSH)


@given(groups_with_lists(), PROHIBITED)
def test_without_its_offenders_a_group_exposes_nothing(some: SecurityGroup, prohibited: str) -> None:
    ports = ports_from(prohibited, "prohibitedPorts")
    gone = {(each.door.permission, each.door.source) for each in exposures(some, ports, INTERNET)}
    left = tuple(
        replace(each, sources=tuple(source for source in each.sources if (each, source) not in gone))
        for each in some.ingress
    )
    assert exposures(replace(some, ingress=left), ports, INTERNET) == ()


@given(groups_with_lists())
def test_what_offends_without_the_lists_offends_with_them_and_no_private_or_sheltered_list_ever_does(
    some: SecurityGroup,
) -> None:
    alone = guilty(replace(some, prefix_lists=()))
    together = guilty(some)
    assert alone.keys() <= together.keys()
    private = {"10.0.0.0/8", "10.1.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fd00::/8"}
    assert not [each for each in some.prefix_lists if each.prefix_list_id in together and {*each.cidrs} <= private]


def spelt_out(some: SecurityGroup) -> SecurityGroup:
    """The group with its lists replaced by their entries."""
    cidrs = {each.prefix_list_id: each.cidrs or () for each in some.prefix_lists}
    return replace(
        some,
        ingress=tuple(
            replace(each, sources=tuple(one for source in each.sources for one in _entries(source, cidrs)))
            for each in some.ingress
        ),
    )


def split(cidr: str) -> st.SearchStrategy[tuple[str, ...]]:
    """The network, or its halves; a partly private network stays whole, because its private half would not count."""
    network = network_of(cidr)
    parts = list(network.subnets()) if network.prefixlen < network.max_prefixlen else [network]
    halves = [cidr] if len({INTERNET.is_private(part) for part in parts}) > 1 else [str(part) for part in parts]
    return st.sampled_from(((cidr,), tuple(halves), tuple(reversed(halves))))


def _entries(source: Source, lists: dict[str, tuple[str, ...]]) -> tuple[Source, ...]:
    if source.kind != "prefix_list":
        return (source,)
    return tuple(Source("ipv6" if ":" in cidr else "ipv4", cidr) for cidr in lists.get(source.value, ()))


def _opened(some: SecurityGroup, ports: tuple[object, ...]) -> set[tuple[str, object]]:
    found = exposures(some, ports, INTERNET)  # type: ignore[arg-type]
    return {(name, port) for each in found for name, some_ports in each.opened.items() for port in _each(some_ports)}


def _each(ranges: tuple[object, ...]) -> list[int]:
    return [port for each in ranges for port in range(each.first, each.last + 1)]  # type: ignore[attr-defined]
