"""Two work orders about one resource, carried out at the same time, through the handlers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import app
from tests.answers import answered, policy_status
from tests.handlers.config_rules import put_rule

from . import buckets
from .conftest import SETTINGS, Account
from .events import bucket_change, group_change, scheduled
from .pipeline import dispatched
from .test_bucket_fixes import OPEN, PARTNER, case


@pytest.fixture
def stage(account: Account) -> Account:
    account.create_tables()
    return account


def orders(account: Account, remediator: str, *events: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two evaluations of one resource, both forwarded before either order was carried out."""
    made = []
    for event in events:
        put_rule(event, remediator.replace("remediate", "evaluate"))
        getattr(app, remediator.replace("remediate", "evaluate"))(event, None)
        made.append(dispatched(account, remediator))
    first, second = made
    return first, second


@contextmanager
def meanwhile(service: str, operation: str, work: Any) -> Iterator[None]:
    """Run `work` once, just before a call is sent."""
    waiting = [work]

    def run(_: object) -> None:
        if waiting:
            waiting.pop()()

    with answered(service, operation, run):
        yield


def told(account: Account) -> list[dict[str, Any]]:
    return [each for each in account.notifications() if each["messageType"] == "RemediationOutcome"]


def test_of_two_that_close_one_group_one_is_told_as_fixed_and_none_as_somebody_elses(stage: Account) -> None:
    group = stage.group("web")
    stage.ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
    [described] = stage.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    first, second = orders(stage, "remediate_security_group", group_change(described, {}), scheduled({}))
    with meanwhile("ec2", "RevokeSecurityGroupIngress", lambda: app.remediate_security_group(second, None)):
        app.remediate_security_group(first, None)
    fixed, other = told(stage)
    assert (fixed["status"], other["status"]) == ("fixed", "already_compliant")
    assert other["fixedBy"] == fixed["remediationId"] != other["remediationId"]
    assert stage.waiting(SETTINGS.remediation_queue) == 0


@pytest.mark.parametrize("fix", ["surgical", "block"])
def test_of_two_that_close_one_bucket_one_is_told_as_fixed_and_none_as_somebody_elses(fix: str, stage: Account) -> None:
    some = case(OPEN, PARTNER, acl=True)
    owner = buckets.make(stage, some)
    event = bucket_change(buckets.BUCKET, some, {"bucketFix": fix}, owner)
    later = {**event, "invokingEvent": event["invokingEvent"].replace("2026-01-01", "2026-01-02")}
    with policy_status(is_public=True):
        first, second = orders(stage, "remediate_s3_bucket", event, later)
        assert json.loads(first["Records"][0]["body"]) != json.loads(second["Records"][0]["body"])
        reading = "GetPublicAccessBlock" if fix == "block" else "GetBucketPolicy"
        reads = []

        def race(_: object) -> None:
            reads.append(reading)
            if len(reads) == 2:  # the last reading before the put
                app.remediate_s3_bucket(second, None)

        with answered("s3", reading, race):
            app.remediate_s3_bucket(first, None)
    statuses = [each["status"] for each in told(stage)]
    assert statuses.count("fixed") == 1
    assert set(statuses) == {"fixed", "already_compliant"}
