"""Sample events, and helpers that create others."""

import json
from pathlib import Path
from typing import Any

from chalicelib.notify import Outcome, Status

EVENTS = Path(__file__).parent / "events"
STAGE = "dev"
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:dd-aws-dev-notifications"


def event(name: str) -> dict[str, Any]:
    """A sample event, as Lambda receives it from SNS."""
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return loaded


def body(name: str) -> dict[str, Any]:
    """The message inside a sample event."""
    loaded: dict[str, Any] = json.loads(event(name)["Records"][0]["Sns"]["Message"])
    return loaded


def sns_event(*messages: object, timestamp: str = "2026-11-05T03:12:10.000Z", message_id: str = "m") -> dict[str, Any]:
    """An event with one record per message: a string unchanged, any other value as JSON."""
    texts = [message if isinstance(message, str) else json.dumps(message) for message in messages]
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "Sns": {
                    "MessageId": f"{message_id}-{index}",
                    "TopicArn": TOPIC_ARN,
                    "Subject": None,
                    "Message": text,
                    "Timestamp": timestamp,
                    "MessageAttributes": {},
                },
            }
            for index, text in enumerate(texts)
        ]
    }


def compliance_change(new: str | None, old: str | None, **changed: object) -> dict[str, Any]:
    """AWS Config's notification of a change from `old` to `new`; None: no result."""
    return {
        **body("security_group_becomes_non_compliant"),
        "newEvaluationResult": new and {"complianceType": new, "annotation": None},
        "oldEvaluationResult": old and {"complianceType": old, "annotation": None},
        **changed,
    }


def outcome(status: Status = Status.FIXED, **changed: Any) -> Outcome:
    """A remediator's report."""
    values = {
        "remediation_id": "3f2a91c07b",
        "status": status,
        "raised_by_rule": "dd-aws-dev-security-group",
        "aws_account_id": "123456789012",
        "aws_region": "eu-west-1",
        "target_resource_type": "AWS::EC2::SecurityGroup",
        "target_resource_id": "sg-0a1b2c3d4e5f67890",
        "detected_at": "2026-11-05T03:12:07+00:00",
        "finished_at": "2026-11-05T03:12:33+00:00",
        "violations": ("tcp 22 is open to 0.0.0.0/0",),
        "removed": ("tcp 22 from 0.0.0.0/0",),
        **changed,
    }
    return Outcome(**values)
