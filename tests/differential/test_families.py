"""The states are many, and have different names."""

import pytest

from tests.differential.families import FAMILIES, states


@pytest.mark.parametrize("family", FAMILIES)
def test_no_two_states_of_a_family_have_the_same_name(family: str) -> None:
    names = [state.name for state in states(family)]
    assert len(names) > 50
    assert len(set(names)) == len(names)
