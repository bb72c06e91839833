"""The Config rules: rules of the rules file are put if they differ, and the stage's other rules are deleted.

A rule that AWS Config refuses does not block the other rules. While AWS Config deletes a rule or its results, which may
take an hour, the rule cannot be changed. Such a change is made last, and waits for a few minutes at most.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.errors import AwsRefused, BadInput
from chalicelib.findings import AwsCall
from chalicelib.rules import RULES
from ddaws.account import Account, error_code
from ddaws.deploy import limits, other_regions, rules_file
from ddaws.deploy.rules_file import DeclaredRule
from ddaws.plan import RETRY_SECONDS, Call, Change, Plan, Target, Tell, Verb

CHANGES = ("ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification")
SETTLES = ("InsufficientPermissionsException", "NoAvailableConfigurationRecorderException")
"""AWS Config may not yet know the permission or the recorder."""
IN_USE = "ResourceInUseException"
"""AWS Config is deleting or evaluating the rule, or somebody has attached a remediation action to it."""
INVALID = "InvalidParameterValueException"
DELETION_SECONDS = 300


def plan(target: Target, tell: Tell) -> Plan:
    """Put the rules that differ from the file; delete those that it no longer has."""
    declared = rules_file.read(target.stage.project_dir)
    tell("reading Config rules")
    found = list(_live(target))
    live = {rule["ConfigRuleName"]: rule for rule in found if not _is_being_deleted(rule)}
    deleted = [rule["ConfigRuleName"] for rule in found if _is_being_deleted(rule)]
    wanted, notes = _wanted_here(target, declared, live, tell)
    patience = Patience(DELETION_SECONDS)
    changes: list[Change] = [
        _put(target, rule, live.get(rule["ConfigRuleName"]), patience)
        for rule in sorted(wanted, key=lambda rule: rule["ConfigRuleName"] in deleted)
        if _differs(rule, live.get(rule["ConfigRuleName"], {}))
    ]
    names = {rule["ConfigRuleName"] for rule in wanted}
    changes += [_deletion(name, patience) for name, rule in live.items() if name not in names and is_ours(target, rule)]
    return Plan(f"{len(declared)} rules in {rules_file.FILE}", tuple(changes), tuple(notes), independent=True)


def removal(target: Target, tell: Tell) -> Plan:
    """Delete the rules of this stage."""
    tell("reading Config rules")
    ours = [rule for rule in _live(target) if is_ours(target, rule)]
    deleted = [rule["ConfigRuleName"] for rule in ours if rule.get("ConfigRuleState") == "DELETING"]
    names = [rule["ConfigRuleName"] for rule in ours if rule["ConfigRuleName"] not in deleted]
    notes = (f"AWS Config is still deleting {', '.join(deleted)}, which may take an hour",) if deleted else ()
    patience = Patience(DELETION_SECONDS)
    changes = tuple(_deletion(name, patience) for name in names)
    return Plan(f"{len(names)} rules", changes, notes, independent=True)


def check_quota(target: Target, declared: Sequence[DeclaredRule]) -> None:
    """Raise BadInput if the region's quota has no room for the rules in addition to other rules."""
    others = sum(1 for rule in _live(target) if not is_ours(target, rule))
    room = limits.MOST_CONFIG_RULES - others
    if len(declared) > room:
        raise BadInput(
            rules_file.FILE,
            f"{len(declared)} rules",
            f"at most {room}: the quota is {limits.MOST_CONFIG_RULES} rules in a region, and {others} are not dd-aws's",
        )


def _wanted_here(
    target: Target, declared: Sequence[DeclaredRule], live: Mapping[str, Any], tell: Tell
) -> tuple[list[dict[str, Any]], list[str]]:
    """The rules to put in this region, in PutConfigRule's form, and the reasons for leaving out the others."""
    wanted: list[dict[str, Any]] = []
    notes: list[str] = []
    here = target.account.region
    new = {rule.name: target.stage.named(rule.name) for rule in declared if target.stage.named(rule.name) not in live}
    asked = [new[rule.name] for rule in declared if rule.once_per_account and rule.name in new]
    elsewhere = other_regions.of_config_rules(target, asked, tell)
    for rule in declared:
        if home := elsewhere.get(new.get(rule.name, "")):
            notes.append(f"{rule.name} evaluates the whole account and is already deployed in {home}")
        elif here in rule.unavailable_in and rule.name in new:
            notes.append(f"{rule.name} is left out: AWS Config does not offer {rule.source_identifier} in {here}")
        else:
            wanted.append(config_rule(target, rule))
    return wanted, notes


def config_rule(target: Target, rule: DeclaredRule) -> dict[str, Any]:
    """A rule of the file in PutConfigRule's form."""
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
    """The end of a rule's description. By name alone, a rule of stage ``dev-2`` could belong to stage ``dev``."""
    return f"[dd-aws, stage {target.stage.name}]"


def is_ours(target: Target, rule: Mapping[str, Any]) -> bool:
    """Whether this stage's deployment has put a live rule."""
    name, description = str(rule["ConfigRuleName"]), str(rule.get("Description", ""))
    return name.startswith(target.stage.named("")) and description.endswith(mark(target))


def _is_being_deleted(rule: Mapping[str, Any]) -> bool:
    """Whether AWS Config is deleting a rule (DELETING) or its results (DELETING_RESULTS)."""
    return str(rule.get("ConfigRuleState", "")).startswith("DELETING")


def _live(target: Target) -> Iterator[Mapping[str, Any]]:
    return target.account.pages("config", "describe_config_rules", "ConfigRules")


def _differs(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether a live rule differs. AWS does not always return a frequency that was not set."""
    frequency: str | None = wanted.get("MaximumExecutionFrequency")
    if frequency is not None and frequency != live.get("MaximumExecutionFrequency"):
        return True
    return _comparable(wanted) != _comparable(live)


def _comparable(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule reduced to the fields that we set, in a form without order and spacing."""
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


def _put(target: Target, rule: dict[str, Any], live: Mapping[str, Any] | None, patience: "Patience") -> Change:
    name = rule["ConfigRuleName"]
    call = Call("update" if live else "create", f"Config rule {name}", put_call(target, rule), SETTLES)
    return RuleChange(call, name, patience)


def put_call(target: Target, rule: Mapping[str, Any]) -> AwsCall:
    """The call that puts a rule."""
    tags = [{"Key": "dd-aws-stage", "Value": target.stage.name}]
    return AwsCall("config", "PutConfigRule", {"ConfigRule": rule, "Tags": tags})


def _deletion(name: str, patience: "Patience") -> Change:
    delete = AwsCall("config", "DeleteConfigRule", {"ConfigRuleName": name})
    call = Call("delete", f"Config rule {name}", delete, SETTLES, done=("NoSuchConfigRuleException",))
    return RuleChange(call, name, patience)


@dataclass
class Patience:
    """The time that the changes of one plan may wait in total, counted from the first wait."""

    seconds: float
    _ends: float | None = field(default=None, init=False)

    def left(self) -> float:
        """The seconds left; zero or less if none."""
        now = time.monotonic()
        if self._ends is None:
            self._ends = now + self.seconds
        return self._ends - now


@dataclass(frozen=True)
class RuleChange:
    """A change of a Config rule, repeated while the rule is in use."""

    call: Call
    rule: str
    patience: Patience

    @property
    def verb(self) -> Verb:
        return self.call.verb

    @property
    def what(self) -> str:
        return self.call.what

    def apply(self, account: Account, tell: Tell) -> None:
        while True:
            try:
                self.call.apply(account, tell)
            except ClientError as error:
                if error_code(error) == INVALID and "sourceIdentifier" in str(error):
                    raise AwsRefused(
                        f"AWS Config does not offer this managed rule in {account.region}: {_message(error)}",
                        f"correct its sourceIdentifier in {rules_file.FILE}, or add the region to its unavailableIn.",
                    ) from error
                if error_code(error) != IN_USE:
                    raise
                left = self.patience.left()
                if left <= 0:
                    raise AwsRefused(
                        f"AWS Config still uses the rule {self.rule} ({_message(error)}).",
                        "deleting a rule's results may take an hour; run this command again later.",
                    ) from error
                tell(f"AWS Config still uses the rule {self.rule}: waiting for {left:.0f} s at most")
                time.sleep(RETRY_SECONDS)
            else:
                return


def _message(error: ClientError) -> str:
    return str(error.response["Error"].get("Message") or error_code(error))
