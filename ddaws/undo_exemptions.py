"""What keeps the rule from fixing again what an undo puts back."""

from datetime import timedelta
from typing import Any

from chalicelib.gateways import live
from chalicelib.gateways.config_service import ConfigService
from chalicelib.gateways.exemptions import Exemptions
from chalicelib.resources import Resource
from chalicelib.rules import RULES, Rule
from chalicelib.trust.exemptions import Exemption, granted, in_force, resource_key
from chalicelib.trust.record import Record
from chalicelib.undo import Undo
from ddaws import times
from ddaws.plan import Target


def grant(
    found: Record, now: Resource, work: Undo, owner: str, reason: str, lasts: timedelta, target: Target
) -> tuple[Exemption, ...]:
    """Exempt exactly what the rule would condemn about the resource once the undo is done, and does not condemn now.

    Raises
    ------
    BadInput
        There is no owner or no reason, or it would last for more than a year.
    AwsRefused, NotDone
        It could not be written down: nothing may be put back.
    """
    store = Exemptions(target.account.client("dynamodb"), target.stage.settings.trust_table)
    [rule] = [each for each in RULES if each.resource_type == found.opening.finding.target_resource_type]
    at = times.now()
    parameters = rule.exempting(_parameters(found, rule, target), in_force(store.of(resource_key(now)), at))
    condemned = _scopes(rule, now, parameters)
    then = [each for each in _scopes(rule, work.then or now, parameters) if each not in condemned]
    exemptions = granted(now, then, owner, reason, at + lasts, at)
    for each in exemptions:
        store.put(each)
    return exemptions


def _parameters(found: Record, rule: Rule, target: Target) -> Any:
    """The rule's parameters as AWS Config has them now; where it has no such rule, those of the remediation."""
    texts = ConfigService(target.account.client("config")).rule_parameters(found.opening.finding.raised_by_rule)
    return rule.parameters(found.opening.rule_parameters if texts is None else texts)


def _scopes(rule: Rule, resource: Resource, parameters: Any) -> tuple[Any, ...]:
    facts = rule.lacking(resource, parameters)
    return rule.scopes(live.with_facts(resource, facts) if facts else resource, parameters)
