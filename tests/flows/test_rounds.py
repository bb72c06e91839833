"""Findings that are true again after they were solved, and changes during a fix."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chalicelib.errors import NotDone, Superseded
from chalicelib.findings import AwsCall, Finding
from chalicelib.journal.record import Answer
from chalicelib.limits.limits import Limits
from chalicelib.notify import Status
from chalicelib.pipeline.permit import claim
from chalicelib.resources import SecurityGroup

from .controls import PAUSE, FakeControls
from .exemptions import FakeExemptions
from .fakes import FakeRemediator, finding, group
from .test_exemptions import exempt
from .test_journaled import WIDE, Killed, deliver, killed_before, one_by_one, stopped_at_udp
from .test_remediate import CLOSED, OPEN, revoke

ID = claim(finding()).remediation_id


def statuses(gateways: FakeRemediator) -> list[Status]:
    return [outcome.status for outcome in gateways.published]


def reopened(gateways: FakeRemediator, resource: SecurityGroup = OPEN) -> None:
    """The violation is opened again."""
    deliver(gateways)
    gateways.resource = resource


def test_what_is_true_again_is_a_remediation_of_its_own_with_its_own_beginning() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    reopened(gateways, WIDE)
    deliver(gateways, "m-2")
    first, second = gateways.journal.records.values()
    assert [record.remediation_id for record in (first, second)] == [ID, f"{ID}-2"]
    assert [outcome.remediation_id for outcome in gateways.published] == [ID, f"{ID}-2"]
    assert (first.opening.before, second.opening.before) == (OPEN, WIDE)
    assert [len(record.attempts) for record in (first, second)] == [1, 1]


@pytest.mark.parametrize("message", ["m-1", "m-2", "m-3"])
def test_whatever_comes_once_more_after_that_changes_and_tells_nothing(message: str) -> None:
    gateways = FakeRemediator(OPEN, revoke)
    reopened(gateways)
    deliver(gateways, "m-2")
    deliver(gateways, message)
    assert statuses(gateways) == [Status.FIXED, Status.FIXED]
    assert len(gateways.made) == len(gateways.journal.records) == 2


def test_while_the_stage_is_paused_nothing_is_told_of_what_waits_however_often_it_comes() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    reopened(gateways)
    gateways.controls.pause = PAUSE
    for number in range(2, 6):
        deliver(gateways, f"m-{number}")
    assert statuses(gateways) == [Status.FIXED]
    assert len(gateways.requeued) == 4


def test_what_somebody_else_closes_after_we_died_before_any_call_is_not_ascribed_to_us() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    reopened(gateways, WIDE)
    gateways.journal.broken["attempted"] = NotDone("throttled")
    with pytest.raises(ExceptionGroup):
        deliver(gateways, "m-2")
    del gateways.journal.broken["attempted"]
    gateways.resource = CLOSED
    deliver(gateways, "m-2")
    assert statuses(gateways) == [Status.FIXED, Status.ALREADY_COMPLIANT]
    assert len(gateways.made) == 1


def test_the_slot_that_was_reserved_for_the_finding_is_the_one_that_its_next_remediation_uses() -> None:
    controls = FakeControls(limits=Limits(1))
    gateways = FakeRemediator(OPEN, revoke, controls=controls)
    reserve(controls)
    reopened(gateways)
    controls.clock += 4000
    reserve(controls)
    deliver(gateways, "m-2")
    assert len(gateways.made) == 2
    assert gateways.requeued == []


def reserve(controls: FakeControls, asked: Sequence[Finding] = (finding(),)) -> None:
    assert controls.reserve([claim(each) for each in asked]) == {}


def test_the_rest_of_what_was_begun_waits_even_if_queueing_it_fails_once() -> None:
    class WithoutQueue(FakeRemediator):
        is_down = True

        def requeue(self, body: str, seconds: int) -> None:
            if self.is_down:
                raise ConnectionError("SQS")
            super().requeue(body, seconds)

    gateways = WithoutQueue(WIDE, stopped_at_udp)
    with pytest.raises(Killed):
        deliver(gateways, rule=one_by_one())
    gateways.controls.pause = PAUSE
    with pytest.raises(ExceptionGroup):
        deliver(gateways, rule=one_by_one())
    gateways.is_down = False
    deliver(gateways, rule=one_by_one())
    assert statuses(gateways) == [Status.PARTIALLY_FIXED]
    assert len(gateways.requeued) == 1
    assert gateways.deleted == ["h1"]


def test_what_is_exempted_and_put_back_while_a_fix_is_overtaken_survives_it() -> None:
    def overtaken(fake: FakeRemediator, call: AwsCall) -> None:
        fake.apply, fake.resource = revoke, OPEN
        fake.exemptions.granted = exempt(OPEN)
        raise Superseded("InvalidPermission.NotFound")

    gateways = FakeRemediator(group(("tcp", 3389, "0.0.0.0/0")), overtaken, exemptions=FakeExemptions())
    deliver(gateways)
    assert gateways.resource == OPEN
    assert statuses(gateways) == [Status.SUPERSEDED]


def test_what_somebody_opens_while_a_fix_is_overtaken_is_told_as_removed_and_what_they_closed_is_not() -> None:
    def overtaken(fake: FakeRemediator, call: AwsCall) -> None:
        fake.apply, fake.resource = revoke, OPEN
        raise Superseded("InvalidPermission.NotFound")

    gateways = FakeRemediator(group(("tcp", 3389, "0.0.0.0/0")), overtaken)
    deliver(gateways)
    [outcome] = gateways.published
    assert (outcome.status, outcome.removed) == (Status.FIXED, ("tcp 22 from 0.0.0.0/0",))


def test_what_one_delivery_knows_to_be_made_another_at_the_same_time_does_not_call_without_effect() -> None:
    class Racing(FakeRemediator):
        """The call takes effect just after the next reading."""

        def live(self, finding: Finding) -> SecurityGroup:
            seen: SecurityGroup = super().live(finding)
            for record in self.journal.records.values():
                if record.unconfirmed:
                    self.resource = CLOSED
                    self.journal.answer(record, replace(record.attempts[0], answer=Answer.MADE))
            return seen

    gateways = Racing(OPEN, killed_before)
    with pytest.raises(Killed):
        deliver(gateways)
    with pytest.raises(ExceptionGroup):
        deliver(gateways)
    deliver(gateways)
    assert [attempt.answer for attempt in gateways.journal.records[ID].attempts] == [Answer.MADE]
    assert statuses(gateways) == [Status.FIXED]
