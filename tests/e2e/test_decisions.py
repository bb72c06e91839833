"""What people decide counts: a pause, an exemption, and how much may be changed in an hour."""

import pytest

from tests.e2e.account import telling
from tests.e2e.chapter_decisions import Decisions

pytestmark = pytest.mark.e2e


def test_what_was_forwarded_before_a_pause_waits_again_and_is_not_touched(decisions: Decisions) -> None:
    assert {leak.resource_id for leak in decisions.exempt} <= decisions.waiting
    assert decisions.facts_paused == {leak.resource_id: leak.leaking for leak in decisions.exempt}


def test_what_is_exempt_is_compliant_and_is_not_touched_after_the_pause(decisions: Decisions) -> None:
    assert set(decisions.verdicts.values()) == {"COMPLIANT"}
    assert decisions.facts == {leak.resource_id: leak.leaking for leak in decisions.exempt}


def test_people_are_told_of_exemptions_and_of_their_end(decisions: Decisions) -> None:
    for leak in decisions.exempt:
        assert telling(decisions.told, "Exempted", leak.resource_id)
        assert len(telling(decisions.told, "Exemption ends soon", leak.resource_id)) == 1
        assert not telling(decisions.told, "Fixed", leak.resource_id)


def test_people_are_told_of_the_pause_and_of_its_end(decisions: Decisions) -> None:
    assert len([text for text in decisions.told if " Paused: " in text]) == 1
    assert len([text for text in decisions.told if " Resumed: " in text]) == 1


def test_beyond_its_share_of_the_hours_changes_a_resource_waits(decisions: Decisions) -> None:
    assert decisions.facts_limited == decisions.limited.leaking
    assert decisions.left > 0
    assert len([text for text in decisions.told if " Limit reached: " in text]) == 1
