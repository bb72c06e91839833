"""What a rule's mode leaves to people is changed once they let it be, and not before."""

from datetime import datetime, timedelta

import pytest

from tests.e2e.account import telling
from tests.e2e.chapter_end import OffAgain
from tests.e2e.chapter_modes import BUCKETS, Modes
from tests.e2e.deciding import DECIDER, STATEMENTS
from tests.e2e.permissions import grants_of, needless, uses_by

pytestmark = pytest.mark.e2e


def test_what_needs_approval_or_has_a_grace_waits_untouched(modes: Modes) -> None:
    assert modes.facts_held == {leak.resource_id: leak.leaking for leak in modes.all}
    assert {modes.held[leak.resource_id]["state"] for leak in modes.buckets.values()} == {"approval"}
    assert modes.held[modes.group.resource_id]["state"] == "grace"


@pytest.mark.parametrize("bucket", BUCKETS)
def test_people_are_asked_once_however_often_it_is_found(modes: Modes, bucket: str) -> None:
    assert len(telling(modes.told, "Waiting for approval", modes.buckets[bucket].resource_id)) == 1


def test_what_is_approved_is_fixed(modes: Modes) -> None:
    bucket = modes.buckets["approved"]
    assert modes.facts[bucket.resource_id] == bucket.fixed
    assert len(telling(modes.told, "Approved", bucket.resource_id)) == 1
    assert len(telling(modes.told, "Fixed", bucket.resource_id)) == 1


@pytest.mark.parametrize(("bucket", "verdict"), [("dropped", "NON_COMPLIANT"), ("exempted", "COMPLIANT")])
def test_what_is_rejected_stays_exempt_or_not(modes: Modes, bucket: str, verdict: str) -> None:
    leak = modes.buckets[bucket]
    assert modes.facts[leak.resource_id] == leak.leaking
    assert modes.verdicts[leak.resource_id] == verdict
    assert len(telling(modes.told, "Rejected", leak.resource_id)) == 1
    assert not telling(modes.told, "Fixed", leak.resource_id)


def test_what_is_dropped_is_listed_with_who_and_why_and_what_is_exempt_is_among_the_exemptions(modes: Modes) -> None:
    dropped = modes.left[modes.buckets["dropped"].resource_id]
    assert (dropped["state"], dropped["reason"]) == ("rejected", "OPS-10")
    assert dropped["who"].endswith(f":user/{DECIDER}")
    assert modes.buckets["exempted"].resource_id not in modes.left


def test_only_what_is_to_be_exempt_is_exempted(modes: Modes) -> None:
    rejected = {name: telling(modes.told, "Rejected", leak.resource_id) for name, leak in modes.buckets.items()}
    told = {name for name, texts in rejected.items() if "exempt until" in " ".join(texts)}
    assert not [leak for leak in modes.buckets.values() if telling(modes.told, "Exempted", leak.resource_id)]
    assert told == {"exempted"}


def test_a_forged_work_order_changes_nothing_and_what_it_is_about_still_waits(modes: Modes) -> None:
    bucket = modes.buckets["forged"]
    assert modes.facts[bucket.resource_id] == bucket.leaking
    assert modes.left[bucket.resource_id]["state"] == "approval"
    assert not telling(modes.told, "Fixed", bucket.resource_id)


def test_a_fix_is_announced_a_minute_ahead_and_comes_no_sooner(modes: Modes) -> None:
    hold = modes.held[modes.group.resource_id]
    due = datetime.fromisoformat(hold["dueAt"])
    assert due - datetime.fromisoformat(hold["since"]) == timedelta(minutes=1)
    assert datetime.fromisoformat(modes.changed_at) >= due
    assert modes.facts[modes.group.resource_id] == modes.group.fixed
    assert len(telling(modes.told, "Fix announced", modes.group.resource_id)) == 1
    assert len(telling(modes.told, "Fixed", modes.group.resource_id)) == 1


def test_to_decide_takes_no_fewer_permissions_than_the_story_gives(off_again: OffAgain) -> None:
    assert needless(grants_of(STATEMENTS), uses_by(DECIDER, off_again.calls)) == []
