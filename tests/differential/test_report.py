"""The page about the comparison has the current results."""

import pytest

from tests.differential.families import FAMILIES
from tests.differential.quirks import Quirk
from tests.differential.report import differing, tally
from tests.differential.trial import Trial
from tests.source import PROJECT

pytestmark = pytest.mark.e2e

PAGE = (PROJECT / "docs" / "DIFFERENTIAL.md").read_text()


def test_the_page_has_the_numbers_of_every_family_and_their_sum(trial: Trial) -> None:
    tallies = {family: tally(trial.of(family)) for family in FAMILIES}
    first, *others = tallies.values()
    rows = [numbers.row(name) for name, numbers in (*tallies.items(), ("all", sum(others, first)))]
    _demand(rows)


def test_every_known_difference_is_met_and_stands_on_the_page(trial: Trial) -> None:
    found = differing(look for family in FAMILIES for _, look in trial.of(family).looks)
    counts = {quirk: sum(number for quirks, number in found.items() if quirk in quirks) for quirk in Quirk}
    assert all(counts.values()), counts
    _demand([quirk.value.row(counts[quirk]) for quirk in Quirk])


def _demand(rows: list[str]) -> None:
    missing = [row for row in rows if row not in PAGE]
    assert not missing, "\n".join(["the page lacks:", *missing])
