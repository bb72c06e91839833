import io
import json
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from chalicelib.errors import AwsRefused
from chalicelib.findings import AwsCall, Finding, Violation
from ddaws import pending
from ddaws.plan import Target
from ddaws.terminal import Terminal

REVOKE = AwsCall(
    "ec2",
    "RevokeSecurityGroupIngress",
    {"GroupId": "sg-1", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}]},
)
FINDING = Finding(
    raised_by_rule="dd-aws-dev-security-group-prohibited-ports",
    aws_account_id="123456789012",
    aws_region="eu-west-1",
    target_resource_type="AWS::EC2::SecurityGroup",
    target_resource_id="sg-1",
    detected_at="2026-11-24T03:00:00Z",
    violations=(Violation("EC2_SG_PROHIBITED_PORT", {"reason": "tcp 22 is open to 0.0.0.0/0"}),),
    required_steps=(REVOKE,),
)


@pytest.fixture
def url(target: Target) -> str:
    """The remediation queue with its dead-letter queue."""
    sqs = target.account.client("sqs")
    dead = sqs.create_queue(QueueName="dd-aws-dev-remediation-dlq")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 50})
    attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": "120"}
    return str(sqs.create_queue(QueueName="dd-aws-dev-remediation", Attributes=attributes)["QueueUrl"])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "WAIT_SECONDS", 0)


def send(target: Target, url: str, *bodies: str) -> None:
    for body in bodies:
        target.account.client("sqs").send_message(QueueUrl=url, MessageBody=body)


def finding(number: int = 0) -> str:
    return json.dumps({**FINDING.to_json(), "targetResourceId": f"sg-{number}"})


def test_every_message_is_seen_once(target: Target, url: str) -> None:
    send(target, url, *map(finding, range(25)))

    seen = pending.peek(target, limit=100)

    resources = [message.finding.target_resource_id for message in seen.messages if message.finding]
    assert sorted(resources) == sorted(f"sg-{number}" for number in range(25))
    assert {message.receive_count for message in seen.messages} == {1}


def test_messages_are_visible_again_at_once(target: Target, url: str) -> None:
    send(target, url, finding())

    pending.peek(target, limit=100)

    (message,) = target.account.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == finding()


def test_no_more_messages_are_received_than_the_limit(target: Target, url: str) -> None:
    send(target, url, *map(finding, range(25)))

    seen = pending.peek(target, limit=3)

    assert (len(seen.messages), seen.not_looked_at) == (3, 22)


def test_messages_in_flight_are_counted_and_left_alone(target: Target, url: str) -> None:
    send(target, url, finding(), finding(1))
    target.account.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=1)

    seen = pending.peek(target, limit=100)

    assert (len(seen.messages), seen.in_flight) == (1, 1)


def test_a_message_that_nobody_can_read_is_shown_with_the_reason(target: Target, url: str) -> None:
    send(target, url, "nonsense")

    (message,) = pending.peek(target, limit=100).messages

    assert message.finding is None
    assert message.unreadable == "message: expected JSON; got 'nonsense'"


def test_a_stage_that_is_not_deployed_is_told_so(target: Target) -> None:
    with pytest.raises(AwsRefused, match=r"no queue dd-aws-dev-remediation\. Next step: deploy the stage first"):
        pending.peek(target, limit=100)


def table(queue: pending.Queue) -> str:
    output = io.StringIO()
    pending.show(queue, Terminal(Console(file=output, markup=False, width=140)))
    return output.getvalue()


def queue(*messages: pending.Waiting, **counts: int) -> pending.Queue:
    return pending.Queue(
        "dd-aws-dev-remediation", messages, **{"not_looked_at": 0, "in_flight": 0, "delayed": 0, **counts}
    )


def test_the_table_shows_resource_reason_calls_and_receive_count() -> None:
    text = table(queue(pending.Waiting("", FINDING, "", receive_count=2, max_receive_count=50)))

    for part in ("sg-1", "tcp 22 is open to 0.0.0.0/0", "ec2:RevokeSecurityGroupIngress", "received 2 of 50 times"):
        assert part in text
    assert "FromPort: 22" in text


def test_the_table_shows_what_else_a_fix_brings_about() -> None:
    noted = replace(FINDING, notes=("tcp 20-22 is revoked as a whole.",))
    assert "Note: tcp 20-22 is revoked as a whole." in table(queue(pending.Waiting("", noted, "", 1, 50)))


def test_the_table_shows_what_cannot_be_read() -> None:
    text = table(queue(pending.Waiting("[x", None, "message: expected JSON; got '[x'", 1, 50)))

    assert "message: expected JSON; got '[x'" in text


def test_an_empty_queue_is_reported_as_empty() -> None:
    assert table(queue(in_flight=2)).splitlines() == [
        "No message waits in dd-aws-dev-remediation.",
        "In flight: 2.",
    ]


def test_a_queue_with_delayed_messages_is_not_reported_as_empty(target: Target, url: str) -> None:
    target.account.client("sqs").send_message(QueueUrl=url, MessageBody=finding(), DelaySeconds=300)

    text = table(pending.peek(target, limit=100))

    assert text.startswith("Delayed for a later retry: 1.")
    assert "No message waits" not in text


def test_the_json_has_the_messages_unchanged() -> None:
    readable = pending.Waiting("", FINDING, "", receive_count=2, max_receive_count=50)
    unreadable = pending.Waiting("nonsense", None, "why", receive_count=1, max_receive_count=50)

    result: dict[str, Any] = json.loads(json.dumps(pending.to_json(queue(readable, unreadable, not_looked_at=4))))

    assert result["notLookedAt"] == 4
    assert result["messages"] == [
        {"receiveCount": 2, "maxReceiveCount": 50, "finding": FINDING.to_json()},
        {"receiveCount": 1, "maxReceiveCount": 50, "unreadable": "why", "body": "nonsense"},
    ]
