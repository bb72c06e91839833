"""The Config rules: those of the rules file are put where they differ, others of ours are deleted."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.messages import AwsCall
from chalicelib.rules import RULES
from ddaws.deploy import rules_file
from ddaws.deploy.rules_file import DeclaredRule
from ddaws.plan import SETTLE_SECONDS, Call, Change, Plan, Target, Tell

CHANGES = ("ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification")
SETTLES = (
    "InsufficientPermissionsException",
    "NoAvailableConfigurationRecorderException",
    "ResourceInUseException",
)
"""AWS Config may not yet know the permission or the recorder, nor be through with a rule of that name."""


def plan(target: Target, tell: Tell) -> Plan:
    """Put what differs from the file; delete what it no longer names."""
    declared = rules_file.read(target.stage.project_dir)
    wanted = [config_rule(target, rule) for rule in declared]
    names = {rule["ConfigRuleName"] for rule in wanted}
    tell("reading Config rules")
    live = {rule["ConfigRuleName"]: rule for rule in _settled(target, tell)}
    changes: list[Change] = [
        _put(target, rule, live.get(rule["ConfigRuleName"]))
        for rule in wanted
        if _differs(rule, live.get(rule["ConfigRuleName"], {}))
    ]
    changes += [_deletion(name) for name, rule in live.items() if name not in names and is_ours(target, rule)]
    return Plan(f"{len(names)} rules in {rules_file.FILE}", tuple(changes))


def removal(target: Target, tell: Tell) -> Plan:
    """Delete the rules of ours."""
    tell("reading Config rules")
    live = [rule for rule in _live(target) if is_ours(target, rule)]
    ours = [rule["ConfigRuleName"] for rule in live if rule.get("ConfigRuleState") != "DELETING"]
    return Plan(f"{len(ours)} rules", tuple(_deletion(name) for name in ours))


def config_rule(target: Target, rule: DeclaredRule) -> dict[str, Any]:
    """A rule of the file as PutConfigRule takes it."""
    managed = {"Owner": "AWS", "SourceIdentifier": rule.source_identifier}
    result: dict[str, Any] = {
        "ConfigRuleName": target.stage.named(rule.name),
        "Description": f"{rule.description} {mark(target)}",
        "Source": _custom_source(target, rule) if rule.function else managed,
        "InputParameters": json.dumps(rule.input_parameters or {}, sort_keys=True),
    }
    if rule.function:
        types = [ours.resource_type for ours in RULES if ours.evaluator == rule.function]
        result["Scope"] = {"ComplianceResourceTypes": types}
    elif rule.maximum_execution_frequency:
        result["MaximumExecutionFrequency"] = rule.maximum_execution_frequency
    return result


def _custom_source(target: Target, rule: DeclaredRule) -> dict[str, Any]:
    details = [{"EventSource": "aws.config", "MessageType": message_type} for message_type in CHANGES]
    details.append(
        {
            "EventSource": "aws.config",
            "MessageType": "ScheduledNotification",
            "MaximumExecutionFrequency": rule.maximum_execution_frequency,
        }
    )
    return {
        "Owner": "CUSTOM_LAMBDA",
        "SourceIdentifier": target.function_arn(rule.function),
        "SourceDetails": details,
    }


def mark(target: Target) -> str:
    """What a rule's description ends with: a name alone could be of stage ``dev-2`` where ``dev`` is asked for."""
    return f"[dd-aws, stage {target.stage.name}]"


def is_ours(target: Target, rule: Mapping[str, Any]) -> bool:
    """Whether this stage's deployment has put a live rule."""
    name, description = str(rule["ConfigRuleName"]), str(rule.get("Description", ""))
    return name.startswith(target.stage.named("")) and description.endswith(mark(target))


def _settled(target: Target, tell: Tell) -> list[Mapping[str, Any]]:
    """All live rules, once none of our names is being deleted any more: AWS takes a while over its results."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        rules: list[Mapping[str, Any]] = list(_live(target))
        going = [rule["ConfigRuleName"] for rule in rules if is_ours(target, rule) and _is_going(rule)]
        if not going or time.monotonic() > deadline:
            return [rule for rule in rules if rule["ConfigRuleName"] not in going]
        tell(f"AWS Config is still deleting {', '.join(going)}")
        time.sleep(2)


def _is_going(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is being deleted, or its results are (DELETING_RESULTS): it takes no change meanwhile."""
    return str(rule.get("ConfigRuleState", "")).startswith("DELETING")


def _live(target: Target) -> Iterator[Mapping[str, Any]]:
    return target.account.pages("config", "describe_config_rules", "ConfigRules")


def _differs(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether a live rule is not as we want it. AWS does not always tell a frequency that nobody has set."""
    frequency: str | None = wanted.get("MaximumExecutionFrequency")
    if frequency is not None and frequency != live.get("MaximumExecutionFrequency"):
        return True
    return _comparable(wanted) != _comparable(live)


def _comparable(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule reduced to what we set, in one form whatever the order or the spacing that AWS gives back."""
    source = rule.get("Source", {})
    details = source.get("SourceDetails") or []
    return {
        "Description": rule.get("Description"),
        "Owner": source.get("Owner"),
        "SourceIdentifier": source.get("SourceIdentifier"),
        "SourceDetails": sorted(json.dumps(detail, sort_keys=True) for detail in details),
        "Scope": (rule.get("Scope") or {}).get("ComplianceResourceTypes", []),
        "InputParameters": json.loads(rule.get("InputParameters") or "{}"),
    }


def _put(target: Target, rule: dict[str, Any], live: Mapping[str, Any] | None) -> Call:
    tags = [{"Key": "dd-aws-stage", "Value": target.stage.name}]
    put = AwsCall("config", "PutConfigRule", {"ConfigRule": rule, "Tags": tags})
    return Call("update" if live else "create", f"Config rule {rule['ConfigRuleName']}", put, SETTLES)


def _deletion(name: str) -> Change:
    delete = AwsCall("config", "DeleteConfigRule", {"ConfigRuleName": name})
    return Call("delete", f"Config rule {name}", delete, SETTLES, done=("NoSuchConfigRuleException",))
