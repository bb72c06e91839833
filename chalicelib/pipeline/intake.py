"""Reads and checks messages of the remediation queue, and finds the rule for each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.errors import AwsRefused, BadInput, NotDone, Unreadable
from chalicelib.findings import Finding
from chalicelib.json_values import demand_past, instant
from chalicelib.rules import RULES, Rule, rule_for


class Message(Protocol):
    """A received message."""

    @property
    def receipt_handle(self) -> str: ...

    @property
    def body(self) -> str: ...


@dataclass(frozen=True)
class Accepted:
    """A valid message and its rule."""

    receipt_handle: str
    body: str
    finding: Finding
    rule: Rule


@dataclass(frozen=True)
class Rejected:
    """An invalid message and the reason."""

    receipt_handle: str
    body: str
    reason: str


@dataclass(frozen=True)
class Folded:
    """Messages about one resource by one Config rule, folded into one.

    Attributes
    ----------
    finding : Finding
        The latest finding, with the detection time of the first one: so it continues the first one's remediation.
    receipt_handles : tuple of str
        Those of all messages, the latest message's first.
    """

    finding: Finding
    rule: Rule
    receipt_handles: tuple[str, ...]


class Deployment(Protocol):
    """The account and region of the stage: messages about any other are rejected."""

    @property
    def account_id(self) -> str: ...

    @property
    def region(self) -> str: ...

    def timestamp(self) -> str: ...


def read(message: Message, here: Deployment) -> Accepted | Rejected:
    """A message, checked for validity and against the deployment; its Config rule is checked later."""
    try:
        finding = Finding.from_body(message.body)
        demand_ours(finding.aws_account_id, finding.aws_region, here)
        demand_past(finding.detected_at, "message.detectedAt", datetime.fromisoformat(here.timestamp()))
        return Accepted(message.receipt_handle, message.body, finding, _rule(finding))
    except BadInput as error:
        return Rejected(message.receipt_handle, message.body, str(error))


class ConfigRule(Protocol):
    """A rule as it is in AWS Config now."""

    @property
    def parameters(self) -> Mapping[str, str]: ...

    @property
    def is_managed(self) -> bool: ...

    def is_judged_by(self, function: str, account_id: str) -> bool: ...


class RuleGateways(Deployment, Protocol):
    """What reading a Config rule needs of the outside."""

    def config_rule(self, name: str) -> ConfigRule | None: ...

    def name(self, suffix: str) -> str: ...


class NotOurs(BadInput):
    """A message about an account, a region or a Config rule that is not this deployment's."""


def rule_parameters(finding: Finding, rule: Rule, gateways: RuleGateways, where: str = "message") -> Mapping[str, str]:
    """The rule parameters for `finding`: those that AWS Config has now for the rule that it names.

    Raises
    ------
    NotOurs
        AWS Config has no such rule in this account and region, or the rule does not use our evaluator for the type.
    Unreadable
        The rule cannot be read from AWS Config, so nothing may be changed.
    """
    name, evaluator, where = finding.raised_by_rule, gateways.name(rule.evaluator), f"{where}.raisedByRule"
    try:
        known = gateways.config_rule(name)
    except (AwsRefused, NotDone) as error:
        raise Unreadable(f"the Config rule {name} cannot be read: {error}") from error
    if known is None:
        raise NotOurs(where, name, f"a rule that AWS Config has now in {gateways.account_id}, {gateways.region}")
    is_deployed = name == gateways.name(rule.config_rule) and known.is_managed
    if not is_deployed and not known.is_judged_by(evaluator, gateways.account_id):
        raise NotOurs(where, name, f"a rule that {evaluator} evaluates")
    return known.parameters


def demand_ours(account_id: str, region: str, here: Deployment, where: str = "message") -> None:
    """NotOurs if a message is about another account or region than ours."""
    if account_id != here.account_id:
        raise NotOurs(f"{where}.awsAccountId", account_id, f"{here.account_id}, where this stage is deployed")
    if region != here.region:
        raise NotOurs(f"{where}.awsRegion", region, f"{here.region}, where this stage is deployed")


def _rule(finding: Finding) -> Rule:
    """The rule that knows all of the finding's violation types."""
    rules = [
        _rule_of(violation.violation_type, finding.target_resource_type, f"message.violations[{index}].violationType")
        for index, violation in enumerate(finding.violations)
    ]
    return rules[0]


def _rule_of(violation_type: str, resource_type: str, where: str) -> Rule:
    rule = rule_for(violation_type)
    if rule is None or rule.resource_type != resource_type:
        known = sorted(name for each in RULES if each.resource_type == resource_type for name in each.violation_types)
        raise BadInput(where, violation_type, f"a violation of {resource_type}: {', '.join(known) or 'there is none'}")
    return rule


def folded(accepted: Iterable[Accepted]) -> list[Folded]:
    """Messages about one resource by one Config rule, folded into one."""
    groups: dict[tuple[str, ...], list[Accepted]] = defaultdict(list)
    for item in accepted:
        groups[(*item.finding.resource, item.finding.raised_by_rule)].append(item)
    return [_as_one(sorted(group, key=_detected)) for group in groups.values()]


def _detected(item: Accepted) -> datetime:
    return instant(item.finding.detected_at, "message.detectedAt")


def _as_one(same: Sequence[Accepted]) -> Folded:
    """`same`, ordered by detection time, as one."""
    first, latest = same[0], same[-1]
    finding = replace(latest.finding, detected_at=first.finding.detected_at)
    return Folded(finding, latest.rule, tuple(item.receipt_handle for item in (latest, *same[:-1])))
