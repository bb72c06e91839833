"""A remediator does what a rule's mode lets it do, whatever a message says."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import NotDone, Superseded
from chalicelib.flows.remediate import remediate
from chalicelib.messages import AwsCall, Violation
from chalicelib.modes import Handling
from chalicelib.notifications import Status
from chalicelib.rules import SECURITY_GROUP_RULE, Plan
from chalicelib.trust.exemptions import instant
from chalicelib.trust.holds import State, held, hold_id

from .fakes import FakeRemediator, finding, group
from .holds import APPROVE, HALF_AN_HOUR, OBSERVE, FakeHolds
from .test_remediate import CLOSED, OPEN, event, order, revoke

NOW = instant("2026-01-01T00:00:00Z", "now")
FOUND = finding(violations=SECURITY_GROUP_RULE.violations(OPEN, SECURITY_GROUP_RULE.parameters({})))
ID = hold_id(FOUND)
MODES = pytest.mark.parametrize("handled", [APPROVE, HALF_AN_HOUR, OBSERVE], ids=["approve", "grace", "observe"])


def holding(state: State, handled: Handling, who: str = "") -> FakeHolds:
    return FakeHolds({ID: held(FOUND, handled, NOW).decided(state, FOUND, who, "", NOW)})


@MODES
def test_a_forged_work_order_changes_nothing_and_goes_back_to_wait(handled: Handling) -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=handled)
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == gateways.published == []
    [(body, _)] = gateways.queued_anew
    assert body["detectedAt"] == FOUND.detected_at
    assert gateways.deleted == ["h1"]


@pytest.mark.parametrize("state", [State.APPROVAL, State.GRACE, State.OBSERVED, State.REJECTED, State.DONE])
def test_what_nobody_has_let_go_on_is_not_changed(state: State) -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=holding(state, APPROVE, "ann"))
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []


def test_what_is_approved_is_fixed_and_its_approval_is_used_up() -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=holding(State.RELEASED, APPROVE, "ann"))
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert [outcome.status for outcome in gateways.published] == [Status.FIXED]
    assert gateways.holds.holds[ID].state is State.DONE
    assert gateways.inquiries == []  # who opened it was asked as it began to wait
    gateways.resource = OPEN
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert len(gateways.made) == 1


def test_a_grace_that_is_over_is_no_approval() -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=holding(State.RELEASED, HALF_AN_HOUR))
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []


def test_what_was_opened_since_the_approval_waits_with_all_the_rest_as_it_is_now() -> None:
    wider = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 3389, "0.0.0.0/0"))
    gateways = FakeRemediator(wider, revoke, handled=APPROVE, holds=holding(State.RELEASED, APPROVE, "ann"))
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []
    [(body, _)] = gateways.queued_anew
    assert [Violation.from_json(each, "").violation_details["fromPort"] for each in body["violations"]] == [22, 3389]
    assert len(body["requiredSteps"]) == 1


def test_what_was_closed_since_the_approval_keeps_nothing_else_from_being_fixed() -> None:
    both = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 3389, "0.0.0.0/0"))
    wide = finding(violations=SECURITY_GROUP_RULE.violations(both, SECURITY_GROUP_RULE.parameters({})))
    holds = FakeHolds({ID: held(wide, APPROVE, NOW).decided(State.RELEASED, wide, "ann", "", NOW)})
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=holds)
    remediate(event(order(wide)), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == CLOSED


def test_while_it_cannot_be_read_whether_somebody_has_agreed_nothing_is_changed() -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=FakeHolds(unreadable=NotDone("throttled")))
    with pytest.raises(ExceptionGroup):
        remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []


def test_what_is_compliant_by_now_uses_its_approval_up() -> None:
    gateways = FakeRemediator(CLOSED, revoke, handled=APPROVE, holds=holding(State.RELEASED, APPROVE, "ann"))
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.holds.holds[ID].state is State.DONE


def test_what_was_approved_under_other_parameters_is_not_fixed_under_these() -> None:
    gateways = FakeRemediator(OPEN, revoke, handled=APPROVE, holds=holding(State.RELEASED, APPROVE, "ann"))
    gateways.parameters = {"portRange": "carve"}
    remediate(event(order(FOUND)), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []
    [(body, seconds)] = gateways.queued_anew
    assert (body["ruleParameters"], seconds) == ({"portRange": "carve"}, 60)


def test_what_is_opened_while_a_fix_is_under_way_waits_and_people_are_told_what_was_done() -> None:
    """A part is done, somebody is faster with the rest, and has opened something else: nobody has agreed to that."""
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
    [outcome] = gateways.published
    assert outcome.status is Status.PARTIALLY_FIXED
    assert gateways.made == list(first.calls)
    [(body, _)] = gateways.queued_anew
    assert [each["violationDetails"]["fromPort"] for each in body["violations"]] == [1433]
    assert gateways.deleted == ["h1"]
    assert gateways.rejected == []


def permissions(port: int) -> dict[str, Any]:
    entry = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return {"GroupId": "sg-1", "IpPermissions": [entry]}
