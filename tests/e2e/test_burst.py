"""However much is found at once, no more is changed in an hour than the stage's limit; the rest waits, unharmed."""

import pytest

from tests.e2e.chapter_burst import BUCKETS, GROUPS, LIMIT, Burst

pytestmark = pytest.mark.e2e


def test_as_much_is_changed_as_may_be_and_no_more(burst: Burst) -> None:
    assert burst.changes_at_first == LIMIT
    assert len(burst.closed_at_first) == LIMIT


def test_the_rest_waits_with_its_receives_intact(burst: Burst) -> None:
    rest = {leak.resource_id for leak in burst.opened} - burst.closed_at_first
    assert len(rest) == GROUPS + BUCKETS - LIMIT
    assert rest <= set(burst.waiting)
    assert {count for resource_id in rest for count in burst.waiting[resource_id]} == {1}, "received by our look alone"


def test_people_are_told_of_the_limit_once(burst: Burst) -> None:
    assert len(burst.notices) == 1


def test_once_somebody_lets_it_go_on_the_rest_is_fixed_each_once(burst: Burst) -> None:
    assert burst.facts == {leak.resource_id: leak.fixed for leak in burst.opened}
    assert burst.changes == GROUPS + BUCKETS
