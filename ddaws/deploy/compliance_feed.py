"""How compliance changes reach our topic: an EventBridge rule passes on those of our Config rules.

Not by the delivery channel: an account has one, which may not be ours, it tells of every item of every resource, and
AWS Config does not support encrypted topics (AWS Config Developer Guide, "Permissions for the Amazon SNS Topic").
"""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from ddaws.account import error_code
from ddaws.deploy import rules_file
from ddaws.plan import Call, Change, Plan, Target, Tell, call

TARGET_ID = "notifications"


def rule_name(target: Target) -> str:
    return target.stage.named("compliance-changes")


def pattern(target: Target) -> dict[str, Any]:
    """The compliance changes of the stage's rules, by their exact names: `dev` is not `dev-2`."""
    names = sorted(target.stage.named(rule.name) for rule in rules_file.read(target.stage.project_dir))
    return {
        "source": ["aws.config"],
        "detail-type": ["Config Rules Compliance Change"],
        "detail": {"configRuleName": names},
    }


def plan(target: Target, tell: Tell) -> Plan:
    """Make the EventBridge rule and its target, where they are not as they should be."""
    tell("reading the EventBridge rule")
    return Plan(f"EventBridge rule {rule_name(target)}", tuple(_rule(target)))


def removal(target: Target, _tell: Tell) -> Plan:
    """Delete the EventBridge rule, if there is one."""
    changes = tuple(_deletion(target))
    return Plan(rule_name(target) if changes else "no EventBridge rule", changes)


def _rule(target: Target) -> Iterator[Change]:
    name = rule_name(target)
    live = _live(target)
    if not live or live.get("State") != "ENABLED" or json.loads(live.get("EventPattern", "{}")) != pattern(target):
        yield call(
            "update" if live else "create",
            f"EventBridge rule {name}",
            "events",
            "PutRule",
            Name=name,
            EventPattern=json.dumps(pattern(target)),
            State="ENABLED",
            Description="Compliance changes of our Config rules, for the notifier.",
        )
    goal = {"Id": TARGET_ID, "Arn": target.topic_arn}
    if not live or goal not in live["Targets"]:
        yield call("create", f"target of {name}", "events", "PutTargets", Rule=name, Targets=[goal])


def _deletion(target: Target) -> Iterator[Call]:
    name, live = rule_name(target), _live(target)
    if live and live["Targets"]:
        ids = [entry["Id"] for entry in live["Targets"]]
        yield call("delete", f"targets of {name}", "events", "RemoveTargets", Rule=name, Ids=ids)
    if live:
        yield call("delete", f"EventBridge rule {name}", "events", "DeleteRule", Name=name)


def _live(target: Target) -> dict[str, Any]:
    """The rule with its targets; empty where there is none."""
    client, name = target.account.client("events"), rule_name(target)
    try:
        rule: dict[str, Any] = client.describe_rule(Name=name)
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return {}
        raise
    return {**rule, "Targets": client.list_targets_by_rule(Rule=name)["Targets"]}
