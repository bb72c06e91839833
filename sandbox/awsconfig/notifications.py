"""The messages that AWS Config sends: to its topic, to rule functions, and to EventBridge."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sandbox.awsconfig.clock import timestamp
from sandbox.awsconfig.items import VERSION, Item
from sandbox.awsconfig.resource import Account, Json
from sandbox.awsconfig.results import Result
from sandbox.awsconfig.rules import Rule

CHANGE = "ConfigurationItemChangeNotification"
OVERSIZED = "OversizedConfigurationItemChangeNotification"
SCHEDULED = "ScheduledNotification"
COMPLIANCE = "ComplianceChangeNotification"
STARTED = "ConfigRulesEvaluationStarted"
SUBJECT_LENGTH = 100
VERBS = {"CREATE": "Created", "UPDATE": "Updated", "DELETE": "Deleted"}


def as_text(message: Json) -> str:
    """A message as it travels."""
    return json.dumps(message, separators=(",", ":"))


def change(item: Item, diff: Json | None, now: datetime) -> Json:
    """A configuration item changed; `diff` is None where a rule sees the item without it having changed."""
    return {
        "configurationItemDiff": diff,
        "configurationItem": item.for_notification(),
        "notificationCreationTime": timestamp(now),
        "messageType": CHANGE,
        "recordVersion": VERSION,
    }


def oversized(item: Item, change_type: str, location: str | None, now: datetime) -> Json:
    """A configuration item changed and is too large to send; `location` is where its notification lies in S3."""
    return {
        "configurationItemSummary": item.summary(change_type),
        "s3DeliverySummary": {"s3BucketLocation": location, "errorCode": None, "errorMessage": None},
        "notificationCreationTime": timestamp(now),
        "messageType": OVERSIZED,
        "recordVersion": "1.0",
    }


def scheduled(account: Account, now: datetime) -> Json:
    """A rule's own schedule is due."""
    return {
        "awsAccountId": account.account_id,
        "notificationCreationTime": timestamp(now),
        "messageType": SCHEDULED,
        "recordVersion": "1.0",
    }


def evaluation_started(account: Account, rule_names: Sequence[str], now: datetime) -> Json:
    """Rules start to evaluate all their resources."""
    return {
        "awsAccountId": account.account_id,
        "awsRegion": account.region,
        "configRuleNames": list(rule_names),
        "notificationCreationTime": timestamp(now),
        "messageType": STARTED,
        "recordVersion": "1.0",
    }


def compliance_change(account: Account, rule: Rule, new: Result, old: Result | None, now: datetime) -> Json:
    """A rule's verdict on a resource changed; `old` is None where it is the first."""
    return {
        "awsAccountId": account.account_id,
        "configRuleName": rule.name,
        "configRuleARN": rule.arn,
        "resourceType": new.resource_type,
        "resourceId": new.resource_id,
        "awsRegion": account.region,
        "newEvaluationResult": _evaluation_result(new),
        "oldEvaluationResult": old and _evaluation_result(old),
        "notificationCreationTime": timestamp(now),
        "messageType": COMPLIANCE,
        "recordVersion": "1.0",
    }


def compliance_event(account: Account, notification: Json, now: datetime) -> Json:
    """The same as an event for EventBridge, which has no nulls."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Config Rules Compliance Change",
        "source": "aws.config",
        "account": account.account_id,
        "time": timestamp(now)[: len("2016-10-06T16:46:16")] + "Z",
        "region": account.region,
        "resources": [],
        "detail": _without_nulls(notification),
    }


def subject(account: Account, message: Json) -> str:
    """What the e-mail would be titled: a hundred characters at most, as SNS allows no more."""
    text = f"[AWS Config:{account.region}] {_title(message)} Account {account.account_id}"
    return text if len(text) <= SUBJECT_LENGTH else text[: SUBJECT_LENGTH - 3] + "..."


def _title(message: Json) -> str:
    match message["messageType"]:
        case "ConfigRulesEvaluationStarted":
            return "Config Rules Evaluation Started for"
        case "ComplianceChangeNotification":
            verdict = message["newEvaluationResult"]["complianceType"]
            resource = f"{message['resourceType']} {message['resourceId']}"
            return f"{resource} is {verdict} with {message['configRuleName']} in"
        case "OversizedConfigurationItemChangeNotification":
            return _change_title(message["configurationItemSummary"], message["configurationItemSummary"])
    return _change_title(message["configurationItem"], message["configurationItemDiff"])


def _change_title(resource: Json, change_holder: Json) -> str:
    return f"{resource['resourceType']} {resource['resourceId']} {VERBS[change_holder['changeType']]} in"


def _evaluation_result(result: Result) -> Json:
    return {
        "evaluationResultIdentifier": {
            "evaluationResultQualifier": {
                "configRuleName": result.rule_name,
                "resourceType": result.resource_type,
                "resourceId": result.resource_id,
                "evaluationMode": "DETECTIVE",
            },
            "orderingTimestamp": timestamp(result.ordering_timestamp),
        },
        "complianceType": result.compliance_type,
        "resultRecordedTime": timestamp(result.recorded),
        "configRuleInvokedTime": timestamp(result.invoked),
        "annotation": result.annotation,
        "resultToken": None,
    }


def _without_nulls(message: Json) -> Json:
    return {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in message.items()
        if value is not None
    }
