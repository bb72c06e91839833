import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import AwsRefused, NotDone, Superseded, Unreadable
from chalicelib.findings import AwsCall, Finding, WorkOrder
from chalicelib.journal.record import remediation_id
from chalicelib.notify import Outcome, Rejection, Status
from chalicelib.pipeline.remediate import remediate
from chalicelib.resources import SecurityGroup
from chalicelib.rules import SECURITY_GROUP_RULE, Obstacle, Plan

from .fakes import SOURCE_URL, FakeConfigRule, FakeRemediator, finding, group

OPEN = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 443, "0.0.0.0/0"))
CLOSED = group(("tcp", 443, "0.0.0.0/0"))


def event(*bodies: str, receive_count: int = 1) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(receive_count)}
    return {"Records": [{"body": body, "attributes": attributes} for body in bodies]}


def order(about: Finding | None = None, also: tuple[str, ...] = ()) -> str:
    return json.dumps(WorkOrder(SOURCE_URL, "h1", about or finding(), also).to_json())


def revoke(fake: FakeRemediator, call: AwsCall) -> None:
    """Remove exactly the named permissions, as EC2 does."""
    named = {
        (p["IpProtocol"], p.get("FromPort"), p.get("ToPort"), r["CidrIp"])
        for p in call.parameters["IpPermissions"]
        for r in p["IpRanges"]
    }
    here: SecurityGroup = fake.resource
    kept = [p for p in here.ingress if (p.protocol, p.from_port, p.to_port, p.sources[0].value) not in named]
    fake.resource = replace(here, ingress=tuple(kept))


def test_a_fix_is_read_changed_verified_reported_and_only_then_deleted() -> None:
    gateways = FakeRemediator(OPEN, revoke)
    remediate(event(order(also=("h0",))), SECURITY_GROUP_RULE, gateways)
    assert gateways.steps == [
        *("read", "asked", "opened", "attempted", "changed", "answered", "read"),
        *("closed", "published", "asked who", "noted", "deleted", "deleted"),
    ]
    assert gateways.deleted == ["h1", "h0"]
    [outcome] = gateways.published
    assert outcome.status is Status.FIXED
    assert len(outcome.removed) == 1
    assert "22" in outcome.removed[0]
    assert outcome.added == ()
    assert gateways.resource == CLOSED


def test_what_is_already_compliant_is_not_touched() -> None:
    gateways = FakeRemediator(CLOSED)
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []
    assert gateways.published[0].status is Status.ALREADY_COMPLIANT
    assert gateways.deleted == ["h1"]


def test_what_no_longer_exists_is_gone() -> None:
    gateways = FakeRemediator(None)
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.published[0].status is Status.GONE


def test_only_current_violations_are_changed_whatever_the_message_asks() -> None:
    forged = finding(
        required_steps=(AwsCall("ec2", "DeleteSecurityGroup", {"GroupId": "sg-1"}),),
        rule_parameters={"prohibitedPorts": "443"},
    )
    gateways = FakeRemediator(OPEN, revoke, parameters={"prohibitedPorts": "22"})
    remediate(event(order(forged)), SECURITY_GROUP_RULE, gateways)
    assert [call.action for call in gateways.made] == ["RevokeSecurityGroupIngress"]
    assert gateways.resource == CLOSED


def test_what_names_a_rule_that_aws_config_does_not_have_is_rejected_and_changes_nothing() -> None:
    gateways = FakeRemediator(OPEN, revoke, parameters=None)
    remediate(event(order(finding(rule_parameters={"prohibitedPorts": "0-65535"}))), SECURITY_GROUP_RULE, gateways)
    assert (gateways.resource, gateways.made, gateways.deleted) == (OPEN, [], ["h1"])
    [(_, reason)] = gateways.rejected
    assert reason.startswith("message.messageBody.raisedByRule: expected a rule that AWS Config has now")
    assert [note.reason for note in gateways.published] == [reason]
    assert "changed" not in gateways.steps
    assert "read" not in gateways.steps


def test_the_parameters_that_a_message_brings_decide_nothing() -> None:
    gateways = FakeRemediator(OPEN, revoke, parameters={"prohibitedPorts": "22"})
    remediate(event(order(finding(rule_parameters={"prohibitedPorts": "443"}))), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == CLOSED


def test_a_rule_that_another_function_evaluates_is_not_ours() -> None:
    class Others(FakeRemediator):
        def config_rule(self, name: str) -> FakeConfigRule:
            return FakeConfigRule({"prohibitedPorts": "0-65535"}, ("dd-aws-sandbox-evaluate_s3_bucket",))

    gateways = Others(OPEN, revoke)
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == OPEN
    [(_, reason)] = gateways.rejected
    assert "expected a rule that dd-aws-sandbox-evaluate_security_group evaluates; got 'ports'" in reason


def test_a_rule_that_cannot_be_read_changes_nothing_and_lets_the_finding_wait() -> None:
    class Throttled(FakeRemediator):
        def config_rule(self, name: str) -> FakeConfigRule:
            raise Unreadable("throttled")

    gateways = Throttled(OPEN, revoke)
    with pytest.raises(ExceptionGroup):
        remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    remediate(event(order(), receive_count=5), SECURITY_GROUP_RULE, gateways)
    assert (gateways.resource, gateways.rejected, gateways.published) == (OPEN, [], [])
    assert [seconds for _, seconds in gateways.requeued] == [300]


FOREIGN_URLS = [
    SOURCE_URL.replace("123456789012", "999999999999"),
    SOURCE_URL.replace("eu-west-1", "us-east-1"),
    SOURCE_URL.replace("amazonaws.com", "amazonaws.com.evil.example"),
    SOURCE_URL + "?x=1",
]


@pytest.mark.parametrize("url", FOREIGN_URLS)
def test_only_messages_of_our_own_queue_are_deleted(url: str) -> None:
    gateways = FakeRemediator(OPEN, revoke)
    body = {**json.loads(order()), "sourceQueueUrl": url}
    remediate(event(json.dumps(body)), SECURITY_GROUP_RULE, gateways)
    assert (gateways.resource, gateways.deleted) == (OPEN, [])
    [(_, reason)] = gateways.rejected
    assert reason.startswith("message.sourceQueueUrl")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"aws_account_id": "999999999999"}, "awsAccountId"),
        ({"aws_region": "us-east-1"}, "awsRegion"),
        ({"detected_at": "9999-12-31T23:59:59Z"}, "detectedAt"),
        ({"detected_at": "2026-01-01T00:06:00Z"}, "detectedAt"),
        ({"detected_at": "1970-01-01T00:00:00Z"}, "detectedAt"),
        ({"notes": ("x" * 10_001,)}, "notes[0]"),
        ({"notes": ("x",) * 1001}, "notes"),
        ({"violations": finding().violations * 1001}, "violations"),
        ({"required_steps": finding().required_steps * 1001}, "requiredSteps"),
        ({"rule_parameters": {f"p{n}": "x" for n in range(51)}}, "ruleParameters"),
        ({"rule_parameters": {"p": "x" * 1025}}, "ruleParameters.p"),
    ],
)
def test_what_is_not_ours_or_not_possible_is_rejected_with_its_field(changes: dict[str, Any], field: str) -> None:
    gateways = FakeRemediator(OPEN, revoke)
    remediate(event(order(replace(finding(), **changes))), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == OPEN
    [(_, reason)] = gateways.rejected
    assert reason.startswith(f"message.messageBody.{field}: expected ")
    assert [note.reason for note in gateways.published] == [reason]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (order(also=("h",) * 101), "message.alsoSatisfies: expected at most 100 items"),
        (order(also=("h" * 2049,)), "message.alsoSatisfies[0]: expected an SQS receipt handle"),
        (order(also=("h h",)), "message.alsoSatisfies[0]: expected an SQS receipt handle"),
        (json.dumps({"sourceQueueUrl": "x" * 500_000}), "message: expected at most "),
        (order()[:-1] + ', "x": NaN}', "message: expected unambiguous JSON: NaN"),
        (order()[:-1] + ', "x": 1e999}', "message: expected unambiguous JSON: a number is too"),
        (order()[:-1] + f', "x": {"9" * 5000}}}', "message: expected unambiguous JSON: Exceeds"),
        (order()[:-1] + ', "x": "\\ud800"}', "message: expected JSON in which every text is valid Unicode"),
        (order()[:-1] + ', "x": "\ud800"}', "message: expected JSON in which every text is valid Unicode"),
        (order()[:-1] + ', "receiptHandle": "h2"}', "message: expected unambiguous JSON: the key"),
        ("[" * 100_000, "message: expected JSON"),
    ],
)
def test_a_body_beyond_its_bounds_is_rejected_before_anything_is_done(body: str, reason: str) -> None:
    gateways = FakeRemediator(OPEN, revoke)
    remediate(event(body), SECURITY_GROUP_RULE, gateways)
    assert (gateways.steps, gateways.resource) == (["published"], OPEN)
    assert gateways.rejected[0][1].startswith(reason)


def test_a_fix_that_did_not_work_is_not_called_fixed() -> None:
    gateways = FakeRemediator(OPEN)
    with pytest.raises(ExceptionGroup) as caught:
        remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert "still not compliant" in str(caught.value.exceptions[0])
    assert gateways.waited == 30
    assert gateways.published == gateways.deleted == []


def test_the_last_try_reports_failed_deletes_the_source_and_raises() -> None:
    gateways = FakeRemediator(OPEN)
    with pytest.raises(ExceptionGroup):
        remediate(event(order(), receive_count=5), SECURITY_GROUP_RULE, gateways)
    assert gateways.published[0].status is Status.FAILED
    assert "still not compliant" in gateways.published[0].reason
    assert gateways.published[0].next_step
    assert gateways.deleted == ["h1"]


def test_a_superseded_plan_is_made_again() -> None:
    def overtaken(fake: FakeRemediator, call: AwsCall) -> None:
        fake.apply = revoke
        fake.resource = group(("tcp", 22, "0.0.0.0/0"))
        raise Superseded("InvalidPermission.NotFound")

    gateways = FakeRemediator(group(("tcp", 22, "0.0.0.0/0"), ("udp", 22, "0.0.0.0/0")), overtaken)
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == group()
    assert gateways.published[0].status is Status.FIXED


def test_what_someone_else_closed_between_reading_and_revoking_is_superseded() -> None:
    def overtaken(fake: FakeRemediator, call: AwsCall) -> None:
        fake.resource = CLOSED
        raise Superseded("InvalidPermission.NotFound")

    gateways = FakeRemediator(OPEN, overtaken)
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.published[0].status is Status.SUPERSEDED
    assert gateways.published[0].removed == ()
    assert gateways.deleted == ["h1"]


def test_half_a_fix_is_reported_as_such_and_tried_again() -> None:
    def half(fake: FakeRemediator, call: AwsCall) -> None:
        fake.resource = group(("udp", 22, "0.0.0.0/0"))

    gateways = FakeRemediator(group(("tcp", 22, "0.0.0.0/0"), ("udp", 22, "0.0.0.0/0")), half)
    with pytest.raises(ExceptionGroup):
        remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    [outcome] = gateways.published
    assert outcome.status is Status.PARTIALLY_FIXED
    assert len(outcome.left) == len(outcome.removed) == 1
    assert gateways.deleted == []


def test_what_no_try_will_fix_is_told_with_the_next_step_and_not_tried_again() -> None:
    stuck = replace(
        SECURITY_GROUP_RULE, plan=lambda group, parameters: Plan(obstacles=(Obstacle("Over the quota.", "Raise it."),))
    )
    gateways = FakeRemediator(OPEN)
    remediate(event(order()), stuck, gateways)
    [outcome] = gateways.published
    assert (outcome.status, outcome.reason, outcome.next_step) == (Status.FAILED, "Over the quota.", "Raise it.")
    assert gateways.made == []
    assert gateways.rejected[0][1] == "Over the quota."
    assert gateways.deleted == ["h1"]


def test_a_fix_with_an_obstacle_does_what_it_can_and_tells_the_rest() -> None:
    def planned(some: SecurityGroup, parameters: Any) -> Plan:
        return replace(SECURITY_GROUP_RULE.plan(some, parameters), obstacles=(Obstacle("Not all.", "See to it."),))

    def half(fake: FakeRemediator, call: AwsCall) -> None:
        fake.resource = group(("udp", 22, "0.0.0.0/0"))

    gateways = FakeRemediator(group(("tcp", 22, "0.0.0.0/0"), ("udp", 22, "0.0.0.0/0")), half)
    remediate(event(order()), replace(SECURITY_GROUP_RULE, plan=planned), gateways)
    [outcome] = gateways.published
    assert (outcome.status, outcome.next_step) == (Status.PARTIALLY_FIXED, "See to it.")
    assert gateways.deleted == ["h1"]


def test_a_fix_with_an_obstacle_waits_for_nothing_that_will_not_come() -> None:
    def planned(some: SecurityGroup, parameters: Any) -> Plan:
        tcp = replace(some, ingress=tuple(each for each in some.ingress if each.protocol == "tcp"))
        return replace(SECURITY_GROUP_RULE.plan(tcp, parameters), obstacles=(Obstacle("Not udp.", "See to it."),))

    gateways = FakeRemediator(group(("tcp", 22, "0.0.0.0/0"), ("udp", 22, "0.0.0.0/0")), revoke)
    remediate(event(order()), replace(SECURITY_GROUP_RULE, plan=planned), gateways)
    assert gateways.published[0].status is Status.PARTIALLY_FIXED
    assert gateways.waited == 0


TWO_CALLS = replace(
    SECURITY_GROUP_RULE,
    plan=lambda group, parameters: Plan(
        tuple(AwsCall("ec2", action, {}) for action in ("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"))
    ),
)


@pytest.mark.parametrize(
    "error", [NotDone("throttled"), AwsRefused("denied", "Allow it.")], ids=["passing", "for good"]
)
def test_what_was_done_before_a_call_failed_is_told(error: Exception) -> None:
    def first_only(fake: FakeRemediator, call: AwsCall) -> None:
        if fake.made:
            raise error
        fake.resource = group(("udp", 22, "0.0.0.0/0"))

    gateways = FakeRemediator(group(("tcp", 22, "0.0.0.0/0"), ("udp", 22, "0.0.0.0/0")), first_only)
    with suppress(ExceptionGroup):
        remediate(event(order()), TWO_CALLS, gateways)
    [outcome] = gateways.published
    assert outcome.status is Status.PARTIALLY_FIXED
    assert outcome.removed == ("tcp 22 from 0.0.0.0/0",)
    assert gateways.deleted == (["h1"] if isinstance(error, AwsRefused) else [])


def test_a_failure_is_told_as_it_is_where_nothing_came_of_the_calls_before() -> None:
    def second_fails(fake: FakeRemediator, call: AwsCall) -> None:
        if fake.made:
            raise NotDone("throttled")

    gateways = FakeRemediator(OPEN, second_fails)
    with pytest.raises(ExceptionGroup) as caught:
        remediate(event(order()), TWO_CALLS, gateways)
    assert str(caught.value.exceptions[0]) == "throttled"
    assert gateways.published == []


def test_a_change_that_aws_refuses_for_good_is_not_tried_twice() -> None:
    def refuse(fake: FakeRemediator, call: AwsCall) -> None:
        raise AwsRefused("UnauthorizedOperation: an SCP", "Allow it.")

    gateways = FakeRemediator(OPEN, refuse)
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    [outcome] = gateways.published
    assert (outcome.status, outcome.next_step) == (Status.FAILED, "Allow it.")
    assert [reason for _, reason in gateways.rejected] == ["UnauthorizedOperation: an SCP Next step: Allow it."]
    assert gateways.deleted == ["h1"]


def test_unreadable_rule_parameters_change_nothing() -> None:
    gateways = FakeRemediator(OPEN, revoke, parameters={"prohibitedPorts": "ssh"})
    remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.made == []
    assert "prohibitedPorts" in gateways.published[0].reason
    assert gateways.published[0].status is Status.FAILED


def test_a_source_message_is_kept_when_the_outcome_could_not_be_reported() -> None:
    gateways = FakeRemediator(OPEN, revoke, publish_error=NotDone("SNS"))
    with pytest.raises(ExceptionGroup):
        remediate(event(order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.deleted == []


ELSEWHERE = WorkOrder("https://sqs.eu-west-1.amazonaws.com/123456789012/payroll", "h", finding())


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("{", "message"),
        (json.dumps(ELSEWHERE.to_json()), "sourceQueueUrl"),
        (order(finding(target_resource_type="AWS::S3::Bucket")), "targetResourceType"),
        (order().replace("EC2_SG_PROHIBITED_PORT", "S3_BUCKET_PUBLIC_ACL"), "violationType"),
    ],
)
def test_a_malformed_order_goes_to_the_dead_letter_queue_and_its_neighbour_is_carried_out(
    body: str, named: str
) -> None:
    gateways = FakeRemediator(OPEN, revoke)
    remediate(event(body, order()), SECURITY_GROUP_RULE, gateways)
    [(rejected, reason)] = gateways.rejected
    assert rejected == body
    assert named in reason
    assert [type(note) for note in gateways.published] == [Rejection, Outcome]
    assert gateways.resource == CLOSED


def test_a_failure_does_not_stop_its_neighbour() -> None:
    def first_fails(fake: FakeRemediator, call: AwsCall) -> None:
        fake.apply = revoke
        raise NotDone("throttled")

    gateways = FakeRemediator(OPEN, first_fails)
    with pytest.raises(ExceptionGroup):
        remediate(event(order(), order()), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == CLOSED


def test_every_delivery_of_one_finding_has_the_same_id() -> None:
    assert remediation_id(finding()) == remediation_id(finding())
    assert remediation_id(finding()) != remediation_id(finding(detected_at="2026-01-02T00:00:00Z"))
