from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.exposure.networks import RFC_1918, Internet, IpNetwork, merged, network_of, offenders
from tests.exposure.strategies import networks

INTERNET = Internet()


def cidrs(*texts: str) -> list[IpNetwork]:
    return [network_of(text) for text in texts]


def offending(*texts: str) -> dict[str, str]:
    return {str(network): str(stretch) for network, stretch in guilty(cidrs(*texts)).items()}


def guilty(networks: list[IpNetwork]) -> dict[IpNetwork, IpNetwork]:
    """The offenders where each network stands for itself."""
    found = offenders(((network,) for network in networks), INTERNET)
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


def test_a_private_half_is_no_offender_its_public_half_is() -> None:
    assert offending("10.0.0.0/8", "11.0.0.0/8") == {"11.0.0.0/8": "10.0.0.0/7"}


def test_halves_hidden_below_an_offender_offend_as_well() -> None:
    halves = ("52.0.0.0/8", "53.0.0.0/8")
    quarters = ("52.0.0.0/9", "52.128.0.0/9", "53.0.0.0/9", "53.128.0.0/9")
    assert offending(*halves, *quarters).keys() == {*halves, *quarters}


def test_ipv4_and_ipv6_are_judged_apart() -> None:
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
def test_splitting_a_network_in_two_never_changes_the_verdict(some: list[IpNetwork]) -> None:
    first, *rest = some
    halves = list(first.subnets()) if first.prefixlen < first.max_prefixlen else [first]
    assert INTERNET.reached_by([*halves, *rest]) == INTERNET.reached_by(some)


@given(st.lists(networks()))
def test_every_offender_is_public_and_lies_in_a_stretch_of_the_internet(some: list[IpNetwork]) -> None:
    for network, stretch in guilty(some).items():
        assert INTERNET.includes(stretch)
        assert network.subnet_of(stretch)  # type: ignore[arg-type]
        assert not any(network.version == 4 and network.subnet_of(block) for block in RFC_1918)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "everywhere", "0.0.0.0/33", "*", "300.1.1.1", "pl-123"])
def test_what_is_no_cidr_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        network_of(text)


def test_host_bits_are_ignored() -> None:
    assert network_of("203.0.113.7/24") == ip_network("203.0.113.0/24")
