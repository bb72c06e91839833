"""Errors while findings wait: nothing is lost, people are notified, and other findings continue."""

from dataclasses import replace

import pytest

from chalicelib.approvals.holds import Hold, State, held
from chalicelib.errors import BadInput, NotDeployed, NotDone
from chalicelib.limits.limits import Limits
from chalicelib.modes import Handling
from chalicelib.notify import Held, Notification

from .controls import PAUSE, FakeControls
from .coordinator import FakeCoordinator
from .fakes import finding
from .holds import APPROVE, HALF_AN_HOUR, OBSERVE, FakeHolds
from .test_holding import ANN, FOUND, ID, NOW, SIX, WORLD, decide, forwarded, later, message, stage, tick


def untold(handled: Handling) -> FakeHolds:
    """The state after a process died, or could not reach SNS, before people were notified."""
    return FakeHolds({ID: held(FOUND, handled, NOW)})


def test_a_process_that_dies_before_the_notification_leaves_it_to_the_next_one() -> None:
    gateways = stage(APPROVE, FOUND, holds=untold(APPROVE))
    tick(gateways)
    assert len(gateways.published) == 1


def test_a_grace_that_nobody_was_told_of_does_not_end_and_begins_once_people_know() -> None:
    gateways = stage(HALF_AN_HOUR, holds=untold(HALF_AN_HOUR))
    later(gateways, "00:40")
    assert gateways.requeued == []
    later(gateways, "00:41", FOUND)
    [told] = gateways.published
    assert isinstance(told, Held)
    assert told.due_at == "2026-01-01T01:11:00Z"


def test_while_people_cannot_be_told_a_finding_stays_and_its_neighbours_go_on() -> None:
    class Untold(FakeCoordinator):
        def publish(self, notification: Notification) -> None:
            raise ConnectionError("SNS")

    messages = [message("h0", FOUND), message("h1", finding("sg-2", raised_by_rule="other"))]
    gateways = Untold(messages, handled={"ports": APPROVE})
    with pytest.raises(ConnectionError):
        tick(gateways)
    assert forwarded(gateways) == ["h1"]
    assert gateways.deleted == gateways.requeued == []


def test_a_violation_that_was_not_found_for_days_is_reported_again() -> None:
    gateways = stage(APPROVE, FOUND)
    tick(gateways)
    again = replace(FOUND, detected_at="2026-01-21T00:00:00Z")
    later(gateways, "2026-01-21T00:00:00+00:00", again)
    assert len(gateways.published) == 2
    assert gateways.holds.holds[ID].finding.detected_at == again.detected_at


def test_a_finding_under_other_parameters_is_reported_again_and_needs_another_approval() -> None:
    gateways = stage(APPROVE, FOUND)
    tick(gateways)
    decide(gateways, State.APPROVED)
    later(gateways, "00:30", replace(FOUND, rule_parameters={"portRange": "carve"}))
    assert forwarded(gateways) == []
    assert len(gateways.published) == 2


def test_an_approval_is_of_what_was_shown_and_not_of_what_had_been_told_before() -> None:
    gateways = stage(APPROVE, replace(FOUND, violations=(WORLD, SIX)))
    tick(gateways)
    later(gateways, "00:10", FOUND)
    decide(gateways, State.APPROVED)
    later(gateways, "00:20", replace(FOUND, violations=(WORLD, SIX)))
    assert forwarded(gateways) == []


def test_a_rejection_outlives_a_time_in_which_the_rule_is_only_observed() -> None:
    gateways = stage(HALF_AN_HOUR, FOUND)
    tick(gateways)
    decide(gateways, State.REJECTED)
    gateways.handled = {"ports": OBSERVE}
    later(gateways, "00:30", FOUND)
    gateways.handled = {"ports": HALF_AN_HOUR}
    later(gateways, "00:31", FOUND)
    assert gateways.holds.holds[ID].state is State.REJECTED
    assert len(gateways.published) == 1


def test_holds_that_cannot_be_found_stop_no_rule_that_is_enforced() -> None:
    gateways = stage(APPROVE, finding("sg-2", raised_by_rule="other"))
    gateways.holds.due = lambda now: (_ for _ in ()).throw(NotDone("throttled"))  # type: ignore[method-assign]
    with pytest.raises(NotDone):
        tick(gateways)
    assert forwarded(gateways) == ["h0"]


def test_one_hold_that_cannot_be_read_stops_no_other() -> None:
    class Damaged(FakeHolds):
        def read(self, hold_id: str) -> Hold | None:
            if hold_id == ID:
                raise BadInput(hold_id, "{}", "a hold")
            return super().read(hold_id)

    other = finding("sg-2")
    approved = [held(each, APPROVE, NOW).decided(State.APPROVED, each, ANN, "", NOW) for each in (FOUND, other)]
    gateways = stage(APPROVE, holds=Damaged({each.hold_id: each for each in approved}))
    with pytest.raises(BadInput):
        tick(gateways)
    assert gateways.requeued == [(other.to_json(), 0)]


def test_no_more_findings_are_queued_again_than_may_be_received() -> None:
    approved = [held(finding(f"sg-{n}"), APPROVE, NOW) for n in range(9)]
    holds = {each.hold_id: each.decided(State.APPROVED, each.finding, ANN, "", NOW) for each in approved}
    gateways = stage(APPROVE, holds=FakeHolds(holds), controls=FakeControls(limits=Limits(5)))
    tick(gateways)
    assert len(gateways.requeued) == 5


def test_without_a_journal_what_needs_approval_waits_in_the_queue_and_its_neighbours_go_on() -> None:
    gateways = stage(APPROVE, FOUND, finding("sg-2", raised_by_rule="other"))
    gateways.holds = FakeHolds(unreadable=NotDeployed("no such table"))
    with pytest.raises(NotDeployed):
        tick(gateways)
    assert gateways.requeued == [(FOUND.to_json(), 120)]
    assert forwarded(gateways) == ["h1"]


def test_a_paused_stage_queues_nothing_again() -> None:
    gateways = stage(APPROVE, FOUND)
    tick(gateways)
    decide(gateways, State.APPROVED)
    gateways.controls = FakeControls(PAUSE)
    later(gateways, "00:01")
    assert gateways.requeued == []
