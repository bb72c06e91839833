"""Every situation of tests/cases/reports.json through the handlers, on live resources of a moto account."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import app
from chalicelib.aws.clients import client
from chalicelib.errors import DdAwsError
from chalicelib.wiring import HUB
from tests.answers import Answer, answered, calls, refusal
from tests.cases import reports
from tests.handlers.buckets import make, state
from tests.handlers.config_rules import put_rule
from tests.handlers.conftest import ACCOUNT, REGION, SETTINGS, Account
from tests.handlers.events import bucket_change, change, group_change, oversized, scheduled
from tests.handlers.groups import authorize, words
from tests.handlers.pipeline import dispatched, remediated
from tests.notify.block_kit import complaints
from tests.notify.samples import body, compliance_change, sns_event
from tests.notify.slack_server import SlackServer
from tests.peer_defects.verdicts import verdicts

REPORTS = {report["id"]: report for report in reports()}
GROUP = "AWS::EC2::SecurityGroup"
PRIVATE: dict[str, Any] = {
    "policy": None,
    "acl_grants": None,
    "public_access_block": None,
    "account_public_access_block": None,
    "object_ownership": None,
}
INVISIBLE = "\u2060"
ALL_USERS = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
LOG_DELIVERY = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
PUBLIC_ACL = {**PRIVATE, "acl_grants": [{"Grantee": ALL_USERS, "Permission": "READ"}]}


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    found = [report for report in REPORTS.values() if report["kind"] in kinds]
    return pytest.mark.parametrize("report", found, ids=lambda report: str(report["id"]))


def expected_verdict(report: Mapping[str, Any]) -> str:
    [verdict] = re.findall(r"NON_COMPLIANT|COMPLIANT|NOT_APPLICABLE", report["expected"])
    return str(verdict)


def denied_for(name: str) -> Callable[[Mapping[str, Any]], Answer | None]:
    """Access denied where the request is about one bucket."""
    return lambda request: refusal("AccessDenied") if f"{name}" in request["url"] else None


@of_kind("s3-policy")
def test_a_reported_policy_is_judged_right(report: dict[str, Any], account: Account) -> None:
    case = {**PRIVATE, "policy": report["input"]["policy"]}
    owner = make(account, case, "bucket-x")

    told = verdicts(app.evaluate_s3_bucket, bucket_change("bucket-x", case, {}, owner))

    assert told == {"bucket-x": expected_verdict(report)}


@of_kind("sg-verdict")
def test_a_reported_group_is_judged_right(report: dict[str, Any], account: Account) -> None:
    permissions = report["input"]["ip_permissions"]
    group_id = account.group("web")
    if isinstance(permissions, list):
        event = group_change({"GroupId": group_id, "GroupName": "web", "IpPermissions": permissions}, {})
    else:
        event = change(GROUP, group_id, {}, configuration={**permissions, "groupId": group_id})

    assert verdicts(app.evaluate_security_group, event) == {group_id: expected_verdict(report)}


@of_kind("rule-parameters")
def test_a_reported_rule_parameter_is_read_as_its_text(report: dict[str, Any], account: Account) -> None:
    group = open_group(account, "web")
    event = group_change(live_group(account, group), {})
    event["ruleParameters"] = json.dumps(report["input"]["ruleParameters"])

    assert verdicts(app.evaluate_security_group, event) == {group: "NON_COMPLIANT"}


@of_kind("config-event")
def test_a_reported_event_is_understood(report: dict[str, Any], account: Account) -> None:
    group = open_group(account, "web")
    situation = report["input"]
    event = group_change(live_group(account, group), {})
    with ExitStack() as stack:
        if "history" in situation:
            item = json.loads(event["invokingEvent"])["configurationItem"]
            whole = {
                "resourceType": GROUP,
                "resourceId": group,
                "configurationItemStatus": "OK",
                "configurationItemCaptureTime": datetime(2026, 1, 1, tzinfo=UTC),
                "awsRegion": REGION,
                "configuration": json.dumps(item["configuration"]),
            }
            history = {"configurationItems": [whole]}
            stack.enter_context(answered("config", "GetResourceConfigHistory", lambda _: history, HUB))
            event = oversized(GROUP, group, {})
        elif "eventLeftScope" in situation:
            event["eventLeftScope"] = situation["eventLeftScope"]
        else:
            event = change(GROUP, group, {}, **situation)
        assert verdicts(app.evaluate_security_group, event) == {group: expected_verdict(report)}


def test_scheduled_one_bucket_denies_reading(account: Account) -> None:
    denied = answered("s3", "GetBucketOwnershipControls", denied_for("b-000"))
    with public_buckets(account, 5), denied:
        told = told_before_failing("b-000", app.evaluate_s3_bucket)

    assert {name: told.get(name) for name in names(1, 5)} == dict.fromkeys(names(1, 5), "NON_COMPLIANT")
    assert told.get("b-000") != "COMPLIANT"
    assert queued(account) >= set(names(1, 5))


def test_scheduled_one_evaluation_refused(account: Account) -> None:
    def refuse_one(request: Mapping[str, Any]) -> Answer:
        evaluations = json.loads(request["body"])["Evaluations"]
        assert len(evaluations) <= 100
        taken.update(each["ComplianceResourceId"] for each in evaluations)
        failed = [each for each in evaluations if each["ComplianceResourceId"] == "b-003"]
        return {"FailedEvaluations": [{**each, "OrderingTimestamp": datetime.now(UTC)} for each in failed]}

    taken: set[str] = set()
    refused = answered("config", "PutEvaluations", refuse_one, HUB)
    with public_buckets(account, 150), refused, pytest.raises((DdAwsError, ExceptionGroup), match="b-003"):
        app.evaluate_s3_bucket(scheduled({}), None)

    assert taken == set(names(0, 150))
    assert queued(account) == set(names(0, 150))


def test_scheduled_account_block_refused(account: Account) -> None:
    denied = answered("s3control", "GetPublicAccessBlock", lambda _: refusal("AccessDenied"))
    with public_buckets(account, 5, private=["private"]), denied:
        told = told_before_failing("AccessDenied", app.evaluate_s3_bucket)

    assert told["private"] == "COMPLIANT"
    assert {told.get(name) for name in names(0, 5)} <= {"NON_COMPLIANT", None}


def test_scheduled_one_list_unauthorized(account: Account) -> None:
    behind_list = account.group("behind-list")
    authorize(account, behind_list, "tcp", (22, 22), account.prefix_list("0.0.0.0/0"))
    others = {open_group(account, name) for name in ("one", "two")}

    with answered("ec2", "GetManagedPrefixListEntries", lambda _: refusal("UnauthorizedOperation")):
        told = told_before_failing(behind_list, app.evaluate_security_group)

    assert {told[group] for group in others} == {"NON_COMPLIANT"}
    assert told.get(behind_list) != "COMPLIANT"
    assert queued(account) >= others


def test_s3_public_policy_hides_behind_denied_read(account: Account) -> None:
    situation = REPORTS["s3-public-policy-hides-behind-denied-read"]["input"]
    case = {**PUBLIC_ACL, "policy": situation["policy"]}
    owner = make(account, case, "bucket-x")

    with answered("s3", "GetBucketOwnershipControls", lambda _: refusal("AccessDenied")):
        told = verdicts(app.evaluate_s3_bucket, bucket_change("bucket-x", case, {}, owner))

    assert told == {"bucket-x": "NON_COMPLIANT"}
    [finding] = account.bodies(SETTINGS.remediation_queue)
    assert "S3_BUCKET_PUBLIC_POLICY" in {each["violationType"] for each in finding["violations"]}


def test_s3_account_block_refused(account: Account) -> None:
    case = {**PRIVATE, "policy": REPORTS["s3-org-grant-without-condition"]["input"]["policy"]}
    owner = make(account, case, "bucket-x")

    with answered("s3control", "GetPublicAccessBlock", lambda _: refusal("AccessDenied")):
        told = verdicts(app.evaluate_s3_bucket, bucket_change("bucket-x", case, {}, owner))

    assert told == {"bucket-x": "NON_COMPLIANT"}


def test_fix_all_traffic_ports_minus_one(account: Account) -> None:
    group = account.group("web")
    authorize(account, group, "-1", (-1, -1), "0.0.0.0/0", "10.0.0.0/8")
    evaluated("evaluate_security_group", group_change(live_group(account, group), {}))

    [outcome] = remediated(account, "remediate_security_group")

    assert outcome["status"] == "fixed"
    assert words(account, group) == ["-1 -1--1 10.0.0.0/8"]


def test_fix_expired_receipt_handle(account: Account) -> None:
    group = open_group(account, "web")
    evaluated("evaluate_security_group", group_change(live_group(account, group), {}))
    order = dispatched(account, "remediate_security_group")
    expired = refusal("ReceiptHandleIsInvalid", "The receipt handle has expired")

    with answered("sqs", "DeleteMessage", lambda _: expired, HUB):
        app.remediate_security_group(order, None)

    assert [outcome["status"] for outcome in account.notifications()] == ["fixed"]
    assert words(account, group) == []


def test_fix_acl_keeps_log_delivery(account: Account) -> None:
    kept = [
        {"Grantee": LOG_DELIVERY, "Permission": "WRITE"},
        {"Grantee": LOG_DELIVERY, "Permission": "READ_ACP"},
    ]
    case = {**PRIVATE, "acl_grants": [*kept, *PUBLIC_ACL["acl_grants"]]}
    owner = make(account, case, "bucket-x")
    evaluated("evaluate_s3_bucket", bucket_change("bucket-x", case, {}, owner))

    [outcome] = remediated(account, "remediate_s3_bucket")

    assert outcome["status"] == "fixed"
    assert state(account, "bucket-x")[1] == kept


def test_notifier_asterisks_are_formatting(account: Account, slack: SlackServer) -> None:
    annotation = REPORTS["notifier-asterisks-are-formatting"]["input"]["annotation"]
    [posted] = posts(slack, compliance(annotation))

    [shown] = [text for text in texts(posted) if "aws:SourceArn" in text]
    outside_code = re.sub(r"`[^`]+`", "", shown)
    assert annotation in shown.replace(INVISIBLE, "").replace("`", "")
    assert "*:*" not in outside_code


def test_notifier_limits(account: Account, slack: SlackServer) -> None:
    [posted] = posts(slack, {**compliance("*" * 250_000), "resourceId": "&" * 255, "configRuleName": "<" * 128})

    assert complaints(posted["text"], posted["blocks"]) == []


def test_notifier_composite_alarm(account: Account, slack: SlackServer) -> None:
    alarm = {key: value for key, value in body("composite_alarm_goes_off").items() if key != "Trigger"}

    [posted] = posts(slack, {**alarm, "AlarmName": "c"})

    assert "c" in posted["text"]


@pytest.mark.parametrize(
    "message",
    [
        {"messageType": "ConfigurationSnapshotDeliveryCompleted"},
        {"messageType": "ConfigRulesEvaluationStarted"},
        "plain text",
    ],
    ids=[
        "notifier-configurationsnapshotdeliverycompleted",
        "notifier-configrulesevaluationstarted",
        "notifier-plain-text",
    ],
)
def test_the_notifier_posts_nothing_else(message: object, account: Account, slack: SlackServer) -> None:
    assert posts(slack, message) == []


ELSEWHERE = {
    "cli-reason-in-brackets": "tests/ddaws",
    "cli-escape-sequences": "tests/ddaws",
    "deploy-rule-name-too-long": "tests/ddaws",
}


def test_every_report_has_a_test() -> None:
    source = Path(__file__).read_text()
    parametrized = {"s3-policy", "sg-verdict", "rule-parameters", "config-event"}
    missing = [
        name
        for name, report in REPORTS.items()
        if report["kind"] not in parametrized
        and name not in ELSEWHERE
        and f"test_{name.replace('-', '_')}(" not in source
        and f'"{name}"' not in source
    ]
    assert not missing


def names(first: int, end: int) -> list[str]:
    return [f"b-{number:03}" for number in range(first, end)]


@contextmanager
def public_buckets(account: Account, count: int, private: Sequence[str] = ()) -> Iterator[None]:
    """Live buckets with a public ACL, and AWS Config's items of them: moto's cannot hold such an ACL."""
    cases = {**dict.fromkeys(names(0, count), PUBLIC_ACL), **dict.fromkeys(private, PRIVATE)}
    owners = {name: make(account, case, name) for name, case in cases.items()}

    def recorded(request: Mapping[str, Any]) -> Answer:
        keys = [key["resourceId"] for key in json.loads(request["body"])["resourceKeys"]]
        return {"baseConfigurationItems": [base_item(name, cases[name], owners[name]) for name in keys]}

    with answered("config", "BatchGetResourceConfig", recorded):
        yield


def base_item(name: str, case: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """A bucket's item as BatchGetResourceConfig has it."""
    item = json.loads(bucket_change(name, case, {}, owner)["invokingEvent"])["configurationItem"]
    supplement = item["supplementaryConfiguration"].items()
    return {
        "accountId": ACCOUNT,
        "awsRegion": REGION,
        "resourceType": item["resourceType"],
        "resourceId": name,
        "resourceName": name,
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": datetime(2026, 1, 1, tzinfo=UTC),
        "configuration": json.dumps(item["configuration"]),
        "supplementaryConfiguration": {
            part: value if isinstance(value, str) else json.dumps(value) for part, value in supplement
        },
    }


def open_group(account: Account, name: str) -> str:
    group = account.group(name)
    authorize(account, group, "tcp", (22, 22), "0.0.0.0/0")
    return group


def evaluated(evaluator: str, event: Mapping[str, Any]) -> None:
    """Evaluate by a rule that AWS Config has."""
    put_rule(event, evaluator)
    getattr(app, evaluator)(event, None)


def live_group(account: Account, group_id: str) -> dict[str, Any]:
    [found] = account.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    return dict(found)


def told_before_failing(reason: str, evaluator: Callable[[Mapping[str, Any], None], None]) -> dict[str, str]:
    """What a scheduled run tells AWS Config; where it fails in the end, the error has `reason` in it."""
    with calls("config", account_id=HUB) as made:
        failed = catch(evaluator, scheduled({}))
    assert failed is None or reason in failed
    return {
        each["ComplianceResourceId"]: each["ComplianceType"]
        for operation, parameters in made
        if operation == "PutEvaluations"
        for each in parameters["Evaluations"]
    }


def catch(evaluator: Callable[[Mapping[str, Any], None], None], event: Mapping[str, Any]) -> str | None:
    """What an evaluator ends with: the text of its error, None where there is none."""
    try:
        evaluator(event, None)
    except (DdAwsError, ExceptionGroup) as error:
        return str(error)
    return None


def queued(account: Account) -> set[str]:
    return {finding["targetResourceId"] for finding in account.bodies(SETTINGS.remediation_queue)}


def compliance(annotation: str) -> dict[str, Any]:
    changed = compliance_change("NON_COMPLIANT", "COMPLIANT")
    return {**changed, "newEvaluationResult": {"complianceType": "NON_COMPLIANT", "annotation": annotation}}


def posts(slack: SlackServer, message: object) -> list[dict[str, Any]]:
    """What the notifier posts of one message."""
    ssm = client("ssm", HUB, REGION)
    ssm.put_parameter(Name=SETTINGS.webhook_parameter, Value=slack.url, Type="SecureString")
    app.notifier(sns_event(message), None)
    return slack.received


def texts(posted: Mapping[str, Any]) -> list[str]:
    found = []
    for block in posted["blocks"]:
        parts = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
        found += [part["text"] for part in parts if part]
    return found
