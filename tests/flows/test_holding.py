"""Findings that must not be fixed yet leave the queue, and return when they are due."""

import json
from dataclasses import replace
from typing import Any

from chalicelib.approvals.consent import NotConsented, demand_consent
from chalicelib.approvals.holds import State, hold_id
from chalicelib.exemptions.exemptions import instant
from chalicelib.findings import Finding, Violation
from chalicelib.modes import Handling
from chalicelib.notify import Held
from chalicelib.pipeline.coordinate import coordinate
from chalicelib.pipeline.holding import hold_undecided

from .coordinator import FakeCoordinator, FakeMessage
from .fakes import finding
from .holds import APPROVE, HALF_AN_HOUR, OBSERVE

WORLD, SIX = (
    Violation("EC2_SG_PROHIBITED_PORT", {"reason": f"open to {cidr}", "fromPort": 22, "toPort": 22, "cidrs": [cidr]})
    for cidr in ("0.0.0.0/0", "::/0")
)
FOUND = finding(violations=(WORLD,))
ID = hold_id(FOUND)
NOW = instant("2026-01-01T00:00:00Z", "now")
ANN = "arn:aws:iam::123456789012:user/ann"


def message(handle: str, body: Finding) -> FakeMessage:
    return FakeMessage(handle, json.dumps(body.to_json()))


def stage(handled: Handling, *waiting: Finding, **more: Any) -> FakeCoordinator:
    """A stage with this handling for the rule `ports`."""
    messages = [message(f"h{number}", each) for number, each in enumerate(waiting)]
    return FakeCoordinator(messages, handled={"ports": handled}, **more)


def tick(gateways: FakeCoordinator) -> None:
    """A tick, and remediators that find the resources as in the messages: findings without a consent are held."""
    try:
        coordinate(0, gateways)
    finally:
        for orders in gateways.forwarded.values():
            for order in list(orders):
                try:
                    demand_consent(Finding.from_json(order["messageBody"]), gateways)
                except NotConsented as error:
                    orders.remove(order)
                    hold_undecided(error.finding, gateways)
                    gateways.delete([order["receiptHandle"], *order["alsoSatisfies"]])


def forwarded(gateways: FakeCoordinator) -> list[str]:
    """The orders that remediators may fix."""
    return [order["receiptHandle"] for orders in gateways.forwarded.values() for order in orders]


def later(gateways: FakeCoordinator, time: str, *waiting: Finding) -> None:
    """Another tick, at `time` of the same day or another."""
    gateways.time = time if "T" in time else f"2026-01-01T{time}:00+00:00"
    gateways.queue = [message(f"later{number}", each) for number, each in enumerate(waiting)]
    tick(gateways)


def decide(gateways: FakeCoordinator, state: State, shown: Finding = FOUND) -> None:
    """Decide about the finding that was shown."""
    hold = gateways.holds.holds[ID]
    gateways.holds.holds[ID] = hold.decided(state, shown, ANN, "OPS-7", instant(gateways.time, "time"))


def test_what_needs_approval_is_written_down_then_told_then_deleted_and_not_forwarded() -> None:
    gateways = stage(APPROVE, FOUND)
    tick(gateways)
    [told] = gateways.published
    assert isinstance(told, Held)
    assert (told.hold_id, told.due_at, told.violations) == (ID, "", ("open to 0.0.0.0/0",))
    assert told.calls == ('ec2:RevokeSecurityGroupIngress {"GroupId": "sg-1"}',)
    assert gateways.holds.steps == ["written: approval", "written: approval"]
    assert gateways.holds.holds[ID].is_told
    assert gateways.deleted == ["h0"]
    assert forwarded(gateways) == []


def test_who_opened_what_waits_is_asked_once() -> None:
    gateways = stage(APPROVE, FOUND)
    tick(gateways)
    later(gateways, "2026-01-02T00:00:00+00:00", FOUND)
    [inquiry] = gateways.inquiries
    assert (inquiry.target_resource_id, inquiry.violations) == ("sg-1", (WORLD,))


def test_messages_about_one_resource_wait_as_one() -> None:
    gateways = stage(APPROVE, FOUND, replace(FOUND, detected_at="2026-01-01T00:01:00Z"))
    tick(gateways)
    assert len(gateways.published) == len(gateways.holds.holds) == 1
    assert sorted(gateways.deleted) == ["h0", "h1"]


def test_the_same_found_again_is_not_told_again_and_keeps_its_place() -> None:
    gateways = stage(APPROVE, FOUND)
    tick(gateways)
    later(gateways, "2026-01-02T00:00:00+00:00", replace(FOUND, detected_at="2026-01-02T00:00:00Z"))
    assert len(gateways.published) == 1
    hold = gateways.holds.holds[ID]
    assert (hold.since, hold.finding.detected_at) == ("2026-01-01T00:00:00Z", FOUND.detected_at)
    assert gateways.deleted == ["h0", "later0"]


def test_a_new_violation_is_reported_and_needs_a_separate_approval() -> None:
    gateways = stage(APPROVE, FOUND)
    tick(gateways)
    decide(gateways, State.APPROVED)
    later(gateways, "00:30", replace(FOUND, violations=(WORLD, SIX)))
    assert [hold.state for hold in gateways.holds.holds.values()] == [State.RELEASED, State.APPROVAL]
    assert gateways.holds.holds[f"{ID}-2"].finding.violations == (SIX,)
    assert len(gateways.published) == 2
    assert forwarded(gateways) == []


def test_an_approved_finding_is_queued_again_at_the_next_tick_and_then_forwarded() -> None:
    gateways = stage(APPROVE, FOUND)
    tick(gateways)
    decide(gateways, State.APPROVED)
    later(gateways, "00:01")
    assert gateways.requeued == [(FOUND.to_json(), 0)]
    assert gateways.holds.holds[ID].state is State.RELEASED
    later(gateways, "00:02", FOUND)
    assert forwarded(gateways) == ["later0"]
    assert len(gateways.requeued) == len(gateways.published) == 1


def test_an_approval_is_good_for_a_week() -> None:
    gateways = stage(APPROVE, FOUND)
    tick(gateways)
    decide(gateways, State.APPROVED)
    later(gateways, "2026-01-08T00:00:00+00:00", FOUND)
    assert forwarded(gateways) == []
    assert len(gateways.published) == 2


def test_what_is_rejected_is_not_asked_about_for_a_week() -> None:
    gateways = stage(APPROVE, FOUND)
    tick(gateways)
    decide(gateways, State.REJECTED)
    later(gateways, "2026-01-07T23:59:59+00:00", FOUND)
    assert (forwarded(gateways), len(gateways.published), gateways.deleted) == ([], 1, ["h0", "later0"])
    later(gateways, "2026-01-08T00:00:00+00:00", FOUND)
    assert len(gateways.published) == 2


def test_what_has_a_grace_is_told_with_its_end_and_fixed_then() -> None:
    gateways = stage(HALF_AN_HOUR, FOUND)
    tick(gateways)
    [told] = gateways.published
    assert isinstance(told, Held)
    assert told.due_at == "2026-01-01T00:30:00Z"
    later(gateways, "00:29", FOUND)
    assert (gateways.requeued, forwarded(gateways)) == ([], [])
    later(gateways, "00:30")
    assert gateways.requeued == [(FOUND.to_json(), 0)]
    later(gateways, "00:31", FOUND)
    assert forwarded(gateways) == ["later0"]


def test_a_grace_that_somebody_ends_by_rejecting_is_not_fixed() -> None:
    gateways = stage(HALF_AN_HOUR, FOUND)
    tick(gateways)
    decide(gateways, State.REJECTED)
    later(gateways, "00:40", FOUND)
    assert (gateways.requeued, forwarded(gateways)) == ([], [])


def test_a_grace_period_never_counts_as_an_approval() -> None:
    gateways = stage(HALF_AN_HOUR, FOUND)
    tick(gateways)
    later(gateways, "00:30")
    gateways.handled = {"ports": APPROVE}
    later(gateways, "00:31", FOUND)
    assert forwarded(gateways) == []
    assert gateways.holds.holds[ID].state is State.APPROVAL


def test_what_is_only_observed_is_told_by_aws_config_alone_and_kept_to_be_looked_at() -> None:
    gateways = stage(OBSERVE, FOUND)
    tick(gateways)
    assert gateways.published == []
    assert gateways.holds.holds[ID].state is State.OBSERVED
    assert gateways.deleted == ["h0"]
    assert forwarded(gateways) == []


def test_a_rule_that_is_enforced_asks_nobody() -> None:
    other = finding("sg-2", raised_by_rule="other")
    gateways = stage(APPROVE, FOUND, other)
    tick(gateways)
    assert forwarded(gateways) == ["h1"]
