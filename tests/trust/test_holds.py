"""What a hold lets go on, and what it does not any more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.messages import Violation
from chalicelib.modes import Handling, Mode
from chalicelib.trust.holds import Hold, State, held, received
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
    assert hold.lets_go(APPROVE, replace(BOTH, violations=(SIX,)), NOW)
    assert not hold.lets_go(APPROVE, BOTH, NOW)


@pytest.mark.parametrize(("closed", "is_all"), [((WORLD, SIX), False), ((WORLD,), True), ((), True)])
def test_once_nothing_is_left_it_is_done(closed: tuple[Violation, ...], is_all: bool) -> None:
    hold = released().used(closed, NOW, is_all=is_all)
    assert hold
    assert (hold.state, hold.covers) == (State.DONE, ())


def test_what_waits_anew_is_not_used_up_by_an_earlier_fix() -> None:
    assert held(BOTH, APPROVE, NOW).used([WORLD], NOW, is_all=True) is None


def test_just_after_a_fix_a_remediator_looks_whether_what_is_found_is_still_so() -> None:
    done = released().used([WORLD, SIX], NOW, is_all=True)
    assert received(done, BOTH, APPROVE, NOW + timedelta(seconds=299)) is None
    assert received(done, BOTH, APPROVE, NOW + timedelta(minutes=5)) == held(BOTH, APPROVE, NOW + timedelta(minutes=5))
    assert received(done, BOTH, Handling(Mode.OBSERVE), NOW) is not None


def test_a_grace_is_over_for_nobody_who_was_not_told_of_it() -> None:
    hold, then = held(BOTH, GRACE, NOW), NOW + timedelta(minutes=30)
    assert not hold.is_due(then)
    assert replace(hold, is_told=True).is_due(then)
    assert not replace(hold, is_told=True).is_due(then - timedelta(seconds=1))
