"""A policy that somebody puts between our last reading and our put, through the handlers."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

import app
from chalicelib.settings import dead_letter
from tests.answers import answered, calls, policy_status
from tests.handlers.pipeline import evaluate_s3_bucket
from tests.trust.trail import event, session

from . import buckets
from .conftest import SETTINGS, Account
from .events import bucket_change
from .pipeline import remediated
from .test_bucket_fixes import OPEN, PARTNER, case
from .test_investigation import QUEUE, questions, sqs_event

THEIRS = {**PARTNER, "Sid": "Theirs", "Action": "s3:ListBucket"}


@pytest.fixture
def stage(account: Account) -> Account:
    account.create_tables()
    for queue in (QUEUE, dead_letter(QUEUE)):
        account.sqs.create_queue(QueueName=queue)
    return account


def asked_about_a_fix(account: Account, some: Mapping[str, Any], fix: str = "surgical") -> dict[str, Any]:
    """A bucket is fixed while somebody puts a policy between our last reading and our put; the inquiry."""
    owner = buckets.make(account, some)
    evaluate_s3_bucket(bucket_change(buckets.BUCKET, some, {"bucketFix": fix}, owner), None)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [OPEN, THEIRS]})

    def put_theirs(_: object) -> None:
        account.s3.put_bucket_policy(Bucket=buckets.BUCKET, Policy=policy)

    with questions() as sent, policy_status(is_public=True), answered("s3", "PutBucketPolicy", put_theirs):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "fixed"
    [(body, delay)] = sent
    assert delay == 300
    question: dict[str, Any] = json.loads(body)
    return question


def events(question: Mapping[str, Any], theirs_after: float) -> list[dict[str, Any]]:
    """CloudTrail's events of our put and theirs, `seconds` after our reading."""
    [put] = question["puts"]
    read = datetime.fromisoformat(put["readAt"])
    policy = {"Version": "2012-10-17", "Statement": [OPEN, THEIRS]}
    parameters = {"bucketName": buckets.BUCKET, "bucketPolicy": policy}
    ours = session(SETTINGS.name("remediate_s3_bucket"))
    return [
        event("PutBucketPolicy", {}, eventTime=put["putAt"], userIdentity=ours),
        event("PutBucketPolicy", parameters, eventTime=(read + timedelta(seconds=theirs_after)).isoformat()),
    ]


def investigated(account: Account, question: Mapping[str, Any], *found: dict[str, Any]) -> list[dict[str, Any]]:
    trail = [{"EventId": "e", "CloudTrailEvent": json.dumps(each)} for each in found]
    with answered("cloudtrail", "LookupEvents", lambda _: {"Events": trail}):
        app.investigator(sqs_event(json.dumps(question)), None)
    return [each for each in account.notifications() if each["messageType"] == "ChangeOverwritten"]


def test_who_put_what_and_how_to_put_it_back_is_told(stage: Account) -> None:
    question = asked_about_a_fix(stage, case(OPEN, PARTNER))
    assert [each["Sid"] for each in buckets.state(stage)[0]] == ["Partner"]
    [lost] = investigated(stage, question, *events(question, 0))
    assert lost["who"].endswith(":user/ann")
    assert [json.loads(line)["Sid"] for line in lost["content"]] == ["Open", "Theirs"]
    assert "aws cloudtrail lookup-events" in lost["nextStep"]
    assert lost["remediationId"] == question["remediationId"]


def test_what_somebody_put_once_we_had_put_ours_is_not_told_as_lost(stage: Account) -> None:
    question = asked_about_a_fix(stage, case(OPEN, PARTNER))
    assert investigated(stage, question, *events(question, 60)) == []


def test_cloudtrail_is_asked_for_the_time_around_our_put_alone(stage: Account) -> None:
    question = asked_about_a_fix(stage, case(OPEN, PARTNER))
    with calls("cloudtrail") as made:
        investigated(stage, {**question, "violations": []}, *events(question, 0))
    [(name, parameters)] = made
    [put] = question["puts"]
    assert name == "LookupEvents"
    assert parameters["StartTime"] == datetime.fromisoformat(put["readAt"]) - timedelta(seconds=2)
    assert parameters["EndTime"] == datetime.fromisoformat(put["putAt"]) + timedelta(seconds=2)
