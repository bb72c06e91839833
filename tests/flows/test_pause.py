"""The kill switch, in coordinator and remediators."""

import json

import pytest

from chalicelib.errors import AwsRefused, NotDone, Unreadable
from chalicelib.notify import Status
from chalicelib.pipeline.coordinate import coordinate
from chalicelib.pipeline.remediate import remediate
from chalicelib.rules import SECURITY_GROUP_RULE

from .controls import PAUSE, FakeControls
from .coordinator import FakeCoordinator, FakeMessage
from .fakes import FakeRemediator, finding, group
from .holds import APPROVE
from .test_remediate import OPEN, event, order, revoke

DENIED = AwsRefused("AccessDeniedException.", "Allow it.")


def message(handle: str = "h1") -> FakeMessage:
    return FakeMessage(handle, json.dumps(finding().to_json()))


def test_a_paused_stage_receives_nothing_so_that_no_receive_count_rises() -> None:
    gateways = FakeCoordinator([message()], controls=FakeControls(PAUSE))
    coordinate(50, gateways)
    assert gateways.receives == 0


def test_a_pause_counts_from_the_next_round_on() -> None:
    waiting = [FakeMessage(f"h{n}", json.dumps(finding(f"sg-{n}").to_json())) for n in range(150)]
    gateways = FakeCoordinator(waiting, controls=FakeControls(pause_at=1))
    coordinate(50, gateways)
    assert len(gateways.hidden) == 100
    assert len(gateways.queue) == 50


def test_nothing_is_received_while_it_cannot_be_read_whether_the_stage_is_paused() -> None:
    gateways = FakeCoordinator([message()], controls=FakeControls(unreadable=DENIED))
    with pytest.raises(AwsRefused):
        coordinate(50, gateways)
    assert gateways.receives == 0


def test_work_that_was_forwarded_before_a_pause_goes_back_unchanged_and_unreported() -> None:
    gateways = FakeRemediator(OPEN, revoke, controls=FakeControls(PAUSE))
    remediate(event(order(also=("h0",))), SECURITY_GROUP_RULE, gateways)
    assert gateways.steps == ["read", "queued again", "deleted", "deleted"]
    assert gateways.requeued == [(finding().to_json(), 0)]
    assert gateways.deleted == ["h1", "h0"]
    assert gateways.made == gateways.published == []


@pytest.mark.parametrize("what", ["controls", "exemptions", "holds"])
def test_a_change_waits_and_is_not_given_up_if_data_that_decides_about_it_stays_unreadable(what: str) -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE)
    getattr(gateways, what).unreadable = Unreadable("throttled")
    with pytest.raises(ExceptionGroup):
        remediate(event(order(), receive_count=4), SECURITY_GROUP_RULE, gateways)
    assert gateways.requeued == []
    remediate(event(order(), receive_count=5), SECURITY_GROUP_RULE, gateways)
    assert gateways.requeued == [(finding().to_json(), 300)]
    assert gateways.deleted == ["h1"]
    assert gateways.made == gateways.published == gateways.rejected == []


def test_work_goes_back_on_its_last_try_as_well_and_is_not_given_up() -> None:
    gateways = FakeRemediator(OPEN, revoke, controls=FakeControls(PAUSE))
    remediate(event(order(), receive_count=5), SECURITY_GROUP_RULE, gateways)
    assert len(gateways.requeued) == 1
    assert gateways.rejected == gateways.published == []


def test_what_needs_no_change_is_closed_in_spite_of_a_pause() -> None:
    gateways = FakeRemediator(group(), revoke, controls=FakeControls(PAUSE))
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.published[0].status is Status.ALREADY_COMPLIANT
    assert gateways.deleted == ["h1"]


def test_nothing_is_changed_or_given_up_while_it_cannot_be_read_whether_the_stage_is_paused() -> None:
    gateways = FakeRemediator(OPEN, revoke, controls=FakeControls(unreadable=DENIED))
    with pytest.raises(ExceptionGroup) as caught:
        remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert isinstance(caught.value.exceptions[0], NotDone)
    assert not gateways.made
    assert not gateways.rejected
    assert not gateways.deleted
