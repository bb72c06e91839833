"""From a fix to the answer who opened it, through the handlers; CloudTrail's responses follow its service model."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import app
from chalicelib.aws.clients import HURRIED, client
from chalicelib.settings import dead_letter
from chalicelib.wiring import HUB
from tests.answers import answered, calls, refusal
from tests.handlers.pipeline import evaluate_security_group
from tests.trust.trail import TERRAFORM, entry, event, session

from .conftest import ACCOUNT, SETTINGS, Account
from .events import change
from .pipeline import remediated

QUEUE = SETTINGS.investigation_queue


@pytest.fixture
def stage(account: Account) -> Iterator[Account]:
    for queue in (QUEUE, dead_letter(QUEUE)):
        account.sqs.create_queue(QueueName=queue)
    return account


def fixed_group(account: Account) -> str:
    """A group that was open, found and closed."""
    group = account.group("web")
    account.ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
    permission = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}]}
    configuration = {"groupId": group, "groupName": "web", "ipPermissions": [permission]}
    evaluate_security_group(change("AWS::EC2::SecurityGroup", group, {}, configuration=configuration), None)
    [outcome] = remediated(account, "remediate_security_group")
    assert outcome["status"] == "fixed"
    return group


@contextmanager
def questions() -> Iterator[list[tuple[str, int]]]:
    """The messages that are sent to the investigation queue inside, and their delays."""
    sent: list[tuple[str, int]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        sent.append((params["MessageBody"], params["DelaySeconds"]))

    events = client("sqs", HUB, SETTINGS.region, HURRIED).meta.events
    events.register("provide-client-params.sqs.SendMessage", note)
    try:
        yield sent
    finally:
        events.unregister("provide-client-params.sqs.SendMessage", note)


def asked_about_a_fix(account: Account) -> tuple[str, str]:
    """A group that was fixed, and the resulting inquiry."""
    with questions() as sent:
        group = fixed_group(account)
    [(body, delay)] = sent
    assert delay == 300
    return group, body


def investigated(account: Account, body: str, *events: dict[str, Any], tries: int = 1) -> list[dict[str, Any]]:
    """The investigator on an inquiry, with these events in CloudTrail; the notifications."""
    found = [{"EventId": "e", "CloudTrailEvent": json.dumps(each)} for each in events]
    with answered("cloudtrail", "LookupEvents", lambda _: {"Events": found}):
        app.investigator(sqs_event(body, tries), None)
    return account.notifications()


def sqs_event(body: str, tries: int = 1) -> dict[str, Any]:
    return {"Records": [{"body": body, "receiptHandle": "h", "attributes": {"ApproximateReceiveCount": str(tries)}}]}


def opening(group: str, **changed: Any) -> dict[str, Any]:
    """CloudTrail's event of a pipeline that opens the group."""
    open_to_all = entry("tcp", 22, 22, "0.0.0.0/0")
    parameters = {"groupId": group, "ipPermissions": {"items": [open_to_all]}}
    identity = session("deploy", "run-42")
    return event("AuthorizeSecurityGroupIngress", parameters, userIdentity=identity, **changed)


def later(body: str, minutes: int) -> str:
    """The same inquiry, sent that long ago."""
    asked = datetime.now(UTC) - timedelta(minutes=minutes)
    return json.dumps({**json.loads(body), "askedAt": asked.isoformat()})


def test_who_opened_a_group_that_was_fixed_is_told(stage: Account) -> None:
    group, body = asked_about_a_fix(stage)
    [actor] = investigated(stage, body, opening(group))
    assert (actor["messageType"], actor["certainty"], actor["targetResourceId"]) == ("ActorFound", "opened", group)
    assert actor["who"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/run-42"
    assert (actor["source"], actor["userAgent"]) == ("203.0.113.42", TERRAFORM)


def test_cloudtrail_is_asked_for_the_resource_and_up_to_the_question(stage: Account) -> None:
    group, body = asked_about_a_fix(stage)
    with calls("cloudtrail") as made:
        investigated(stage, body, opening(group))
    [(name, parameters)] = made
    assert name == "LookupEvents"
    assert parameters["LookupAttributes"] == [{"AttributeKey": "ResourceName", "AttributeValue": group}]
    assert parameters["EndTime"].isoformat() == json.loads(body)["askedAt"]


def test_while_cloudtrail_has_nothing_the_same_question_is_asked_again(stage: Account) -> None:
    _, body = asked_about_a_fix(stage)
    with questions() as sent:
        assert investigated(stage, later(body, 6)) == []
    [(again, delay)] = sent
    assert json.loads(again)["remediationId"] == json.loads(body)["remediationId"]
    assert delay == 300


def test_after_twenty_minutes_it_is_told_that_nobody_is_known(stage: Account) -> None:
    _, body = asked_about_a_fix(stage)
    with questions() as sent:
        [actor] = investigated(stage, later(body, 21))
    assert actor["certainty"] == "unknown"
    assert sent == []


def test_a_refused_call_opened_nothing(stage: Account) -> None:
    group, body = asked_about_a_fix(stage)
    refused = opening(group, errorCode="Client.UnauthorizedOperation")
    [actor] = investigated(stage, later(body, 21), refused)
    assert actor["certainty"] == "unknown"


def test_a_missing_permission_to_read_cloudtrail_is_reported_at_once(stage: Account) -> None:
    _, body = asked_about_a_fix(stage)
    with answered("cloudtrail", "LookupEvents", lambda _: refusal("AccessDeniedException")):
        app.investigator(sqs_event(body), None)
    [actor] = stage.notifications()
    assert actor["certainty"] == "unknown"
    assert "cloudtrail:LookupEvents" in actor["reason"]


def test_an_invalid_inquiry_is_kept_with_the_reason(stage: Account) -> None:
    [rejection] = investigated(stage, "no JSON")
    assert rejection["messageType"] == "MessageRejected"
    [kept] = stage.messages(dead_letter(QUEUE))
    assert kept["MessageAttributes"]["reason"]["StringValue"] == "message: expected JSON; got 'no JSON'"


def test_a_stage_without_the_investigation_queue_still_fixes(account: Account) -> None:
    group = fixed_group(account)
    [found] = account.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert found["IpPermissions"] == []
    assert account.waiting(SETTINGS.remediation_queue) == 0
