"""The journal entries of a work order, and their effect on the next delivery."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import AwsRefused, NotDeployed, NotDone, Superseded
from chalicelib.findings import AwsCall
from chalicelib.journal.record import Answer, Record
from chalicelib.notify import Status
from chalicelib.pipeline.remediate import remediate
from chalicelib.rules import SECURITY_GROUP_RULE, Obstacle, Plan, Rule

from .controls import FakeControls
from .fakes import FakeRemediator, group
from .test_remediate import CLOSED, OPEN, event, order, revoke

WIDE = group(("tcp", 22, "0.0.0.0/0"), ("udp", 22, "0.0.0.0/0"))


class Killed(BaseException):
    """The process dies."""


def deliver(gateways: FakeRemediator, message: str = "m-1", rule: Any = SECURITY_GROUP_RULE, **how: Any) -> None:
    made = event(order(), **how)
    made["Records"][0]["messageId"] = message
    remediate(made, rule, gateways)


def only_record(gateways: FakeRemediator) -> Record:
    [record] = gateways.journal.records.values()
    return record


def answering(fake: FakeRemediator, call: AwsCall) -> Mapping[str, Any]:
    revoke(fake, call)
    return {"ResponseMetadata": {"RequestId": "request-1"}}


def test_a_record_says_what_was_done_why_and_how_it_ended() -> None:
    gateways = FakeRemediator(OPEN, answering, parameters={"prohibitedPorts": "22"})
    deliver(gateways)
    record = only_record(gateways)
    assert record.opening.before == OPEN
    assert record.opening.rule_parameters == {"prohibitedPorts": "22"}
    assert [call.action for call in record.opening.plan] == ["RevokeSecurityGroupIngress"]
    [attempt] = record.attempts
    assert (attempt.answer, attempt.request_id) == (Answer.MADE, "request-1")
    assert attempt.seen == group(("tcp", 22, "0.0.0.0/0"))
    assert record.closing
    assert record.closing.after == CLOSED
    assert record.closing.outcome == gateways.published[0]


def test_what_needed_no_change_has_a_record_that_was_never_open() -> None:
    gateways = FakeRemediator(CLOSED)
    deliver(gateways)
    assert gateways.steps == ["read", "opened", "published", "noted", "deleted"]
    assert only_record(gateways).closing


@pytest.mark.parametrize("resource", [OPEN, CLOSED])
def test_a_second_delivery_of_a_message_only_deletes_the_source(resource: Any) -> None:
    gateways = FakeRemediator(resource, revoke)
    deliver(gateways)
    gateways.resource = OPEN  # its current state is not this message's concern
    gateways.steps.clear()
    deliver(gateways)
    assert gateways.steps == ["deleted"]
    assert len(gateways.published) == 1


@pytest.mark.parametrize("resource", [OPEN, CLOSED])
def test_the_same_finding_in_another_message_is_looked_at_and_told_no_more(resource: Any) -> None:
    gateways = FakeRemediator(resource, revoke)
    deliver(gateways)
    gateways.steps.clear()
    deliver(gateways, "m-2")
    assert gateways.steps == ["read", "deleted"]
    assert len(gateways.published) == 1


def test_the_same_finding_in_another_message_is_fixed_where_it_has_become_true_again() -> None:
    gateways = FakeRemediator(CLOSED, revoke)
    deliver(gateways)
    gateways.resource = OPEN
    deliver(gateways, "m-2")
    assert [outcome.status for outcome in gateways.published] == [Status.ALREADY_COMPLIANT, Status.FIXED]
    assert gateways.resource == CLOSED


def test_what_was_closed_and_not_told_is_told_by_the_next_delivery() -> None:
    gateways = FakeRemediator(OPEN, revoke, publish_error=NotDone("SNS"))
    with pytest.raises(ExceptionGroup):
        deliver(gateways)
    gateways.publish_error = None
    gateways.steps.clear()
    deliver(gateways)
    assert gateways.steps == ["published", "asked who", "noted", "deleted"]
    assert gateways.published[0].status is Status.FIXED


@pytest.mark.parametrize("step", ["looked up", "opened", "attempted"])
def test_nothing_is_changed_where_that_cannot_be_written_down(step: str) -> None:
    gateways = FakeRemediator(OPEN, revoke)
    gateways.journal.broken[step] = NotDone("the journal: throttled")
    with pytest.raises(ExceptionGroup):
        deliver(gateways)
    assert gateways.made == gateways.published == gateways.deleted == []
    del gateways.journal.broken[step]
    deliver(gateways)
    assert gateways.published[0].status is Status.FIXED


def test_on_the_last_try_an_unreadable_journal_is_told_as_a_failure() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    gateways.journal.broken = {step: NotDone("the journal: throttled") for step in ("looked up", "opened")}
    with pytest.raises(ExceptionGroup):
        deliver(gateways, receive_count=5)
    assert gateways.made == []
    [outcome] = gateways.published
    assert outcome.status is Status.FAILED
    assert "the journal: throttled" in outcome.reason
    assert gateways.deleted == ["h1"]


NO_TABLE = NotDeployed("no table")


def test_a_stage_that_was_deployed_without_journal_and_decisions_works_and_says_so() -> None:
    gateways = FakeRemediator(OPEN, revoke, controls=FakeControls(not_deployed=NO_TABLE))
    gateways.journal.broken["looked up"] = NO_TABLE
    deliver(gateways)
    [outcome] = gateways.published
    assert outcome.status is Status.FIXED
    assert any("no journal" in note for note in outcome.notes)
    assert gateways.journal.records == {}


@pytest.mark.parametrize("lost", ["the journal", "the decisions"])
def test_a_stage_that_has_lost_one_of_the_two_changes_nothing_and_lets_the_finding_wait(lost: str) -> None:
    gateways = FakeRemediator(OPEN, revoke)
    if lost == "the journal":
        gateways.journal.broken["looked up"] = NO_TABLE
    else:
        gateways.controls.not_deployed = NO_TABLE
    with pytest.raises(ExceptionGroup):
        deliver(gateways)
    deliver(gateways, receive_count=5)
    assert gateways.made == gateways.published == gateways.rejected == []
    assert len(gateways.requeued) == 1


def test_a_journal_that_disappears_in_the_middle_stops_the_change() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    gateways.journal.broken["attempted"] = NotDeployed("no table")
    with pytest.raises(ExceptionGroup):
        deliver(gateways)
    assert gateways.made == []


def killed_after(fake: FakeRemediator, call: AwsCall) -> None:
    fake.apply = revoke
    revoke(fake, call)
    raise Killed


def killed_before(fake: FakeRemediator, call: AwsCall) -> None:
    fake.apply = revoke
    raise Killed


def test_a_fix_whose_answer_was_never_written_down_is_unconfirmed() -> None:
    gateways = FakeRemediator(OPEN, killed_after)
    with pytest.raises(Killed):
        deliver(gateways)
    deliver(gateways)
    [outcome] = gateways.published
    assert outcome.status is Status.UNCONFIRMED
    assert outcome.removed == ("tcp 22 from 0.0.0.0/0",)
    assert any("no response" in note and "as the call leaves it" in note for note in outcome.notes)
    assert only_record(gateways).opening.before == OPEN


def test_a_call_that_had_no_effect_is_made_again_and_confirmed() -> None:
    gateways = FakeRemediator(OPEN, killed_before)
    with pytest.raises(Killed):
        deliver(gateways)
    deliver(gateways)
    assert gateways.published[0].status is Status.FIXED
    assert [each.answer for each in only_record(gateways).attempts] == [Answer.WITHOUT_EFFECT, Answer.MADE]


def one_by_one() -> Rule:
    """The rule with a call for each entry."""

    def plan(some: Any, parameters: Any) -> Plan:
        whole = SECURITY_GROUP_RULE.plan(some, parameters).calls
        calls = [
            AwsCall(call.service, call.action, {**call.parameters, "IpPermissions": [entry]})
            for call in whole
            for entry in call.parameters["IpPermissions"]
        ]
        return Plan(tuple(calls))

    return replace(SECURITY_GROUP_RULE, plan=plan)


def stopped_at_udp(fake: FakeRemediator, call: AwsCall) -> None:
    if call.parameters["IpPermissions"][0]["IpProtocol"] == "udp":
        fake.apply = revoke
        raise Killed
    revoke(fake, call)


def test_what_an_earlier_delivery_did_counts_in_the_difference() -> None:
    gateways = FakeRemediator(WIDE, stopped_at_udp)
    with pytest.raises(Killed):
        deliver(gateways, rule=one_by_one())
    deliver(gateways, rule=one_by_one())
    [outcome] = gateways.published
    assert outcome.status is Status.FIXED
    assert outcome.removed == ("tcp 22 from 0.0.0.0/0", "udp 22 from 0.0.0.0/0")
    assert only_record(gateways).opening.before == WIDE


def test_half_a_fix_is_told_once_however_often_it_is_tried() -> None:
    def half(fake: FakeRemediator, call: AwsCall) -> None:
        fake.resource = group(("udp", 22, "0.0.0.0/0"))

    gateways = FakeRemediator(WIDE, half)
    for _ in range(2):
        with pytest.raises(ExceptionGroup):
            deliver(gateways)
    assert [outcome.status for outcome in gateways.published] == [Status.PARTIALLY_FIXED]


def test_a_failed_order_is_tried_again_after_a_redrive_and_reported_again() -> None:
    def refuse(fake: FakeRemediator, call: AwsCall) -> None:
        raise AwsRefused("UnauthorizedOperation: an SCP", "Allow it.")

    gateways = FakeRemediator(OPEN, refuse)
    deliver(gateways)
    deliver(gateways)  # the same message: nothing new
    assert len(gateways.published) == len(gateways.rejected) == 1
    gateways.apply = revoke
    deliver(gateways, "redriven")
    assert [outcome.status for outcome in gateways.published] == [Status.FAILED, Status.FIXED]
    assert [each.answer for each in only_record(gateways).attempts] == [Answer.REFUSED, Answer.MADE]


def test_an_obstacle_that_a_redriven_order_meets_again_is_told_and_set_aside_again() -> None:
    stuck = replace(SECURITY_GROUP_RULE, plan=lambda *_: Plan(obstacles=(Obstacle("Over the quota.", "Raise it."),)))
    gateways = FakeRemediator(OPEN)
    for message in ("m-1", "m-1", "redriven", "redriven"):
        deliver(gateways, message, rule=stuck)
    assert len(gateways.published) == len(gateways.rejected) == 2


def test_a_superseded_call_does_not_count() -> None:
    def overtaken(fake: FakeRemediator, call: AwsCall) -> None:
        fake.resource = CLOSED
        raise Superseded("InvalidPermission.NotFound")

    gateways = FakeRemediator(OPEN, overtaken)
    deliver(gateways)
    assert [each.answer for each in only_record(gateways).attempts] == [Answer.REFUSED]
    assert gateways.published[0].status is Status.SUPERSEDED


def test_a_call_that_ec2_only_partly_knew_took_only_that_part() -> None:
    def partly(fake: FakeRemediator, call: AwsCall) -> None:
        fake.apply = revoke
        fake.resource = group()
        unknown = [entry for entry in call.parameters["IpPermissions"] if entry["IpProtocol"] == "udp"]
        raise Superseded("not known", {"UnknownIpPermissions": unknown})

    gateways = FakeRemediator(WIDE, partly)
    deliver(gateways)
    [attempt] = only_record(gateways).attempts
    assert attempt.answer is Answer.MADE
    assert attempt.seen == group(("tcp", 22, "0.0.0.0/0"))


def test_a_change_that_our_first_try_may_have_made_is_unconfirmed_and_not_attributed_to_others() -> None:
    def twice(fake: FakeRemediator, call: AwsCall) -> None:
        revoke(fake, call)
        raise Superseded("InvalidPermission.NotFound", is_perhaps_ours=True)

    gateways = FakeRemediator(OPEN, twice)
    deliver(gateways)
    [outcome] = gateways.published
    assert outcome.status is Status.UNCONFIRMED
    assert outcome.removed == ("tcp 22 from 0.0.0.0/0",)
    [attempt] = only_record(gateways).attempts
    assert (attempt.answer, attempt.error) == (Answer.UNKNOWN, "InvalidPermission.NotFound")
