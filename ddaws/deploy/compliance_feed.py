"""The path of compliance changes to the notifier: EventBridge rules invoke it for changes of our Config rules.

The delivery channel is no alternative: an account has only one, which may not be ours, it forwards every item of every
resource, and AWS Config does not support encrypted topics (AWS Config Developer Guide, "Permissions for the Amazon SNS
Topic"). Nor is our topic: the statement of EventBridge in a topic policy takes no condition, so it admits the rules
of every account (EventBridge User Guide, "Using resource-based policies"). The function's policy names our rules alone.
"""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.findings import AwsCall
from ddaws.account import error_code
from ddaws.deploy import limits, rules_file
from ddaws.deploy.live_app import statements
from ddaws.plan import Call, Change, Plan, Target, Tell, call

TARGET_ID = "notifier"
FUNCTION = "notifier"
STATEMENT_ID = "compliance-changes"
PRINCIPAL = "events.amazonaws.com"


def rule_name(target: Target) -> str:
    return target.stage.named("compliance-changes")


def patterns(target: Target) -> dict[str, str]:
    """The event patterns by the names of their EventBridge rules.

    Each lists Config rules by their full names, since a prefix for stage ``dev`` would also match the rules of stage
    ``dev-2``. Names beyond the largest pattern that EventBridge accepts continue in ``<rule>-2`` and so on.
    """
    names = sorted(target.stage.named(rule.name) for rule in rules_file.read(target.stage.project_dir))
    groups: list[list[str]] = [[]]
    for name in names:
        if len(_pattern(target, [*groups[-1], name])) > limits.LONGEST_EVENT_PATTERN:
            groups.append([])
        groups[-1].append(name)
    first = rule_name(target)
    return {
        first if index == 1 else f"{first}-{index}": _pattern(target, group)
        for index, group in enumerate(groups, start=1)
    }


def _pattern(target: Target, names: list[str]) -> str:
    return json.dumps(
        {
            "account": [target.account.account_id],
            "source": ["aws.config"],
            "detail-type": ["Config Rules Compliance Change"],
            "detail": {"configRuleName": names},
        },
        separators=(",", ":"),
    )


def plan(target: Target, tell: Tell) -> Plan:
    """Put the EventBridge rules, their target and its permission if they differ; delete rules that are not needed."""
    tell("reading EventBridge rules")
    wanted = patterns(target)
    changes: list[Change] = list(_permission(target))
    changes += [change for name, pattern in wanted.items() for change in _rule(target, name, pattern)]
    changes += [change for name in _names(target) if name not in wanted for change in _deletion(target, name)]
    return Plan(f"EventBridge rules: {', '.join(wanted)}", tuple(changes))


def removal(target: Target, _tell: Tell) -> Plan:
    """Delete the EventBridge rules, if there are any."""
    names = _names(target)
    changes = tuple(change for name in names for change in _deletion(target, name))
    return Plan(", ".join(names) or "no EventBridge rule", changes)


def put_call(name: str, pattern: str) -> AwsCall:
    """The call that puts an EventBridge rule."""
    parameters = {
        "Name": name,
        "EventPattern": pattern,
        "State": "ENABLED",
        "Description": "Compliance changes of our Config rules, for the notifier.",
    }
    return AwsCall("events", "PutRule", parameters)


def _permission(target: Target) -> Iterator[Change]:
    """The statement by which our EventBridge rules, and no others, may invoke the notifier."""
    name, source = target.stage.named(FUNCTION), target.account.arn("events", f"rule/{rule_name(target)}*")
    found = [entry for entry in statements(target.account, name) if entry["Sid"] == STATEMENT_ID]
    wanted = ({"Service": PRINCIPAL}, {"AWS:SourceArn": source})
    if any((entry["Principal"], entry.get("Condition", {}).get("ArnLike")) == wanted for entry in found):
        return
    what = f"{FUNCTION}: statement {STATEMENT_ID}"
    if found:
        yield call("delete", what, "lambda", "RemovePermission", FunctionName=name, StatementId=STATEMENT_ID)
    yield call(
        "create",
        what,
        "lambda",
        "AddPermission",
        FunctionName=name,
        StatementId=STATEMENT_ID,
        Action="lambda:InvokeFunction",
        Principal=PRINCIPAL,
        SourceArn=source,
    )


def _rule(target: Target, name: str, pattern: str) -> Iterator[Change]:
    live = _live(target, name)
    is_same = json.loads(live.get("EventPattern", "{}")) == json.loads(pattern)
    if not is_same or live.get("State") != "ENABLED":
        yield Call("update" if live else "create", f"EventBridge rule {name}", put_call(name, pattern))
    goal = {"Id": TARGET_ID, "Arn": target.function_arn(FUNCTION)}
    if not live or goal not in live["Targets"]:
        yield call("create", f"target of {name}", "events", "PutTargets", Rule=name, Targets=[goal])
    others = [entry["Id"] for entry in live.get("Targets", ()) if entry != goal and entry["Id"] != TARGET_ID]
    if others:
        yield call("delete", f"other targets of {name}", "events", "RemoveTargets", Rule=name, Ids=others)


def _deletion(target: Target, name: str) -> Iterator[Change]:
    live = _live(target, name)
    if live and live["Targets"]:
        ids = [entry["Id"] for entry in live["Targets"]]
        yield call("delete", f"targets of {name}", "events", "RemoveTargets", Rule=name, Ids=ids)
    if live:
        yield call("delete", f"EventBridge rule {name}", "events", "DeleteRule", Name=name)


def _names(target: Target) -> list[str]:
    """The names of the live rules: the first one, and those that continue it."""
    first = rule_name(target)
    listed = target.account.pages("events", "list_rules", "Rules", NamePrefix=first)
    names = (str(rule["Name"]) for rule in listed)
    return [name for name in names if name == first or name.removeprefix(f"{first}-").isdecimal()]


def _live(target: Target, name: str) -> dict[str, Any]:
    """The rule with its targets; empty where there is none."""
    client = target.account.client("events")
    try:
        rule: dict[str, Any] = client.describe_rule(Name=name)
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return {}
        raise
    return {**rule, "Targets": client.list_targets_by_rule(Rule=name)["Targets"]}
