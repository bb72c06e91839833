"""The costs are added up right, and the pages that quote them say what comes out."""

import pytest

from bench.cost_page import page
from bench.costs import PRICES, cost, monthly
from bench.environment import PROJECT
from bench.usage import LARGE, SMALL, Stage, usage

STAGE = Stage.read()


def test_each_tier_is_paid_at_its_own_price() -> None:
    price = PRICES["evaluations"]
    assert price.cost(100_000, with_free_tier=False) == pytest.approx(100)
    assert price.cost(600_000, with_free_tier=False) == pytest.approx(100 + 400_000 * 0.0008 + 100_000 * 0.0005)


def test_what_is_free_is_not_paid_and_pays_for_nothing_else() -> None:
    price = PRICES["alarms"]
    assert price.cost(14, with_free_tier=True) == pytest.approx(0.4)
    assert price.cost(3, with_free_tier=True) == 0


def test_every_quantity_has_its_price() -> None:
    assert usage(SMALL, STAGE, auto_response=True).keys() == PRICES.keys()


def test_a_large_accounts_evaluations_are_those_of_its_changes_and_of_awss_own_rules() -> None:
    assert usage(LARGE, STAGE, auto_response=False)["evaluations"] == 30_000 + 30 * 4


def test_auto_response_costs_what_its_coordinator_costs() -> None:
    off, on = (usage(SMALL, STAGE, auto_response=is_on) for is_on in (False, True))
    gb_seconds = 30 * 24 * 60 * (STAGE.poll_seconds + 1) * STAGE.memory["coordinator"] / 1024
    assert cost("gb_seconds", on) - cost("gb_seconds", off) == pytest.approx(gb_seconds * 0.0000133334, rel=0.01)
    assert monthly(off) < monthly(on)


def test_a_coordinator_that_does_not_poll_is_cheap() -> None:
    polling, not_polling = (usage(SMALL, STAGE.polling(seconds), auto_response=True) for seconds in (50, 0))
    assert cost("gb_seconds", not_polling) < cost("gb_seconds", polling) / 20


def test_the_page_of_costs_is_up_to_date() -> None:
    written = (PROJECT / "docs" / "COSTS.md").read_text()
    assert written == page(), "run: python -m bench.cost_page > docs/COSTS.md"
