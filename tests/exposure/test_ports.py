from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from chalicelib.exposure.ports import PortRange, merged, ports_from

RANGES = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda ends: PortRange(*sorted(ends)))


def test_ports_and_ranges_are_read_lowest_first() -> None:
    assert ports_from("3389, 22 ,6000-6063", "prohibitedPorts") == (
        PortRange(22, 22),
        PortRange(3389, 3389),
        PortRange(6000, 6063),
    )


def test_overlapping_and_adjacent_ranges_become_one() -> None:
    assert ports_from("20-22,21-25,26", "prohibitedPorts") == (PortRange(20, 26),)


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_text_holds_no_port(text: str) -> None:
    assert ports_from(text, "prohibitedPorts") == ()


@pytest.mark.parametrize(
    "text", ["ssh", "22,", "22,,23", "-1", "65536", "30-20", "1-2-3", "22;23", "٢٢", "22.0", "0x16"]
)
def test_what_is_no_port_is_refused_by_name_and_value(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        ports_from(text, "prohibitedPorts")
    assert (refused.value.field, refused.value.value) == ("prohibitedPorts", text)


def test_a_number_instead_of_a_text_is_refused() -> None:
    with pytest.raises(BadInput):
        ports_from(22, "prohibitedPorts")  # type: ignore[arg-type]


def test_a_range_of_one_port_reads_as_that_port() -> None:
    assert [str(PortRange(22, 22)), str(PortRange(6000, 6063))] == ["22", "6000-6063"]


@given(st.lists(RANGES))
def test_merging_keeps_the_ports_in_ranges_that_do_not_touch(ranges: list[PortRange]) -> None:
    found = merged(ranges)
    assert {port for each in found for port in range(each.first, each.last + 1)} == {
        port for each in ranges for port in range(each.first, each.last + 1)
    }
    assert all(left.last + 1 < right.first for left, right in pairwise(found))
