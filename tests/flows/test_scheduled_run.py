"""Scheduled runs with errors for some resources: all others are evaluated, queued and reported."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chalicelib.errors import AwsRefused, BadInput, DdAwsError, Failure, NotDeployed, NotDone
from chalicelib.notify import EvaluationIncomplete, ExemptionNews
from chalicelib.pipeline.evaluate import MOST_TOLD, evaluate
from chalicelib.resources import Bucket, SecurityGroup
from chalicelib.rules import S3_BUCKET_RULE, SECURITY_GROUP_RULE

from .exemptions import FakeExemptions
from .fakes import ACCOUNT, REGION, FakeEvaluator, FakeInventory, group
from .test_evaluate import OPEN, SCHEDULED, public_bucket
from .test_exemptions import exempt

DENIED = AwsRefused("AccessDenied", "Allow it.")
RUN = {**SCHEDULED, "ruleParameters": None}


def leaky(number: int) -> Bucket:
    return replace(public_bucket(), name=f"b-{number:03}")


def opened(count: int) -> list[SecurityGroup]:
    return [group(("tcp", 22, "0.0.0.0/0"), group_id=f"sg-{number:03}") for number in range(count)]


def queued(gateways: FakeEvaluator) -> set[str]:
    return {each["targetResourceId"] for each in gateways.findings}


def reported(gateways: FakeEvaluator) -> set[str]:
    return {each["ComplianceResourceId"] for each in gateways.evaluations}


def news(gateways: FakeEvaluator) -> EvaluationIncomplete:
    [told] = [each for each in gateways.published if isinstance(each, EvaluationIncomplete)]
    return told


@pytest.mark.parametrize(
    "error",
    [DENIED, NotDone("throttled"), BadInput("Policy", "{", "JSON"), KeyError("Rules"), RecursionError()],
    ids=repr,
)
def test_whatever_goes_wrong_with_one_resource_all_others_are_evaluated_queued_and_reported(error: Exception) -> None:
    buckets = [leaky(number) for number in range(150)]
    gateways = FakeEvaluator(FakeInventory(buckets, errors={"b-003": error}))
    with pytest.raises(NotDone, match="b-003"):
        evaluate(RUN, S3_BUCKET_RULE, gateways)
    assert queued(gateways) == reported(gateways)
    assert queued(gateways) | {"b-003"} == {bucket.name for bucket in buckets}
    verdicts = {each["ComplianceResourceId"]: each["ComplianceType"] for each in gateways.evaluations}
    assert verdicts.get("b-003") == ("NON_COMPLIANT" if isinstance(error, AwsRefused | BadInput) else None)


def test_the_error_names_each_failed_resource_and_why_and_has_each_cause() -> None:
    errors = {"b-001": DENIED, "b-002": KeyError("Rules")}
    gateways = FakeEvaluator(FakeInventory([leaky(number) for number in range(3)], errors=errors))
    with pytest.raises(NotDone, match=r"failures: 2\..*b-002: KeyError: 'Rules'.*b-001: .*AccessDenied") as raised:
        evaluate(RUN, S3_BUCKET_RULE, gateways)
    assert isinstance(raised.value.__cause__, ExceptionGroup)
    assert [type(each) for each in raised.value.__cause__.exceptions] == [KeyError, AwsRefused]


def test_people_are_told_once_of_each_failed_resource_and_the_next_step() -> None:
    buckets = [leaky(number) for number in range(2 * MOST_TOLD)]
    gateways = FakeEvaluator(FakeInventory(buckets, errors=dict.fromkeys((each.name for each in buckets), DENIED)))
    with pytest.raises(NotDone, match=f"b-{len(buckets) - 1:03}"):
        evaluate(RUN, S3_BUCKET_RULE, gateways)
    told = news(gateways)
    assert (told.raised_by_rule, told.aws_account_id, told.aws_region) == ("ports", ACCOUNT, REGION)
    assert (told.day, told.next_step) == ("2026-01-02", "Allow it.")
    assert told.failures[0].startswith("b-000: AWS::S3::Bucket b-000 is presumed non-compliant: ")
    assert told.failures[0].endswith("AccessDenied Next step: Allow it.")
    assert told.failures[MOST_TOLD:] == (f"and {MOST_TOLD} more: see the evaluator's log",)


def test_what_is_listed_and_cannot_be_read_keeps_no_other_from_being_judged() -> None:
    broken = Failure("sg-broken", BadInput("ipPermissions", "x", "a list"))
    gateways = FakeEvaluator(
        FakeInventory([broken, *opened(2)]), told={"sg-broken": ("COMPLIANT", ""), "sg-gone": ("COMPLIANT", "")}
    )
    with pytest.raises(NotDone, match="sg-broken: ipPermissions"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert queued(gateways) == {"sg-000", "sg-001"}
    verdicts = {each["ComplianceResourceId"]: each["ComplianceType"] for each in gateways.evaluations}
    assert verdicts["sg-gone"] == "NOT_APPLICABLE"
    assert "sg-broken" not in verdicts


@pytest.mark.parametrize("error", [NotDone("throttled"), KeyError("SecurityGroups")], ids=repr)
def test_an_incomplete_list_loses_no_result_and_no_resource_counts_as_deleted(error: Exception) -> None:
    gateways = FakeEvaluator(FakeInventory(opened(120), ends_with=error), told={"sg-gone": ("COMPLIANT", "")})
    with pytest.raises(NotDone, match="the list of every AWS::EC2::SecurityGroup, which is incomplete"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert len(queued(gateways)) == 120
    assert "sg-gone" not in reported(gateways)


@pytest.mark.parametrize("error", [DENIED, KeyError("EvaluationResultIdentifier")], ids=repr)
def test_if_the_results_of_aws_config_cannot_be_read_everything_is_evaluated_and_reported(error: Exception) -> None:
    gateways = FakeEvaluator(FakeInventory(opened(3)), told=error)
    with pytest.raises(NotDone, match="the results that AWS Config has for ports"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert len(queued(gateways)) == len(reported(gateways)) == 3


def test_an_evaluation_that_is_always_refused_does_not_block_the_others() -> None:
    gateways = FakeEvaluator(FakeInventory(opened(150)), refused_evaluations=frozenset({"sg-003"}))
    with pytest.raises(NotDone, match=r"failures: 1\..*sg-003: AWS Config did not accept its evaluation"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert len(queued(gateways)) == 150
    assert reported(gateways) == {f"sg-{number:03}" for number in range(150)} - {"sg-003"}


def test_a_call_that_one_evaluation_makes_fail_loses_no_other_evaluation() -> None:
    def spoiled(ids: Sequence[str]) -> Exception | None:
        return AwsRefused("ValidationException", "Look.") if "sg-003" in ids else None

    gateways = FakeEvaluator(FakeInventory(opened(150)), report_error=spoiled)
    with pytest.raises(NotDone, match=r"failures: 1\..*sg-003: ValidationException"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert reported(gateways) == {f"sg-{number:03}" for number in range(150)} - {"sg-003"}


def test_where_aws_config_takes_nothing_every_finding_is_queued_and_the_calls_are_bounded() -> None:
    gateways = FakeEvaluator(FakeInventory(opened(150)), report_error=lambda ids: NotDone("throttled"))
    with pytest.raises(NotDone, match="failures: 150"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert len(queued(gateways)) == 150
    assert len(gateways.calls) < 100


def test_a_finding_that_sqs_refuses_is_named_and_not_reported_and_keeps_no_other_back() -> None:
    refused: dict[str, DdAwsError] = {"sg-003": NotDone("InvalidMessageContents")}
    gateways = FakeEvaluator(FakeInventory(opened(150)), refused_findings=refused)
    with pytest.raises(NotDone, match=r"failures: 1\..*sg-003: InvalidMessageContents"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert queued(gateways) == reported(gateways) == {f"sg-{number:03}" for number in range(150)} - {"sg-003"}


def test_while_sqs_takes_nothing_aws_config_hears_of_what_is_compliant_alone() -> None:
    closed = group(("tcp", 22, "203.0.113.0/24"), group_id="sg-closed")
    gateways = FakeEvaluator(FakeInventory([*opened(2), closed]), queue_error=DENIED)
    with pytest.raises(NotDone, match=r"sg-000: AccessDenied.*sg-001: AccessDenied"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert reported(gateways) == {"sg-closed"}


def test_reminders_come_although_a_resource_cannot_be_judged_and_one_that_fails_stops_no_other() -> None:
    ended = exempt(OPEN, days=1)
    broken = replace(ended[0], resource="nowhere")
    fake = FakeEvaluator(
        FakeInventory([Failure("sg-broken", KeyError("x"))]), exemptions=FakeExemptions((broken, *ended))
    )
    with pytest.raises(NotDone, match=r"sg-broken.*reminder of exemption x-\w+: IndexError"):
        evaluate(SCHEDULED, SECURITY_GROUP_RULE, fake)
    assert [each.target_resource_id for each in fake.published if isinstance(each, ExemptionNews)] == ["sg-1"]


def test_a_stage_without_a_table_for_exemptions_has_nothing_to_be_reminded_of() -> None:
    gateways = FakeEvaluator(FakeInventory(), exemptions=FakeExemptions(unreadable=NotDeployed("no table")))
    evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert gateways.published == []


def test_where_people_cannot_be_told_the_error_says_that_too() -> None:
    gateways = FakeEvaluator(FakeInventory([leaky(1)], errors={"b-001": DENIED}), publish_error=NotDone("no topic"))
    with pytest.raises(NotDone, match=r"b-001: .*AccessDenied.*the notification could not be published: no topic"):
        evaluate(RUN, S3_BUCKET_RULE, gateways)


def test_a_run_in_which_nothing_goes_wrong_tells_nobody() -> None:
    gateways = FakeEvaluator(FakeInventory(opened(3)))
    evaluate(SCHEDULED, SECURITY_GROUP_RULE, gateways)
    assert gateways.published == []
