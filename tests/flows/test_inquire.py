"""Each outcome of a violation is followed by the question who opened it; nothing waits for the answer."""

import pytest

from chalicelib.errors import NotDeployed, NotDone
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.journal.record import remediation_id
from chalicelib.notify import Status
from chalicelib.pipeline.remediate import remediate
from chalicelib.rules import SECURITY_GROUP_RULE

from .fakes import FakeRemediator, finding
from .test_flapping import HOUR, flapping, found, opened_again
from .test_remediate import CLOSED, OPEN, event, order, revoke


def remediated(gateways: FakeRemediator, receive_count: int = 1) -> FakeRemediator:
    remediate(event(order(), receive_count=receive_count), SECURITY_GROUP_RULE, gateways)
    return gateways


def test_who_opened_what_was_fixed_is_asked_five_minutes_later() -> None:
    gateways = remediated(FakeRemediator(OPEN, revoke))
    about = finding()
    expected = Inquiry.about(about, about.violations, remediation_id(about), "2026-01-01T00:00:01+00:00")
    assert gateways.inquiries == [(expected, 300)]


def test_it_is_asked_once_however_often_the_order_comes() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    for _ in range(3):
        remediated(gateways)
    assert len(gateways.inquiries) == 1


def test_nobody_is_asked_for_where_nothing_was_open() -> None:
    gateways = remediated(FakeRemediator(CLOSED))
    assert gateways.published[0].status is Status.ALREADY_COMPLIANT
    assert gateways.inquiries == []


def test_who_opened_what_cannot_be_fixed_is_asked_when_it_is_given_up() -> None:
    gateways = FakeRemediator(OPEN)
    for _ in range(4):
        with pytest.raises(ExceptionGroup):
            remediated(gateways)
    assert gateways.inquiries == []
    with pytest.raises(ExceptionGroup):
        remediated(gateways, receive_count=5)
    assert gateways.published[-1].status is Status.FAILED
    assert len(gateways.inquiries) == 1


@pytest.mark.parametrize("error", [NotDeployed("no such queue"), NotDone("SQS is down")])
def test_a_question_that_cannot_be_sent_fails_nothing(error: Exception) -> None:
    gateways = FakeRemediator(OPEN, revoke, inquire_error=error)
    remediated(gateways)
    assert gateways.resource == CLOSED
    assert gateways.published[0].status is Status.FIXED
    assert gateways.deleted == ["h1"]


def test_each_reminder_of_a_flapping_violation_asks_who_opened_it() -> None:
    gateways = flapping()
    asked = len(gateways.inquiries)
    for number in range(8):
        opened_again(gateways, 4 + number, HOUR / 4)
    asked_about = [inquiry.remediation_id for inquiry, _ in gateways.inquiries[asked:]]
    assert asked_about == [remediation_id(found(4)), remediation_id(found(8))]
