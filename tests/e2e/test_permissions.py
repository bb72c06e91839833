"""Each function may do all that it does, and does all that it may: no action of a policy can be left out."""

from pathlib import Path

import pytest

from tests.e2e import permissions
from tests.e2e.chapter_end import OffAgain
from tests.infrastructure.declarations import FUNCTIONS


@pytest.mark.e2e
def test_iam_refused_nothing_in_the_whole_story(off_again: OffAgain) -> None:
    assert [call for call in off_again.calls if not call.allowed] == []


@pytest.mark.e2e
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_ran_and_iam_decided_on_what_it_asked_for(off_again: OffAgain, function: str) -> None:
    seen = permissions.uses(off_again.calls)
    assert {use.action.split(":")[0] for use in seen if use.function == function} > {"logs"}


@pytest.mark.e2e
@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_story_needs_every_action_of_a_policy(off_again: OffAgain, function: str) -> None:
    assert permissions.superfluous(function, permissions.uses(off_again.calls)) == []


@pytest.mark.e2e
def test_the_record_of_calls_is_up_to_date(off_again: OffAgain, tmp_path: Path) -> None:
    seen = permissions.uses(off_again.calls)
    now = tmp_path / "calls.json"
    now.write_text(permissions.as_record(seen))
    assert permissions.recorded() == seen, f"look at the difference, then: cp {now} {permissions.RECORD}"


def test_every_call_on_record_is_allowed() -> None:
    assert permissions.forbidden(permissions.recorded()) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_action_of_a_policy_is_needed_by_a_call_on_record(function: str) -> None:
    assert permissions.superfluous(function, permissions.recorded()) == []
