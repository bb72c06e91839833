"""The parts that a hold covers and consents to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.approvals.holds import MOST_HOLDS, Hold, State, consented, covered, held, new_hold, waiting
from chalicelib.errors import MustWait
from chalicelib.findings import Violation
from chalicelib.modes import Handling, Mode
from tests.flows.fakes import finding

NOW = datetime(2026, 1, 1, tzinfo=UTC)
APPROVE, GRACE = Handling(Mode.APPROVE), Handling(grace=timedelta(minutes=30))
WORLD, SIX = (Violation("EC2_SG_PROHIBITED_PORT", {"fromPort": 22, "cidrs": [cidr]}) for cidr in ("0.0.0.0/0", "::/0"))
BOTH = finding(violations=(WORLD, SIX))


def released(handling: Handling = APPROVE) -> Hold:
    return held(BOTH, handling, NOW).decided(State.RELEASED, BOTH, "ann", "", NOW)


def test_what_is_closed_needs_another_approval_and_the_rest_does_not() -> None:
    hold = released().used([WORLD], NOW, is_all=False)
    assert hold
    assert consented([hold], BOTH, APPROVE, NOW) == covered([SIX])


@pytest.mark.parametrize(("closed", "is_all"), [((WORLD, SIX), False), ((WORLD,), True), ((), True)])
def test_once_nothing_is_left_it_is_done(closed: tuple[Violation, ...], is_all: bool) -> None:
    hold = released().used(closed, NOW, is_all=is_all)
    assert hold
    assert (hold.state, hold.covers) == (State.DONE, ())


def test_a_hold_that_waits_again_is_not_used_up_by_an_earlier_fix() -> None:
    assert held(BOTH, APPROVE, NOW).used([WORLD], NOW, is_all=True) is None


DECIDED = [State.APPROVED, State.RELEASED, State.REJECTED]


@pytest.mark.parametrize("state", DECIDED)
@pytest.mark.parametrize("handling", [APPROVE, GRACE])
def test_a_violation_found_after_a_decision_waits_in_a_separate_hold(state: State, handling: Handling) -> None:
    one = held(finding(violations=(WORLD,)), handling, NOW)
    decided = one.decided(state, one.finding, "ann", "", NOW)
    new = new_hold([decided], BOTH, handling, NOW)
    assert new
    assert (new.hold_id, new.covers) == (f"{decided.hold_id}-2", tuple(covered([SIX])))
    assert new_hold([decided, replace(new, is_told=True)], BOTH, handling, NOW) is None


def test_a_new_violation_restarts_no_grace_period_and_has_its_own() -> None:
    first = replace(held(finding(violations=(WORLD,)), GRACE, NOW), is_told=True)
    later = NOW + timedelta(minutes=29)
    new = new_hold([first], BOTH, GRACE, later)
    assert new
    assert (first.due_at, new.due_at) == ("2026-01-01T00:30:00Z", "2026-01-01T00:59:00Z")
    assert first.is_due(NOW + timedelta(minutes=30))


def test_a_message_that_names_less_waits_in_the_same_hold_and_one_that_names_more_does_not() -> None:
    hold = replace(held(finding(violations=(WORLD,)), APPROVE, NOW), is_told=True)
    assert waiting([hold], hold.finding, APPROVE, NOW) == (hold,)
    assert waiting([hold], BOTH, APPROVE, NOW) == ()


def test_so_many_holds_and_no_decision_makes_room_for_another() -> None:
    many = [Violation("EC2_SG_PROHIBITED_PORT", {"fromPort": n, "cidrs": ["::/0"]}) for n in range(MOST_HOLDS + 1)]
    known: list[Hold] = []
    for violation in many[:-1]:
        new = new_hold(known, finding(violations=(violation,)), APPROVE, NOW)
        assert new
        known.append(new.decided(State.REJECTED, new.finding, "ann", "", NOW))
    assert [hold.number for hold in known] == list(range(1, MOST_HOLDS + 1))
    with pytest.raises(MustWait):
        new_hold(known, finding(violations=tuple(many)), APPROVE, NOW)
    known[3] = replace(held(finding(violations=(many[3],)), APPROVE, NOW), number=4, is_told=True)
    new = new_hold(known, finding(violations=tuple(many)), APPROVE, NOW)
    assert new
    assert (new.number, set(new.covers)) == (4, covered([many[3], many[-1]]))


def test_a_grace_period_ends_only_if_people_were_notified() -> None:
    hold, then = held(BOTH, GRACE, NOW), NOW + timedelta(minutes=30)
    assert not hold.is_due(then)
    assert replace(hold, is_told=True).is_due(then)
    assert not replace(hold, is_told=True).is_due(then - timedelta(seconds=1))
