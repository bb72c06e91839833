"""With auto-response on, just what offends is taken away, and everybody is told."""

import pytest

from tests.e2e.account import telling, texts_of
from tests.e2e.chapter_on import Healed
from tests.e2e.planting import LEAKS

pytestmark = pytest.mark.e2e


def test_the_schedule_is_there_again(healed: Healed) -> None:
    [schedule] = healed.schedules
    assert schedule.endswith(" rate(1 minute)")


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_closed_and_its_neighbours_survive(healed: Healed, leak: str) -> None:
    planted = healed.planted.leaks[leak]
    assert healed.facts[planted.resource_id] == planted.fixed


@pytest.mark.parametrize("leak", LEAKS)
def test_aws_config_says_that_it_is_compliant(healed: Healed, leak: str) -> None:
    assert healed.verdicts[healed.planted.leaks[leak].resource_id] == "COMPLIANT"


@pytest.mark.parametrize("leak", LEAKS)
def test_slack_is_told_once_however_often_a_problem_was_queued(healed: Healed, leak: str) -> None:
    resource_id = healed.planted.leaks[leak].resource_id
    assert len(telling(healed.told, "Fixed", resource_id)) == 1
    # AWS Config's change to COMPLIANT is posted only if it arrives before the report of the fix.
    assert len(telling(healed.told, "Compliant again", resource_id)) <= 1


@pytest.mark.parametrize("leak", LEAKS)
def test_all_messages_about_a_leak_are_in_one_thread(healed: Healed, leak: str) -> None:
    resource_id = healed.planted.leaks[leak].resource_id
    about = [texts for texts in (texts_of(thread) for thread in healed.threads) if resource_id in " ".join(texts)]
    told = [text for text in healed.told if f" {resource_id} " in text]
    assert about == [told]
    assert telling(told, "Fixed", resource_id)


def test_the_finding_the_fix_and_the_undo_are_in_one_thread(healed: Healed) -> None:
    resource_id = healed.planted.leaks["group"].resource_id
    assert all(resource_id in text for text in healed.undone)
    assert "Undone" in healed.undone[-1]
    assert telling(healed.undone, "Fixed", resource_id)


def test_what_somebody_fixed_by_hand_in_time_is_reported_as_it_was_found(healed: Healed) -> None:
    by_hand = healed.planted.by_hand
    assert len(telling(healed.told, "Nothing to fix", by_hand.resource_id)) == 1
    assert not telling(healed.told, "Fixed", by_hand.resource_id)
    assert healed.facts[by_hand.resource_id] == by_hand.fixed


def test_no_message_is_left_in_any_queue(healed: Healed) -> None:
    assert set(healed.left.values()) == {0}
