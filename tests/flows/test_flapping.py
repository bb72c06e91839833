"""A violation that is opened again after each fix, in `remediate`."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import AwsRefused, NotDone
from chalicelib.findings import AwsCall, Finding
from chalicelib.flapping.flapping import FlapAction
from chalicelib.limits.limits import Limits
from chalicelib.notify import Flapping, Outcome, Status
from chalicelib.pipeline.remediate import remediate
from chalicelib.resources import SecurityGroup
from chalicelib.rules import SECURITY_GROUP_RULE, Obstacle, Plan

from .controls import FakeControls
from .fakes import FakeRemediator, finding, group
from .test_remediate import CLOSED, OPEN, event, order, revoke

HOUR = 3600.0


def found(number: int) -> Finding:
    return finding(detected_at=f"2025-12-{number:02}T00:00:00Z")


def opened_again(gateways: FakeRemediator, number: int, seconds: float = 60.0) -> list[object]:
    """Somebody opens the group and it is found: the notifications."""
    gateways.flapping.clock += seconds
    gateways.controls.clock += seconds
    gateways.resource = OPEN
    told = len(gateways.published)
    remediate(event(order(found(number))), SECURITY_GROUP_RULE, gateways)
    return gateways.published[told:]


def flapping(flap_action: FlapAction = FlapAction.STOP) -> FakeRemediator:
    """A group that was fixed three times in an hour."""
    gateways = FakeRemediator(OPEN, revoke, flap_action=flap_action)
    for number in range(1, 4):
        [told] = opened_again(gateways, number, HOUR / 3)
        assert isinstance(told, Outcome)
        assert told.status is Status.FIXED
    return gateways


def test_after_three_fixes_it_is_left_as_it_is_and_people_are_told() -> None:
    gateways = flapping()
    [told] = opened_again(gateways, 4)
    assert gateways.resource == OPEN
    assert isinstance(told, Flapping)
    assert len(told.fixed_at) == 3
    assert told.left_until == "1970-01-13T14:46:40+00:00"
    assert "22" in told.violations[0]


def test_its_finding_waits_for_a_quarter_of_an_hour_and_takes_no_slot() -> None:
    gateways = flapping()
    opened_again(gateways, 4)
    assert gateways.requeued == [(found(4).to_json(), 900)]
    assert len(gateways.controls.ledger.slots) == 1


def test_people_are_reminded_once_an_hour() -> None:
    gateways = flapping()
    told = [kind for number in range(8) for kind in opened_again(gateways, 4 + number, HOUR / 4)]
    assert [type(each) for each in told] == [Flapping, Flapping]


def test_after_a_day_it_is_fixed_again() -> None:
    gateways = flapping()
    opened_again(gateways, 4)
    [told] = opened_again(gateways, 4, 24 * HOUR)
    assert isinstance(told, Outcome)
    assert gateways.resource == CLOSED


def test_nobody_is_reminded_of_what_was_closed_in_another_way() -> None:
    gateways = flapping()
    opened_again(gateways, 4)
    gateways.flapping.clock += 2 * HOUR
    gateways.resource = CLOSED
    remediate(event(order(found(4))), SECURITY_GROUP_RULE, gateways)
    assert gateways.published[-1].status is Status.ALREADY_COMPLIANT


def test_a_new_hole_does_not_stay_open_because_another_one_is_flapping() -> None:
    gateways = flapping()
    gateways.resource = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 3389, "0.0.0.0/0"))
    remediate(event(order(found(4))), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == group()


STUCK = ("udp", 1433, "::/0")


def revoke_ssh(fake: FakeRemediator, call: AwsCall) -> None:
    fake.resource = group(STUCK)


def beside_an_obstacle(number: int, gateways: FakeRemediator) -> list[object]:
    """SSH is opened again, in a group with an exempt entry."""
    gateways.flapping.clock += 60
    gateways.controls.clock += 60
    gateways.resource = group(("tcp", 22, "0.0.0.0/0"), STUCK)
    told = len(gateways.published)
    remediate(event(order(found(number))), OBSTRUCTED, gateways)
    return gateways.published[told:]


def _obstructed_plan(live: SecurityGroup, parameters: Any) -> Plan:
    made = SECURITY_GROUP_RULE.plan(group(*(("tcp", 22, "0.0.0.0/0"),) * (len(live.ingress) > 1)), parameters)
    return Plan(made.calls, obstacles=(Obstacle("It is exempt in part.", "Revoke it."),))


OBSTRUCTED = replace(SECURITY_GROUP_RULE, plan=_obstructed_plan)


def test_it_stays_open_after_the_third_fix_even_if_another_violation_cannot_be_fixed() -> None:
    gateways = FakeRemediator(OPEN, revoke_ssh, flap_action=FlapAction.STOP)
    for number in range(1, 4):
        [told] = beside_an_obstacle(number, gateways)
        assert isinstance(told, Outcome)
        assert told.status is Status.PARTIALLY_FIXED
    [told] = beside_an_obstacle(4, gateways)
    assert isinstance(told, Flapping)
    assert len(gateways.resource.ingress) == 2
    assert beside_an_obstacle(5, gateways) == []


def test_a_flapping_that_could_not_be_told_is_told_by_the_next_delivery() -> None:
    gateways = flapping()
    gateways.publish_error = ConnectionError("SNS")
    with pytest.raises(ExceptionGroup):
        opened_again(gateways, 4)
    gateways.publish_error = None
    [told] = opened_again(gateways, 4)
    assert isinstance(told, Flapping)
    assert opened_again(gateways, 4) == []


def test_another_violation_of_the_same_resource_is_not_flapping() -> None:
    gateways = flapping()
    gateways.resource = group(("tcp", 3389, "0.0.0.0/0"))
    remediate(event(order(found(4))), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == group()


def test_unless_a_stage_says_otherwise_it_is_closed_each_time_and_people_are_told() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    for number in range(1, 4):
        opened_again(gateways, number, 20)
    told, fixed = opened_again(gateways, 4)
    assert isinstance(told, Flapping)
    assert told.left_until == ""
    assert isinstance(fixed, Outcome)
    assert fixed.status is Status.FIXED
    assert gateways.resource == CLOSED


def test_however_often_it_is_reopened_it_is_closed_each_time_and_people_are_told_once_an_hour() -> None:
    gateways = FakeRemediator(OPEN, revoke, controls=FakeControls(limits=Limits(1)))
    told: list[object] = []
    for number in range(1, 32):
        told += opened_again(gateways, number, 240.0)
        assert gateways.resource == CLOSED
    assert gateways.requeued == []
    assert sum(isinstance(each, Flapping) for each in told) == 2
    assert sum(isinstance(each, Outcome) for each in told) == 31


def test_of_two_holes_that_are_reopened_in_turn_people_are_told_once_an_hour() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    told: list[object] = []
    for number in range(1, 21):
        gateways.flapping.clock += 60
        gateways.resource = group(("tcp", 22 if number % 2 else 3389, "0.0.0.0/0"))
        before = len(gateways.published)
        remediate(event(order(found(number))), SECURITY_GROUP_RULE, gateways)
        told += gateways.published[before:]
    assert sum(isinstance(each, Flapping) for each in told) == 1


def test_a_flapping_that_is_closed_asks_who_opened_it_once_with_the_outcome() -> None:
    gateways = flapping(FlapAction.KEEP)
    before = len(gateways.inquiries)
    opened_again(gateways, 4)
    assert len(gateways.inquiries) - before == 1


def test_a_delivery_that_comes_twice_counts_as_one_fix() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    for _ in range(4):
        opened_again(gateways, 1)
    [history] = gateways.flapping.histories.values()
    assert len(history.fixes) == 1


def test_a_fix_is_reported_even_if_its_history_cannot_be_written() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    gateways.flapping.broken = NotDone("throttled")
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.published[0].status is Status.FIXED
    assert gateways.deleted == ["h1"]


def test_nothing_is_changed_while_the_history_of_fixes_cannot_be_read() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    gateways.flapping.unreadable = AwsRefused("AccessDeniedException.", "Allow it.")
    with pytest.raises(ExceptionGroup) as caught:
        remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert isinstance(caught.value.exceptions[0], NotDone)
    assert gateways.made == []
