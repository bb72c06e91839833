"""EventBridge's part in delivering AWS Config's events, where PutEvents refuses the source ``aws.config``.

The account's rules are asked for through its API, and matched by its own TestEventPattern; only the last step, from a
rule to its targets, is done here.
"""

import json
import logging
from typing import Any

from sandbox.awsconfig.resource import Json

logger = logging.getLogger(__name__)


def deliver(event: Json, events: Any, functions: Any, topics: Any) -> None:
    """Deliver an event to the targets of every rule of the default bus that it matches.

    Parameters
    ----------
    events, functions, topics
        boto3 clients of EventBridge, Lambda and SNS.
    """
    for page in events.get_paginator("list_rules").paginate():
        for rule in page["Rules"]:
            if rule["State"] == "ENABLED" and _matches(event, rule, events):
                for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                    _send(event, target, functions, topics)


def _matches(event: Json, rule: Json, events: Any) -> bool:
    pattern = rule.get("EventPattern")
    return bool(pattern) and bool(events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"])


def _send(event: Json, target: Json, functions: Any, topics: Any) -> None:
    service = target["Arn"].split(":")[2]
    if service not in ("sns", "lambda") or "InputTransformer" in target:
        logger.warning("Not delivered (only SNS and Lambda, and no InputTransformer, are offered): %s", target)
        return
    text = _input(event, target)
    if service == "lambda":
        functions.invoke(FunctionName=target["Arn"], InvocationType="Event", Payload=text.encode())
    else:
        _publish(event, target["Arn"], text, topics)


def _publish(event: Json, topic_arn: str, text: str, topics: Any) -> None:
    """AWS sends neither subject nor attributes here; emulated SNS drops those keys altogether when they are not set."""
    detail_type = event["detail-type"]
    attribute = {"DataType": "String", "StringValue": detail_type}
    topics.publish(TopicArn=topic_arn, Subject=detail_type, Message=text, MessageAttributes={"detail-type": attribute})


def _input(event: Json, target: Json) -> str:
    """What the target gets: the event, a part of it, or a constant."""
    if "Input" in target:
        return str(target["Input"])
    part: Any = event
    for name in target.get("InputPath", "$").removeprefix("$").split("."):
        part = part[name] if name else part
    return json.dumps(part)
