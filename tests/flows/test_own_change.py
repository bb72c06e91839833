"""Two findings of one violation: a fix by another remediation of ours is not attributed to somebody else."""

from typing import Any

import pytest

from chalicelib.errors import NotDone, Superseded
from chalicelib.findings import AwsCall, Finding
from chalicelib.notify import Outcome, Status
from chalicelib.pipeline.remediate import remediate
from chalicelib.rules import SECURITY_GROUP_RULE

from .fakes import FakeRemediator, finding, group
from .test_remediate import CLOSED, OPEN, event, order, revoke

FIRST, SECOND = finding(), finding(detected_at="2026-01-01T00:00:01Z")


def delivery(about: Finding, message_id: str) -> dict[str, Any]:
    made = event(order(about))
    made["Records"][0]["messageId"] = message_id
    return made


def race(other: Finding, resource: Any = OPEN) -> list[Outcome]:
    """The outcomes if the other remediation runs just before the first one's call."""
    gateways = FakeRemediator(resource)

    def overtake(fake: FakeRemediator, call: AwsCall) -> None:
        fake.apply = revoke
        remediate(delivery(other, "m-2"), SECURITY_GROUP_RULE, fake)
        raise Superseded("InvalidPermission.NotFound")

    gateways.apply = overtake
    remediate(delivery(FIRST, "m-1"), SECURITY_GROUP_RULE, gateways)
    return gateways.published


def test_of_two_remediations_that_race_one_is_told_as_fixed_and_the_other_names_it() -> None:
    fixed, other = race(SECOND)
    assert (fixed.status, other.status) == (Status.FIXED, Status.ALREADY_COMPLIANT)
    assert other.fixed_by == fixed.remediation_id != other.remediation_id


def test_the_loser_of_a_race_does_not_ask_who_it_was() -> None:
    gateways = FakeRemediator(CLOSED)
    remediate(delivery(FIRST, "m-1"), SECURITY_GROUP_RULE, gateways)
    assert gateways.inquiries == []


def test_what_somebody_else_has_closed_is_told_as_theirs() -> None:
    def somebody(fake: FakeRemediator, call: AwsCall) -> None:
        fake.resource = CLOSED
        raise Superseded("InvalidPermission.NotFound")

    gateways = FakeRemediator(OPEN, somebody)
    remediate(delivery(FIRST, "m-1"), SECURITY_GROUP_RULE, gateways)
    [outcome] = gateways.published
    assert (outcome.status, outcome.fixed_by) == (Status.SUPERSEDED, "")


def test_a_violation_closed_by_somebody_else_is_not_attributed_to_our_fix_of_another_one() -> None:
    gateways = FakeRemediator(group(("tcp", 3389, "0.0.0.0/0")), revoke)
    remediate(delivery(FIRST, "m-1"), SECURITY_GROUP_RULE, gateways)

    def somebody(fake: FakeRemediator, call: AwsCall) -> None:
        fake.resource = CLOSED
        raise Superseded("InvalidPermission.NotFound")

    gateways.resource, gateways.apply = OPEN, somebody
    remediate(delivery(SECOND, "m-2"), SECURITY_GROUP_RULE, gateways)
    assert gateways.published[-1].status is Status.SUPERSEDED


def test_a_second_finding_of_what_was_fixed_names_the_remediation_that_fixed_it() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    violations = SECURITY_GROUP_RULE.violations(OPEN, SECURITY_GROUP_RULE.parameters({}))
    for number in range(2):
        about = finding(detected_at=f"2026-01-01T00:00:0{number}Z", violations=violations)
        remediate(delivery(about, f"m-{number}"), SECURITY_GROUP_RULE, gateways)
    fixed, again = gateways.published
    assert (again.status, again.fixed_by) == (Status.ALREADY_COMPLIANT, fixed.remediation_id)


def test_a_fix_from_long_before_the_finding_is_not_what_made_it_compliant() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    violations = SECURITY_GROUP_RULE.violations(OPEN, SECURITY_GROUP_RULE.parameters({}))
    remediate(delivery(finding(violations=violations), "m-1"), SECURITY_GROUP_RULE, gateways)
    gateways.time = "2026-01-01T02:00:00+00:00"
    later = finding(detected_at="2026-01-01T02:00:00Z", violations=violations)
    remediate(delivery(later, "m-2"), SECURITY_GROUP_RULE, gateways)
    assert gateways.published[-1].fixed_by == ""


def test_the_outcome_is_reported_even_if_the_journal_cannot_be_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise NotDone("throttled")

    gateways = FakeRemediator(CLOSED)
    monkeypatch.setattr(gateways, "past", refuse)
    remediate(delivery(FIRST, "m-1"), SECURITY_GROUP_RULE, gateways)
    assert gateways.published[0].status is Status.ALREADY_COMPLIANT
    assert gateways.deleted == ["h1"]
