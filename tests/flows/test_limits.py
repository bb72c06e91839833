"""The circuit breaker, in coordinator and remediators."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from chalicelib.errors import AwsRefused, NotDone, Superseded
from chalicelib.findings import Finding, Violation
from chalicelib.limits.limits import Claim, Ledger, Limits, Refusal
from chalicelib.notify import LimitReached, Outcome, Status
from chalicelib.pipeline.coordinate import coordinate
from chalicelib.pipeline.permit import claim
from chalicelib.pipeline.remediate import remediate
from chalicelib.rules import SECURITY_GROUP_RULE

from .controls import PAUSE, FakeControls
from .coordinator import FakeCoordinator, FakeMessage, Untold
from .fakes import FakeRemediator, finding, group
from .test_remediate import CLOSED, OPEN, event, order, revoke


def message(handle: str, about: Finding) -> FakeMessage:
    return FakeMessage(handle, json.dumps(about.to_json()))


def violations(number: int) -> list[FakeMessage]:
    return [message(f"h{n}", finding(f"sg-{n}")) for n in range(number)]


def hole(number: int) -> Finding:
    """A finding of `sg-1` with another open port."""
    details = {"reason": f"tcp {number} is open", "fromPort": number, "toPort": number, "cidrs": ["0.0.0.0/0"]}
    violations = (Violation("EC2_SG_PROHIBITED_PORT", details),)
    return finding(detected_at=f"2025-12-0{number}T00:00:00Z", violations=violations)


def limited(per_hour: int, *reserved: Finding) -> FakeControls:
    """Controls with slots reserved for findings."""
    controls = FakeControls(limits=Limits(per_hour))
    assert controls.reserve([claim(each) for each in reserved]) == {}
    return controls


def forwarded(gateways: FakeCoordinator) -> list[str]:
    orders = gateways.forwarded.get("remediate_security_group", [])
    return [order["messageBody"]["targetResourceId"] for order in orders]


def test_no_more_messages_are_received_than_there_are_slots_and_people_are_told_once() -> None:
    gateways = FakeCoordinator(violations(30), controls=limited(10))
    for _ in range(3):
        coordinate(0, gateways)
    assert len(forwarded(gateways)) == 10
    assert len(gateways.queue) == 20
    assert gateways.requeued == []
    [told] = gateways.published
    assert isinstance(told, LimitReached)
    assert told.waiting == "20"


def test_nobody_is_told_of_a_limit_that_holds_nothing_up() -> None:
    gateways = FakeCoordinator(violations(10), controls=limited(10))
    coordinate(0, gateways)
    assert len(forwarded(gateways)) == 10
    assert gateways.published == []


def test_it_goes_on_as_the_hour_moves_on() -> None:
    gateways = FakeCoordinator(violations(3), controls=limited(1))
    coordinate(0, gateways)
    gateways.controls.clock += 7200
    coordinate(0, gateways)
    assert len(forwarded(gateways)) == 2


def test_messages_that_are_folded_take_one_slot() -> None:
    same = [message(f"h{n}", finding(detected_at=f"2025-12-0{n}T00:00:00Z")) for n in range(1, 5)]
    gateways = FakeCoordinator(same, controls=limited(5))
    coordinate(0, gateways)
    assert gateways.controls.free() == 4


def test_what_is_beyond_its_resources_share_waits_as_a_new_message_and_others_go_on() -> None:
    noisy = [hole(n) for n in range(1, 7)]
    gateways = FakeCoordinator(
        [message("h4", noisy[5]), message("other", finding("sg-2"))], controls=limited(10, *noisy[:5])
    )
    coordinate(0, gateways)
    assert forwarded(gateways) == ["sg-2"]
    assert gateways.requeued == [(noisy[5].to_json(), 7200)]
    assert gateways.deleted == ["h4"]
    [told] = gateways.published
    assert isinstance(told, LimitReached)
    assert "sg-1" in told.reason


def test_while_people_cannot_be_told_of_a_limit_neighbours_are_forwarded_and_nothing_is_lost() -> None:
    noisy = [hole(n) for n in range(1, 7)]
    waiting = [message("h4", noisy[5]), FakeMessage("bad", "not json"), message("other", finding("sg-2"))]
    gateways = Untold(waiting, controls=limited(10, *noisy[:5]))
    with pytest.raises(ConnectionError):
        coordinate(0, gateways)
    assert forwarded(gateways) == ["sg-2"]
    assert gateways.hidden == ["other"]
    assert gateways.requeued == [(noisy[5].to_json(), 7200)]
    assert sorted(gateways.deleted) == ["bad", "h4"]
    assert [body for body, _ in gateways.rejected] == ["not json"]


def test_messages_folded_into_what_has_to_wait_become_one() -> None:
    noisy = [hole(n) for n in range(1, 8)]
    both = [message("h4", noisy[5]), message("h5", noisy[6])]
    gateways = FakeCoordinator(both, controls=limited(10, *noisy[:5]))
    coordinate(0, gateways)
    assert [body["detectedAt"] for body, _ in gateways.requeued] == ["2025-12-06T00:00:00Z"]
    assert sorted(gateways.deleted) == ["h4", "h5"]


def test_half_of_the_slots_stay_for_other_rules() -> None:
    noisy = [finding(f"sg-{n}") for n in range(10)]
    quiet = finding("sg-99", raised_by_rule="other")
    gateways = FakeCoordinator([message("h", finding("sg-50")), message("q", quiet)], controls=limited(20, *noisy))
    coordinate(0, gateways)
    assert forwarded(gateways) == ["sg-99"]


def test_a_slot_for_what_sqs_did_not_take_comes_back() -> None:
    gateways = FakeCoordinator(violations(2), refuse={0}, controls=limited(10))
    with pytest.raises(NotDone):
        coordinate(0, gateways)
    assert gateways.controls.free() == 9


def test_nothing_is_received_while_the_slots_cannot_be_read() -> None:
    gateways = FakeCoordinator(violations(1), controls=FakeControls(unreadable=NotDone("throttled")))
    with pytest.raises(NotDone):
        coordinate(0, gateways)
    assert gateways.receives == 0


def test_messages_keep_their_receive_count_while_no_slot_can_be_reserved() -> None:
    class ReadOnly(FakeControls):
        def reserve(self, claims: Sequence[Claim]) -> dict[str, Refusal]:
            raise NotDone("throttled")

    older, newer = (finding(detected_at=f"2025-12-0{day}T00:00:00Z") for day in (1, 2))
    waiting = [message("h1", older), message("h2", newer), message("h3", finding("sg-2"))]
    gateways = FakeCoordinator(waiting, controls=ReadOnly())
    with pytest.raises(NotDone):
        coordinate(0, gateways)
    assert gateways.requeued == [(older.to_json(), 120), (finding("sg-2").to_json(), 120)]
    assert sorted(gateways.deleted) == ["h1", "h2", "h3"]
    assert gateways.forwarded == {}


def test_a_fix_uses_the_slot_that_was_reserved_for_it() -> None:
    gateways = FakeRemediator(OPEN, revoke, controls=limited(10, finding()))
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    [slot] = gateways.controls.ledger.slots
    assert slot.used_at is not None


@pytest.mark.parametrize("resource", [group(), None])
def test_what_needs_no_change_gives_its_slot_back(resource: object) -> None:
    gateways = FakeRemediator(resource, revoke, controls=limited(10, finding()))
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.controls.ledger.slots == ()


def refuse(fake: FakeRemediator, call: object) -> None:
    raise AwsRefused("UnauthorizedOperation.", "Allow it.")


def test_what_aws_refuses_gives_its_slot_back() -> None:
    gateways = FakeRemediator(OPEN, refuse, controls=limited(10, finding()))
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.controls.ledger.slots == ()


def test_what_somebody_else_has_done_meanwhile_gives_its_slot_back() -> None:
    def overtaken(fake: FakeRemediator, call: object) -> None:
        fake.resource = group()
        raise Superseded("InvalidPermission.NotFound")

    gateways = FakeRemediator(OPEN, overtaken, controls=limited(10, finding()))
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    outcome: Outcome = gateways.published[0]
    assert outcome.status is Status.SUPERSEDED
    assert gateways.controls.ledger.slots == ()


def test_what_may_have_been_changed_keeps_its_slot() -> None:
    def lost(fake: FakeRemediator, call: object) -> None:
        raise NotDone("no answer")

    gateways = FakeRemediator(OPEN, lost, controls=limited(10, finding()))
    with pytest.raises(ExceptionGroup):
        remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert len(gateways.controls.ledger.slots) == 1


def test_work_without_a_slot_goes_back_when_there_is_none_even_if_somebody_redrove_it() -> None:
    gateways = FakeRemediator(OPEN, revoke, controls=limited(1, finding("sg-2")))
    remediate(event(order(), receive_count=5), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []
    assert gateways.requeued == [(finding().to_json(), 7200)]
    assert gateways.published == []


def test_work_that_goes_back_because_of_a_pause_gives_its_slot_back() -> None:
    controls = replace(limited(10, finding()), pause=PAUSE)
    remediate(event(order()), SECURITY_GROUP_RULE, FakeRemediator(OPEN, revoke, controls=controls))
    assert controls.ledger == Ledger()


def test_the_same_hole_found_again_and_again_is_closed_each_time_and_takes_one_slot() -> None:
    gateways = FakeRemediator(OPEN, revoke, controls=limited(1))
    for number in range(10):
        gateways.resource = OPEN
        remediate(
            event(order(finding(detected_at=f"2025-12-{number + 1:02}T00:00:00Z"))), SECURITY_GROUP_RULE, gateways
        )
        assert gateways.resource == CLOSED
    assert gateways.requeued == []
    assert len(gateways.controls.ledger.slots) == 1


def test_a_hole_that_is_reopened_leaves_the_other_slots_to_others() -> None:
    gateways = FakeRemediator(OPEN, revoke, controls=limited(2))
    for number in range(10):
        gateways.resource = OPEN
        remediate(
            event(order(finding(detected_at=f"2025-12-{number + 1:02}T00:00:00Z"))), SECURITY_GROUP_RULE, gateways
        )
    gateways.resource = group(("tcp", 22, "0.0.0.0/0"), group_id="sg-2")
    remediate(event(order(finding("sg-2"))), SECURITY_GROUP_RULE, gateways)
    assert gateways.requeued == []


def test_a_hole_that_is_reopened_wider_waits_where_no_slot_is_left_and_is_not_called_a_repetition() -> None:
    gateways = FakeRemediator(OPEN, revoke, controls=limited(1))
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    gateways.resource = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 22, "::/0"))
    again = finding(detected_at="2025-12-30T00:00:00Z")
    remediate(event(order(again)), SECURITY_GROUP_RULE, gateways)
    assert len(gateways.requeued) == 1
    assert gateways.resource.ingress


def test_a_message_that_claims_a_repetition_gets_no_slot_for_what_is_wider() -> None:
    """The slot is for the violations that the remediator reads, not for those in the message."""
    gateways = FakeRemediator(OPEN, revoke, controls=limited(1))
    remediate(event(order(hole(1))), SECURITY_GROUP_RULE, gateways)
    gateways.resource = group(("tcp", 3389, "0.0.0.0/0"))
    remediate(event(order(hole(1))), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource.ingress


def test_ten_messages_about_one_hole_are_forwarded_with_one_slot() -> None:
    gateways = FakeCoordinator([message("h", finding())], controls=limited(2, *(finding() for _ in range(9))))
    coordinate(0, gateways)
    assert forwarded(gateways) == ["sg-1"]
    assert len(gateways.controls.ledger.slots) == 1
