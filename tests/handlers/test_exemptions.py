"""Exemptions through the handlers: only what is exempt stays open."""

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

import app
from chalicelib.errors import NotDone
from chalicelib.exemptions.exemptions import granted
from chalicelib.exemptions.store import Exemptions
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP, Resource
from chalicelib.rules import RULES, live
from chalicelib.wiring import HUB
from tests.answers import answered, calls, policy_status, refusal
from tests.handlers.pipeline import evaluate_s3_bucket, evaluate_security_group
from tests.tables import create_table

from .conftest import ACCOUNT, REGION, SETTINGS, Account
from .events import TICK, scheduled
from .pipeline import remediated

BUCKET = "example-bucket"
OBJECTS = f"arn:aws:s3:::{BUCKET}/"
ANYONE = {"CidrIp": "0.0.0.0/0"}
EVALUATE = {SECURITY_GROUP: evaluate_security_group, S3_BUCKET: evaluate_s3_bucket}
SITE, LEAK = (
    {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/{at}",
    }
    for sid, at in (("Site", "www/*"), ("Leak", "*"))
)


@pytest.fixture
def store(account: Account) -> Exemptions:
    client = boto3.client("dynamodb", region_name=REGION)
    for table in (SETTINGS.journal_table, SETTINGS.trust_table):
        create_table(client, table, SETTINGS.stage)
    return Exemptions(client, SETTINGS.trust_table)


@pytest.fixture
def group_id(account: Account) -> str:
    made = str(account.ec2.create_security_group(GroupName="web", Description="a test")["GroupId"])
    for port in (22, 3389):
        account.ec2.authorize_security_group_ingress(
            GroupId=made, IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [ANYONE]}]
        )
    return made


def bucket(account: Account, *statements: dict[str, Any]) -> None:
    account.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    document = {"Version": "2012-10-17", "Statement": statements}
    account.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))


def grant(store: Exemptions, resource_type: str, resource_id: str, *which: int, lasting: float = 30) -> None:
    """Exempt the live resource's current violations: all, or those with the given numbers."""
    found: Resource | None = live.reader(resource_type, ACCOUNT, REGION).get(resource_id)
    assert found
    [rule] = [each for each in RULES if each.resource_type == resource_type]
    scopes = rule.scopes(found, rule.parameters({}))
    chosen = [scopes[index] for index in which] if which else scopes
    start = datetime.now(UTC) - timedelta(days=10)
    for each in granted(found, chosen, "alice", "OPS-7", start + timedelta(days=10 + lasting), start):
        store.put(each)


def verdict(account: Account, resource_type: str, failing: str = "") -> tuple[list[Any], list[dict[str, Any]]]:
    """A scheduled run: the annotated evaluations of resources that have a test's name, and the findings.

    `failing` is the expected error, if any.
    """
    ends = pytest.raises(NotDone, match=failing) if failing else nullcontext()
    with calls("config", account_id=HUB) as made, ends:
        EVALUATE[resource_type](scheduled({}), None)
    told = [each for name, given in made if name == "PutEvaluations" for each in given["Evaluations"]]
    ours = [(each["ComplianceType"], each["Annotation"]) for each in told if "Annotation" in each]
    return ours, account.bodies(SETTINGS.remediation_queue)


def ports(account: Account, group_id: str) -> list[int]:
    [found] = account.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    return sorted(each["FromPort"] for each in found["IpPermissions"])


def test_a_group_all_of_whose_openings_are_exempt_is_compliant(
    account: Account, store: Exemptions, group_id: str
) -> None:
    grant(store, SECURITY_GROUP, group_id)
    [(compliance, annotation)], findings = verdict(account, SECURITY_GROUP)
    assert compliance == "COMPLIANT"
    assert annotation.startswith("exempt until ")
    assert "OPS-7 (alice); tcp 22" in annotation
    assert findings == []


def test_of_a_group_only_what_is_not_exempt_is_fixed(account: Account, store: Exemptions, group_id: str) -> None:
    grant(store, SECURITY_GROUP, group_id, 0)
    evaluate_security_group(scheduled({}), None)
    [outcome] = remediated(account, "remediate_security_group")
    assert outcome["status"] == "fixed"
    assert ports(account, group_id) == [22]


def test_what_was_exempted_while_it_waited_is_not_fixed(account: Account, store: Exemptions, group_id: str) -> None:
    evaluate_security_group(scheduled({}), None)
    grant(store, SECURITY_GROUP, group_id)
    [outcome] = remediated(account, "remediate_security_group")
    assert outcome["status"] == "already_compliant"
    assert any(note.startswith("exempt until ") for note in outcome["notes"])
    assert ports(account, group_id) == [22, 3389]
    assert account.waiting(SETTINGS.remediation_queue) == 0


def test_what_was_exempt_is_fixed_once_the_exemption_has_ended(
    account: Account, store: Exemptions, group_id: str
) -> None:
    grant(store, SECURITY_GROUP, group_id, lasting=-1)
    evaluate_security_group(scheduled({}), None)
    [*news, outcome] = sorted(remediated(account, "remediate_security_group"), key=lambda each: each["messageType"])
    assert [each["event"] for each in news] == ["ended", "ended"]
    assert outcome["status"] == "fixed"
    assert ports(account, group_id) == []
    assert [due.told for due in store.due()] == ["ended"] * 2


def test_of_a_policy_only_the_statement_that_is_not_exempt_goes(account: Account, store: Exemptions) -> None:
    bucket(account, SITE, LEAK)
    grant(store, S3_BUCKET, BUCKET, 0)
    evaluate_s3_bucket(scheduled({}), None)
    with policy_status(True):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "fixed"
    assert json.loads(account.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"] == [SITE]


def test_a_widened_statement_is_fixed_whole(account: Account, store: Exemptions) -> None:
    bucket(account, SITE)
    grant(store, S3_BUCKET, BUCKET)
    wider = {**SITE, "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    account.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [wider]}))
    [(compliance, _)], _ = verdict(account, S3_BUCKET)
    assert compliance == "NON_COMPLIANT"
    evaluate_s3_bucket(scheduled({}), None)
    with policy_status(True):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "fixed"


def test_exemptions_are_read_once_for_a_resource_that_would_be_non_compliant_and_never_for_others(
    account: Account, store: Exemptions, group_id: str
) -> None:
    account.ec2.create_security_group(GroupName="closed", Description="a test")
    with calls("dynamodb", account_id=HUB) as made:
        evaluate_security_group(scheduled({}), None)
    kinds = [given["ExpressionAttributeValues"][":kind"]["S"] for _, given in made]
    assert [kind for kind in kinds if kind.startswith("exemption#")] == [
        f"exemption#{ACCOUNT}/{REGION}/{SECURITY_GROUP}/{group_id}"
    ]


def test_where_the_table_cannot_be_read_the_evaluator_says_so_and_the_remediator_changes_nothing(
    account: Account, store: Exemptions, group_id: str
) -> None:
    grant(store, SECURITY_GROUP, group_id)
    with answered("dynamodb", "Query", _exemptions_denied, account_id=HUB):
        [(compliance, annotation)], findings = verdict(account, SECURITY_GROUP, failing="reminders of exemptions")
        assert compliance == "NON_COMPLIANT"
        assert annotation.startswith("exemptions cannot be read and are ignored")
        assert len(findings) == 1
        with pytest.raises(NotDone, match="reminders of exemptions"):
            evaluate_security_group(scheduled({}), None)
        app.coordinator(TICK, None)
        with pytest.raises(ExceptionGroup):
            app.remediate_security_group(account.work("remediate_security_group"), None)
    assert ports(account, group_id) == [22, 3389]


def _exemptions_denied(request: Any) -> dict[str, Any] | None:
    return refusal("AccessDeniedException") if b"exemption" in request["body"] else None
