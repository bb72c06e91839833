"""A remediator follows the rule's mode, whatever a message says."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.approvals.holds import State, held, hold_id
from chalicelib.errors import NotDone, Superseded
from chalicelib.exemptions.exemptions import instant
from chalicelib.findings import AwsCall
from chalicelib.modes import Handling
from chalicelib.notify import Held, Status
from chalicelib.pipeline.remediate import remediate
from chalicelib.rules import SECURITY_GROUP_RULE, Plan

from .fakes import FakeRemediator, finding, group
from .holds import APPROVE, HALF_AN_HOUR, OBSERVE, FakeHolds
from .test_remediate import CLOSED, OPEN, event, order, revoke

NOW = instant("2026-01-01T00:00:00Z", "now")
FOUND = finding(violations=SECURITY_GROUP_RULE.violations(OPEN, SECURITY_GROUP_RULE.parameters({})))
ID = hold_id(FOUND)
FOUND_BESIDE = SECURITY_GROUP_RULE.violations(group(("tcp", 3389, "0.0.0.0/0")), SECURITY_GROUP_RULE.parameters({}))
FOUND_BESIDE_REASONS = tuple(each.reason for each in FOUND_BESIDE)
MODES = pytest.mark.parametrize("handled", [APPROVE, HALF_AN_HOUR, OBSERVE], ids=["approve", "grace", "observe"])


def holding(state: State, handled: Handling, who: str = "") -> FakeHolds:
    return FakeHolds({ID: held(FOUND, handled, NOW).decided(state, FOUND, who, "", NOW)})


@MODES
def test_a_forged_work_order_changes_nothing_and_what_the_resource_is_waits(handled: Handling) -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=handled)
    forged = replace(FOUND, violations=(*FOUND.violations, *FOUND_BESIDE), notes=("forged",))
    remediate(event(order(forged)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == gateways.requeued == []
    [hold] = gateways.holds.holds.values()
    assert hold.finding.violations == FOUND.violations
    assert hold.finding.notes == ()
    assert [type(told) for told in gateways.published] == ([] if handled is OBSERVE else [Held])
    assert gateways.deleted == ["h1"]


@pytest.mark.parametrize("state", [State.APPROVED, State.RELEASED, State.REJECTED, State.GRACE])
def test_a_widened_work_order_overwrites_no_decision_and_restarts_no_grace(state: State) -> None:
    handled = HALF_AN_HOUR if state is State.GRACE else APPROVE
    gateways = FakeRemediator(CLOSED, revoke, handled=handled, holds=holding(state, handled, "ann"))
    before = gateways.holds.holds[ID]
    gateways.resource = OPEN if state in (State.REJECTED, State.GRACE) else CLOSED
    forged = replace(FOUND, violations=(*FOUND.violations, *FOUND_BESIDE), detected_at="2025-12-31T00:00:00Z")
    if state in (State.REJECTED, State.GRACE):
        remediate(event(order(forged)), SECURITY_GROUP_RULE, gateways)
        assert replace(gateways.holds.holds[ID], seen_at=before.seen_at) == before
    assert list(gateways.holds.holds) == [ID]
    assert gateways.made == []


@pytest.mark.parametrize("state", [State.APPROVAL, State.GRACE, State.OBSERVED, State.REJECTED, State.DONE])
def test_a_violation_without_a_consent_is_not_changed(state: State) -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=holding(state, APPROVE, "ann"))
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []


def test_what_is_approved_is_fixed_and_its_approval_is_used_up() -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=holding(State.RELEASED, APPROVE, "ann"))
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert [outcome.status for outcome in gateways.published] == [Status.FIXED]
    assert gateways.holds.holds[ID].state is State.DONE
    assert gateways.inquiries == []  # the question who opened it was asked when it began to wait
    gateways.resource = OPEN
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert len(gateways.made) == 1


def test_a_grace_period_that_is_over_is_not_an_approval() -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=holding(State.RELEASED, HALF_AN_HOUR))
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []


def test_a_violation_opened_after_the_approval_waits_and_the_approved_one_is_fixed() -> None:
    wider = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 3389, "0.0.0.0/0"))
    gateways = FakeRemediator(wider, revoke, handled=APPROVE, holds=holding(State.RELEASED, APPROVE, "ann"))
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == group(("tcp", 3389, "0.0.0.0/0"))
    told, fixed = gateways.published
    assert isinstance(told, Held)
    assert (told.hold_id, told.violations) == (f"{ID}-2", FOUND_BESIDE_REASONS)
    assert fixed.status is Status.FIXED
    assert any("Not changed until somebody decides: tcp 3389" in note for note in fixed.notes)
    assert [hold.state for hold in gateways.holds.holds.values()] == [State.DONE, State.APPROVAL]
    assert gateways.requeued == []


def test_a_violation_closed_after_the_approval_does_not_block_the_other_fixes() -> None:
    both = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 3389, "0.0.0.0/0"))
    wide = finding(violations=SECURITY_GROUP_RULE.violations(both, SECURITY_GROUP_RULE.parameters({})))
    holds = FakeHolds({ID: held(wide, APPROVE, NOW).decided(State.RELEASED, wide, "ann", "", NOW)})
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=holds)
    remediate(event(order(wide)), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == CLOSED


def test_nothing_is_changed_while_approvals_cannot_be_read() -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=FakeHolds(unreadable=NotDone("throttled")))
    with pytest.raises(ExceptionGroup):
        remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []


def test_a_resource_that_is_compliant_by_now_uses_up_its_approval() -> None:
    gateways = FakeRemediator(CLOSED, revoke, handled=APPROVE, holds=holding(State.RELEASED, APPROVE, "ann"))
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.holds.holds[ID].state is State.DONE


def test_what_was_approved_under_other_parameters_is_not_fixed_under_these() -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=holding(State.RELEASED, APPROVE, "ann"))
    gateways.parameters = {"portRange": "carve"}
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == gateways.requeued == []
    [hold] = gateways.holds.holds.values()
    assert (hold.state, hold.finding.rule_parameters) == (State.APPROVAL, {"portRange": "carve"})


def test_what_is_opened_while_a_fix_is_under_way_waits_and_people_are_told_what_was_done() -> None:
    """A part is fixed; then somebody closes the rest first and opens another violation, which nobody approved."""
    both = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 3389, "0.0.0.0/0"))
    found = finding(violations=SECURITY_GROUP_RULE.violations(both, SECURITY_GROUP_RULE.parameters({})))
    holds = FakeHolds({ID: held(found, APPROVE, NOW).decided(State.RELEASED, found, "ann", "", NOW)})
    first = Plan((AwsCall("ec2", "RevokeSecurityGroupIngress", permissions(22)),))
    rest = Plan((AwsCall("ec2", "RevokeSecurityGroupIngress", permissions(3389)),))
    rule = replace(SECURITY_GROUP_RULE, plan=lambda here, _: first + rest)

    def meanwhile(fake: FakeRemediator, call: AwsCall) -> None:
        if call == rest.calls[0]:
            fake.resource = group(("tcp", 1433, "0.0.0.0/0"))
            raise Superseded("gone")
        revoke(fake, call)

    gateways = FakeRemediator(both, meanwhile, handled=APPROVE, holds=holds)
    remediate(event(order(found)), rule, gateways)
    told, outcome = gateways.published
    assert isinstance(told, Held)
    assert outcome.status is Status.PARTIALLY_FIXED
    assert gateways.made == list(first.calls)
    waits = gateways.holds.holds[told.hold_id].finding
    assert [each.violation_details["fromPort"] for each in waits.violations] == [1433]
    assert gateways.deleted == ["h1"]
    assert gateways.rejected == []


def permissions(port: int) -> dict[str, Any]:
    entry = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return {"GroupId": "sg-1", "IpPermissions": [entry]}
