import json
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from chalicelib.aws.config_events import ConfigItem
from chalicelib.errors import BadInput, Failure, NotDone
from chalicelib.pipeline.evaluate import evaluate
from chalicelib.resources import BlockPublicAccess, Bucket, Fact
from chalicelib.rules import S3_BUCKET_RULE, SECURITY_GROUP_RULE

from .fakes import ACCOUNT, REGION, FakeEvaluator, FakeInventory, group

OPEN = group(("tcp", 22, "0.0.0.0/0"))
CLOSED = group(("tcp", 22, "203.0.113.0/24"), group_id="sg-2")


GONE = ("COMPLIANT", "")
UNREADABLE = Failure("sg-broken", BadInput("configuration.ipPermissions", "x", "a list"))


def event(message: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "version": "1.0",
        "invokingEvent": json.dumps(message),
        "ruleParameters": json.dumps({"prohibitedPorts": "22"}),
        "resultToken": "token",
        "eventLeftScope": False,
        "configRuleName": "ports",
        "accountId": ACCOUNT,
        **changes,
    }


def item(
    resource_id: str = "sg-1", status: str = "OK", resource_type: str = "AWS::EC2::SecurityGroup"
) -> dict[str, Any]:
    return {
        "resourceType": resource_type,
        "resourceId": resource_id,
        "configurationItemStatus": status,
        "configurationItemCaptureTime": "2026-01-01T00:00:00Z",
        "awsRegion": REGION,
        "awsAccountId": ACCOUNT,
        "configuration": None,
    }


def change(**changes: Any) -> dict[str, Any]:
    return event({"messageType": "ConfigurationItemChangeNotification", "configurationItem": item(**changes)})


SCHEDULED = event({"messageType": "ScheduledNotification", "notificationCreationTime": "2026-01-02T00:00:00Z"})


def test_a_violation_is_queued_before_aws_config_is_told() -> None:
    gateways = FakeEvaluator(FakeInventory([OPEN]))
    evaluate(change(), SECURITY_GROUP_RULE, gateways)
    assert gateways.steps == ["queued", "reported"]
    [message] = gateways.findings
    assert message["targetResourceId"] == "sg-1"
    assert message["requiredSteps"][0]["action"] == "RevokeSecurityGroupIngress"
    [evaluation] = gateways.evaluations
    assert evaluation["ComplianceType"] == "NON_COMPLIANT"
    assert "0.0.0.0/0" in evaluation["Annotation"]


def test_a_compliant_group_queues_nothing() -> None:
    gateways = FakeEvaluator(FakeInventory([CLOSED]))
    evaluate(change(resource_id="sg-2"), SECURITY_GROUP_RULE, gateways)
    assert gateways.steps == ["reported"]
    assert gateways.evaluations[0]["ComplianceType"] == "COMPLIANT"


@pytest.mark.parametrize("status", ["ResourceDeleted", "ResourceNotRecorded", "ResourceDeletedNotRecorded"])
def test_what_is_deleted_or_not_recorded_is_not_applicable(status: str) -> None:
    gateways = FakeEvaluator()
    evaluate(change(status=status), SECURITY_GROUP_RULE, gateways)
    assert gateways.evaluations[0]["ComplianceType"] == "NOT_APPLICABLE"


def test_what_left_the_scope_or_is_of_another_type_is_not_applicable() -> None:
    gateways = FakeEvaluator(FakeInventory([OPEN]))
    evaluate({**change(), "eventLeftScope": True}, SECURITY_GROUP_RULE, gateways)
    evaluate(change(resource_type="AWS::EC2::Instance"), SECURITY_GROUP_RULE, gateways)
    assert [each["ComplianceType"] for each in gateways.evaluations] == ["NOT_APPLICABLE"] * 2
    assert gateways.findings == []


def test_an_oversized_notification_fetches_the_item() -> None:
    summary = {"messageType": "OversizedConfigurationItemChangeNotification", "configurationItemSummary": item()}
    whole = ConfigItem.from_json(item(), "item")
    gateways = FakeEvaluator(FakeInventory([OPEN]), whole_item=whole)
    evaluate(event(summary), SECURITY_GROUP_RULE, gateways)
    assert gateways.steps == ["fetched", "queued", "reported"]


def test_an_oversized_item_that_aws_config_does_not_have_yet_is_tried_again() -> None:
    summary = {"messageType": "OversizedConfigurationItemChangeNotification", "configurationItemSummary": item()}
    with pytest.raises(NotDone, match="sg-1"):
        evaluate(event(summary), SECURITY_GROUP_RULE, FakeEvaluator())


def test_a_scheduled_run_reports_in_hundreds_and_queues_each_hundred_first() -> None:
    many = [group(("tcp", 22, "0.0.0.0/0"), group_id=f"sg-{n}") for n in range(250)]
    gateways = FakeEvaluator(FakeInventory(many))
    evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert gateways.steps == ["queued", "reported"] * 3
    assert gateways.calls == [100, 100, 50]
    assert len(gateways.findings) == 250


class Context:
    """Lambda's context with `seconds` left; each call uses `cost` seconds."""

    def __init__(self, seconds: float, cost: float) -> None:
        self.seconds = seconds
        self.cost = cost

    def get_remaining_time_in_millis(self) -> int:
        self.seconds -= self.cost
        return int(self.seconds * 1000)


def test_what_was_judged_is_queued_and_reported_before_the_functions_time_is_up() -> None:
    gateways = FakeEvaluator(
        FakeInventory([replace(OPEN, group_id=f"sg-{n}") for n in range(30)]), told={"sg-29": GONE}
    )
    with pytest.raises(NotDone, match="every AWS::EC2::SecurityGroup after the first 10: the function is about to"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways, Context(300, cost=20))
    assert [each["ComplianceResourceId"] for each in gateways.evaluations] == [f"sg-{n}" for n in range(10)]
    assert len(gateways.findings) == 10
    assert gateways.published


@pytest.mark.parametrize("context", [None, object(), Context(0, cost=0), Context(30, cost=0), Mock()])
def test_a_context_that_says_nothing_of_use_ends_no_run(context: object) -> None:
    gateways = FakeEvaluator(FakeInventory([OPEN, CLOSED]))
    evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways, context)
    assert len(gateways.evaluations) == 2


def test_a_resource_that_cannot_be_read_does_not_stop_its_neighbours() -> None:
    gateways = FakeEvaluator(FakeInventory([UNREADABLE, OPEN]))
    with pytest.raises(NotDone, match=r"sg-broken: .*ipPermissions"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert len(gateways.findings) == len(gateways.evaluations) == 1


def test_a_scheduled_run_tells_aws_config_only_what_is_new_and_queues_what_is_still_wrong() -> None:
    first = FakeEvaluator(FakeInventory([OPEN, CLOSED]))
    evaluate(SCHEDULED, SECURITY_GROUP_RULE, first)
    told = {e["ComplianceResourceId"]: (e["ComplianceType"], e.get("Annotation", "")) for e in first.evaluations}
    again = FakeEvaluator(FakeInventory([OPEN, CLOSED]), told=told)
    evaluate(SCHEDULED, SECURITY_GROUP_RULE, again)
    assert again.steps == ["queued"]
    changed = FakeEvaluator(
        FakeInventory([OPEN, CLOSED]), told={**told, "sg-1": ("NON_COMPLIANT", "for another reason")}
    )
    evaluate(SCHEDULED, SECURITY_GROUP_RULE, changed)
    assert [e["ComplianceResourceId"] for e in changed.evaluations] == ["sg-1"]


def test_a_scheduled_run_takes_back_its_verdict_on_what_is_gone() -> None:
    gateways = FakeEvaluator(FakeInventory([CLOSED]), told={"sg-gone": ("NON_COMPLIANT", "open")})
    evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    verdicts = {e["ComplianceResourceId"]: e["ComplianceType"] for e in gateways.evaluations}
    assert verdicts == {"sg-2": "COMPLIANT", "sg-gone": "NOT_APPLICABLE"}


def test_what_aws_config_knows_to_be_gone_is_not_told_every_day() -> None:
    gateways = FakeEvaluator(FakeInventory(), told={"sg-gone": ("NOT_APPLICABLE", "")})
    evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert gateways.evaluations == []


def test_no_resource_counts_as_deleted_while_an_unreadable_one_is_unknown() -> None:
    nameless = replace(UNREADABLE, subject="")
    gateways = FakeEvaluator(FakeInventory([nameless]), told={"sg-1": ("NON_COMPLIANT", "open")})
    with pytest.raises(NotDone, match="without an id"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert gateways.evaluations == []


def test_evaluations_that_aws_config_did_not_take_are_sent_again() -> None:
    gateways = FakeEvaluator(FakeInventory([OPEN, CLOSED]), refuse_evaluations=1)
    evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert gateways.calls == [2, 1]
    assert {each["ComplianceResourceId"] for each in gateways.evaluations} == {"sg-1", "sg-2"}


def test_evaluations_that_are_always_refused_are_an_error() -> None:
    with pytest.raises(NotDone, match="sg-1: AWS Config did not accept its evaluation"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, FakeEvaluator(FakeInventory([OPEN]), refuse_evaluations=99))


def test_aws_config_hears_nothing_while_the_queue_refuses() -> None:
    gateways = FakeEvaluator(FakeInventory([OPEN]), refuse_messages=99)
    with pytest.raises(NotDone, match="SQS did not take it"):
        evaluate(change(), SECURITY_GROUP_RULE, gateways)
    assert gateways.evaluations == []


def test_the_annotation_fits_what_aws_config_takes() -> None:
    wide = group(*[("tcp", 22, f"{n}.0.0.0/4") for n in range(16, 224, 16)], ("udp", 22, "::/0"))
    gateways = FakeEvaluator(FakeInventory([wide]))
    evaluate(change(), SECURITY_GROUP_RULE, gateways)
    assert 100 < len(gateways.evaluations[0]["Annotation"]) <= 256


def public_bucket() -> Bucket:
    everyone = {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}}
    return Bucket(ACCOUNT, REGION, "leaky", owner={"ID": "o"}, grants=({**everyone, "Permission": "READ"},))


def test_the_account_is_asked_only_about_a_bucket_that_would_be_non_compliant() -> None:
    private = Bucket(ACCOUNT, REGION, "tight")
    gateways = FakeEvaluator(FakeInventory([private, public_bucket()]))
    evaluate({**SCHEDULED, "ruleParameters": None}, S3_BUCKET_RULE, gateways)
    assert gateways.known.asked == [{Fact.ACCOUNT_BLOCK}, {Fact.OBJECT_OWNERSHIP}]
    assert [each["ComplianceType"] for each in gateways.evaluations] == ["COMPLIANT", "NON_COMPLIANT"]


def test_the_accounts_block_covers_a_public_bucket() -> None:
    gateways = FakeEvaluator(FakeInventory([public_bucket()], block=BlockPublicAccess(ignore_public_acls=True)))
    evaluate({**SCHEDULED, "ruleParameters": None}, S3_BUCKET_RULE, gateways)
    assert gateways.evaluations[0]["ComplianceType"] == "COMPLIANT"
    assert gateways.findings == []


def test_what_the_block_alone_holds_back_is_told_of_a_compliant_bucket_and_queues_nothing() -> None:
    guarded = replace(public_bucket(), bucket_block=BlockPublicAccess(ignore_public_acls=True))
    gateways = FakeEvaluator(FakeInventory([guarded]))
    evaluate({**SCHEDULED, "ruleParameters": None}, S3_BUCKET_RULE, gateways)
    [evaluation] = gateways.evaluations
    assert evaluation["ComplianceType"] == "COMPLIANT"
    assert evaluation["Annotation"] == "ACL grant READ to AllUsers is suspended only by IgnorePublicAcls"
    assert gateways.known.asked == gateways.findings == []


def test_remarks_follow_the_violations_and_are_cut_to_the_length_of_an_annotation() -> None:
    open_to_all = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    half = replace(
        public_bucket(),
        policy={"Statement": [open_to_all] * 5},
        bucket_block=BlockPublicAccess(restrict_public_buckets=True),
    )
    gateways = FakeEvaluator(FakeInventory([half]))
    evaluate({**SCHEDULED, "ruleParameters": None}, S3_BUCKET_RULE, gateways)
    note = gateways.evaluations[0]["Annotation"]
    assert note.startswith("the ACL grants READ to AllUsers; policy statement 1 is suspended only by RestrictPublic")
    assert len(note) == 256


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"invokingEvent": "{"}, "invokingEvent"),
        ({"invokingEvent": "[]"}, "invokingEvent"),
        ({"invokingEvent": json.dumps({"messageType": "Snapshot"})}, "messageType"),
        ({"ruleParameters": "22"}, "ruleParameters"),
        ({"ruleParameters": json.dumps({"prohibitedPorts": "22,ssh"})}, "prohibitedPorts"),
        ({"resultToken": ""}, "resultToken"),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(broken: dict[str, Any], field: str) -> None:
    gateways = FakeEvaluator(FakeInventory([OPEN]))
    with pytest.raises(BadInput, match=field):
        evaluate({**change(), **broken}, SECURITY_GROUP_RULE, gateways)
    assert gateways.steps == []
