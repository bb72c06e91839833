from ipaddress import collapse_addresses, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.exposure.networks import (
    RFC_1918,
    SPECIAL_PURPOSE,
    Internet,
    IpNetwork,
    Total,
    merged,
    network_of,
)
from tests.exposure.strategies import coarse_networks, networks

INTERNET = Internet()


def cidrs(*texts: str) -> list[IpNetwork]:
    return [network_of(text) for text in texts]


def offending(*texts: str) -> dict[str, str]:
    return {str(network): str(stretch) for network, stretch in guilty(cidrs(*texts)).items()}


def guilty(networks: list[IpNetwork]) -> dict[IpNetwork, IpNetwork]:
    """The offenders if each network is a unit of its own."""
    found = INTERNET.offenders({(network,): INTERNET.public((network,)) for network in networks})
    return {network: stretch for (network,), stretch in found.items()}


@pytest.mark.parametrize(
    "cidr", ["0.0.0.0/0", "10.0.0.0/0", "0.0.0.0/1", "52.0.0.0/7", "10.0.0.0/7", "::/0", "2000::/3"]
)
def test_a_network_broader_than_the_line_is_the_internet(cidr: str) -> None:
    assert INTERNET.includes(network_of(cidr))


@pytest.mark.parametrize("cidr", ["52.0.0.0/8", "8.8.8.8", "8.8.8.8/32", "2600:1f00::/32", "2001:DB8::1"])
def test_a_network_on_the_line_or_narrower_is_not(cidr: str) -> None:
    assert not INTERNET.includes(network_of(cidr))


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fd00::/8"])
def test_a_private_network_is_never_the_internet(cidr: str) -> None:
    assert not INTERNET.includes(network_of(cidr))


def test_the_lines_are_settings() -> None:
    strict = Internet(ipv4_prefix=16, ipv6_prefix=48)
    assert strict.includes(network_of("52.0.0.0/15"))
    assert not strict.includes(network_of("52.0.0.0/16"))
    assert strict.includes(network_of("2600:1f00::/47"))


def test_what_is_private_is_a_setting() -> None:
    assert Internet(private=RFC_1918).includes(network_of("fc00::/7"))


@given(st.lists(networks()))
def test_merging_agrees_with_pythons_own(some: list[IpNetwork]) -> None:
    families = ([each for each in some if each.version == version] for version in (4, 6))
    assert merged(some) == tuple(network for each in families for network in collapse_addresses(each))


def test_two_halves_merge_and_what_lies_inside_another_goes() -> None:
    assert merged(cidrs("128.0.0.0/1", "::/1", "0.0.0.0/1", "8000::/1", "203.0.113.0/24")) == tuple(
        cidrs("0.0.0.0/0", "::/0")
    )


def test_a_narrow_network_inside_an_offender_is_no_offender() -> None:
    assert offending("0.0.0.0/0", "203.0.113.0/24", "10.0.0.0/8") == {"0.0.0.0/0": "0.0.0.0/0"}


def test_neighbours_that_make_up_a_broad_network_all_offend() -> None:
    assert offending("53.0.0.0/8", "52.0.0.0/9", "52.128.0.0/9") == {
        "53.0.0.0/8": "52.0.0.0/7",
        "52.0.0.0/9": "52.0.0.0/7",
        "52.128.0.0/9": "52.0.0.0/7",
    }


def test_a_narrow_network_inside_one_of_the_neighbours_is_no_offender() -> None:
    assert offending("52.0.0.0/8", "53.0.0.0/8", "52.1.0.0/16").keys() == {"52.0.0.0/8", "53.0.0.0/8"}


def test_a_neighbour_beyond_the_broad_network_is_no_offender() -> None:
    assert offending("52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8").keys() == {"52.0.0.0/8", "53.0.0.0/8"}


def test_adjacent_networks_that_are_no_halves_of_one_stay_two_networks() -> None:
    assert offending("53.0.0.0/8", "54.0.0.0/8") == {}


@pytest.mark.parametrize(
    ("private", "public"),
    [
        ("10.0.0.0/8", "11.0.0.0/8"),
        ("0.0.0.0/8", "1.0.0.0/8"),
        ("127.0.0.0/8", "126.0.0.0/8"),
        ("2001:db8::/32", "2001:db9::/32"),
    ],
)
def test_a_private_or_special_purpose_half_completes_no_network(private: str, public: str) -> None:
    assert offending(private, public) == {}


@pytest.mark.parametrize("cidr", ["10.0.0.0/7", "126.0.0.0/7", "192.0.0.0/3", "8000::/1", "::/3"])
def test_a_literal_network_that_is_public_in_part_is_the_internet(cidr: str) -> None:
    assert offending(cidr) == {cidr: cidr}


@pytest.mark.parametrize(
    "cidr",
    [
        *("224.0.0.0/4", "240.0.0.0/4", "224.0.0.0/3", "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10"),
        *("fe80::/10", "fec0::/10", "fe80::/9", "ff00::/8", "::1/128", "::ffff:0:0/96", "2001:db8::/32", "3fff::/20"),
        *("5f00::/16", "100::/64", "2001:10::/28", "255.255.255.255"),
    ],
)
def test_nobody_comes_from_a_special_purpose_network(cidr: str) -> None:
    assert INTERNET.is_private(network_of(cidr))
    assert offending(cidr) == {}


@pytest.mark.parametrize("cidr", ["2002::/16", "2001::/23", "64:ff9b::/96", "1.0.0.0/8", "4000::/2"])
def test_a_network_from_which_packets_may_come_is_not_special_purpose(cidr: str) -> None:
    assert not INTERNET.is_private(network_of(cidr))


def eights(count: int) -> list[str]:
    """A number of /8 that never merge."""
    return [f"{first}.0.0.0/8" for first in (*range(13, 126, 2), *range(129, 223, 2))][:count]


def test_four_networks_of_8_are_named_networks_and_five_are_the_internet() -> None:
    assert offending(*eights(4)) == {}
    assert offending(*eights(5)) == dict.fromkeys(eights(5), "5 networks of /8 in total")


def test_a_single_address_more_than_the_line_is_the_internet() -> None:
    assert offending(*eights(4), "9.9.9.9").keys() == {*eights(4)}
    assert not INTERNET.reached_by(cidrs(*eights(4), "10.0.0.0/8", "224.0.0.0/4", "13.1.0.0/16"))
    assert INTERNET.reached_by(cidrs(*eights(4), "9.9.9.9"))


def test_sixteen_networks_of_32_are_named_networks_and_seventeen_are_the_internet() -> None:
    some = [f"2a{number:02x}:1::/32" for number in range(17)]
    assert offending(*some[:16]) == {}
    assert offending(*some) == dict.fromkeys(some, "17 networks of /32 in total")


def test_the_published_ranges_of_a_content_network_are_no_internet() -> None:
    some = ["2400:cb00", "2606:4700", "2803:f800", "2405:b500", "2405:8100", "2c0f:f248"]
    assert offending(*(f"{each}::/32" for each in some)) == {}


def pieces(depth: int) -> list[str]:
    """Of 94 networks of /7 a /8 each; of the other /8 a /9, of its other half a /10, and so on: no two merge."""
    starts = [first << 24 for first in (*range(14, 124, 2), *range(130, 220, 2))]
    first = [f"{ip_address(start)}/8" for start in starts]
    rest = [
        f"{ip_address(start + (1 << 24) + sum(1 << (32 - each) for each in range(9, length)))}/{length}"
        for start in starts
        for length in range(9, 8 + depth)
    ]
    return first + rest


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_most_of_the_internet_in_pieces_that_never_merge_is_the_internet(depth: int) -> None:
    some = pieces(depth)
    assert max(len(some), 1) == len(merged(cidrs(*some)))
    assert offending(*some).keys() == set(some)


def test_the_small_networks_beside_too_many_large_ones_are_no_offenders() -> None:
    small = ["8.8.8.8/32", "9.9.9.0/24", "12.34.0.0/16", "10.0.0.0/8", "203.0.113.0/24"]
    assert offending(*eights(60), *small).keys() == {*eights(60)}


def test_small_networks_are_offenders_where_there_are_more_than_a_group_may_have() -> None:
    some = [f"{first}.{second}.0.0/16" for first in range(13, 27, 2) for second in range(0, 256, 1) if second % 2 == 0]
    many = [*some, *(f"{first}.{second}.0.0/17" for first in range(28, 60, 2) for second in range(0, 256, 2))]
    assert offending(*many).keys() == set(many)


def test_a_large_network_inside_an_offender_is_no_offender_unless_what_is_left_is_too_much() -> None:
    assert offending(*eights(5), "13.0.0.0/9").keys() == {*eights(5)}
    inner = [each.replace("/8", "/9") for each in eights(20)]
    assert offending(*eights(20), *inner).keys() == {*eights(20), *inner}


def test_ipv4_and_ipv6_are_counted_separately() -> None:
    assert offending(*eights(4), *(f"2a{number:02x}::/32" for number in range(16))) == {}


def test_the_total_is_a_setting_and_never_less_than_a_named_network() -> None:
    assert Internet(ipv4_total_prefix=5).reached_by(cidrs(*eights(8))) == ()
    assert Internet(ipv4_total_prefix=7).reached_by(cidrs(*eights(3))) != ()
    assert Internet(ipv4_prefix=4).reached_by(cidrs("64.0.0.0/4")) == ()
    assert Internet(ipv4_prefix=4).reached_by(cidrs("64.0.0.0/4", "9.9.9.9")) != ()
    assert Internet(ipv4_total_prefix=0).reached_by(cidrs(*eights(100))) == ()


def test_halves_hidden_below_an_offender_offend_as_well() -> None:
    halves = ("52.0.0.0/8", "53.0.0.0/8")
    quarters = ("52.0.0.0/9", "52.128.0.0/9", "53.0.0.0/9", "53.128.0.0/9")
    assert offending(*halves, *quarters).keys() == {*halves, *quarters}


def test_ipv4_and_ipv6_are_evaluated_separately() -> None:
    assert offending("::/0", "0.0.0.0/1") == {"::/0": "::/0", "0.0.0.0/1": "0.0.0.0/1"}


@given(st.lists(networks()))
def test_without_its_offenders_no_set_of_networks_is_the_internet(some: list[IpNetwork]) -> None:
    found = guilty(some)
    assert not INTERNET.reached_by(network for network in some if network not in found)


@given(st.lists(networks()))
def test_a_set_has_offenders_exactly_where_its_merged_networks_reach_the_internet(some: list[IpNetwork]) -> None:
    assert bool(guilty(some)) == bool(INTERNET.reached_by(some))


@given(st.lists(networks()), st.randoms(use_true_random=False))
def test_the_order_of_networks_never_matters(some: list[IpNetwork], random: object) -> None:
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert guilty(shuffled) == guilty(some)


@given(st.lists(networks(), min_size=1))
def test_splitting_a_network_in_two_changes_the_verdict_only_where_a_half_is_private(some: list[IpNetwork]) -> None:
    first, *rest = some
    halves = list(first.subnets()) if first.prefixlen < first.max_prefixlen else [first]
    if INTERNET.is_private(first) or not any(map(INTERNET.is_private, halves)):
        assert INTERNET.reached_by([*halves, *rest]) == INTERNET.reached_by(some)


@given(st.lists(coarse_networks(), max_size=40))
def test_the_verdict_is_that_of_counting_every_twelfth_of_the_address_space(some: list[IpNetwork]) -> None:
    assert bool(INTERNET.reached_by(some)) == plainly_reached(some)


@given(st.lists(coarse_networks(), max_size=60), st.integers(0, 1024))
def test_offenders_are_public_and_what_is_left_without_them_is_not_the_internet(
    some: list[IpNetwork], crumbs: int
) -> None:
    office = [network_of(f"9.{number // 4}.{number % 4}.0/24") for number in range(crumbs)]
    found = guilty([*some, *office])
    assert not any(map(INTERNET.is_private, found))
    assert not plainly_reached([network for network in some if network not in found])
    assert not found.keys() & {*office} or {*office} & {*some}


CELL = 20
"""Bits of a /12: no network of `coarse_networks` is narrower."""


def plainly_reached(some: list[IpNetwork]) -> bool:
    """The simple algorithm: mark each /12 that a network covers, find whole /7, and count the public addresses."""
    cells: set[int] = set()
    for network in some:
        if not any(network.subnet_of(block) for block in PRIVATE):  # type: ignore[arg-type]
            first = int(network.network_address) >> CELL
            cells |= set(range(first, first + max(1, network.num_addresses >> CELL)))
    whole = any(all(cell in cells for cell in range(start, start + 32)) for start in range(0, 4096, 32))
    kept = sum(1 for cell in cells if not any(_is_cell_of(cell, block) for block in WIDE))
    narrow = sum(block.num_addresses for block in NARROW if int(block.network_address) >> CELL in cells)
    return whole or (kept << CELL) - narrow > 4 << 24


def _is_cell_of(cell: int, block: IpNetwork) -> bool:
    return int(block.network_address) >> CELL <= cell <= int(block.broadcast_address) >> CELL


PRIVATE = [block for block in (*RFC_1918, *SPECIAL_PURPOSE, network_of("224.0.0.0/3")) if block.version == 4]
WIDE = [block for block in PRIVATE if block.prefixlen <= 12]
NARROW = [block for block in PRIVATE if block.prefixlen > 12]


@given(st.lists(networks()))
def test_every_offender_is_public_and_lies_in_a_stretch_of_the_internet(some: list[IpNetwork]) -> None:
    for network, stretch in guilty(some).items():
        if isinstance(stretch, Total):
            assert stretch.addresses > INTERNET.most(network.version)
        else:
            assert INTERNET.includes(stretch)
            assert network.subnet_of(stretch)  # type: ignore[arg-type]
        assert not any(network.version == 4 and network.subnet_of(block) for block in RFC_1918)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "everywhere", "0.0.0.0/33", "*", "300.1.1.1", "pl-123"])
def test_what_is_no_cidr_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        network_of(text)


def test_host_bits_are_ignored() -> None:
    assert network_of("203.0.113.7/24") == ip_network("203.0.113.0/24")
