"""The exemptions that keep the rule from fixing what an undo restores."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.aws.config_service import ConfigService
from chalicelib.errors import DdAwsError, NotDone
from chalicelib.exemptions.exemptions import Exemption, granted, in_force, resource_key
from chalicelib.journal.record import Record
from chalicelib.resources import Resource
from chalicelib.rules import RULES, Rule, live
from chalicelib.rules.undo import Undo
from ddaws import exemptions, times
from ddaws.plan import Target
from ddaws.progress import Progress


@dataclass(frozen=True)
class Granted:
    """The exemptions that one run of an undo has granted, each with the one that it replaces, if any."""

    exemptions: tuple[tuple[Exemption, Exemption | None], ...]
    target: Target
    progress: Progress

    def revert(self, refusal: Exception) -> None:
        """Revert the exemptions after the undo has failed.

        Raises
        ------
        NotDone
            The exemptions cannot be stored, either.
        """
        try:
            for each, before in self.exemptions:
                if before:
                    exemptions.grant(self.target, [before], self.progress)
                else:
                    exemptions.remove(self.target, each, self.progress)
        except DdAwsError as error:
            ids = ", ".join(each.exemption_id for each, _ in self.exemptions)
            raise NotDone(
                f"{refusal} Nothing was restored, but these exemptions may be in force: {ids}. Removing them failed: "
                f"{error} Remove them later with 'ddaws exempt remove'."
            ) from refusal


def grant(
    found: Record,
    now: Resource,
    work: Undo,
    owner: str,
    reason: str,
    lasts: timedelta,
    target: Target,
    progress: Progress,
) -> Granted:
    """Exempt exactly the violations that the undo brings back.

    An existing exemption is kept if it lasts as long; otherwise it is extended.

    Raises
    ------
    BadInput
        The owner or the reason is missing, or the exemption would last for more than a year.
    AwsRefused, NotDone
        The exemption could not be stored, so nothing may be restored.
    """
    [rule] = [each for each in RULES if each.resource_type == found.opening.finding.target_resource_type]
    at = times.now()
    before = {each.exemption_id: each for each in in_force(exemptions.store(target).of(resource_key(now)), at)}
    parameters = rule.exempting(_parameters(found, rule, target), in_force(before.values(), at + lasts))
    already = _scopes(rule, now, parameters)
    then = [each for each in _scopes(rule, work.then or now, parameters) if each not in already]
    wanted = granted(now, then, owner, reason, at + lasts, at)
    given = Granted(tuple((each, before.get(each.exemption_id)) for each in wanted), target, progress)
    try:
        exemptions.grant(target, wanted, progress)
    except DdAwsError as error:
        given.revert(error)
        raise
    return given


def _parameters(found: Record, rule: Rule, target: Target) -> Any:
    """The rule's parameters as AWS Config has them now; those of the remediation if the rule no longer exists."""
    texts = ConfigService(target.account.client("config")).rule_parameters(found.opening.finding.raised_by_rule)
    return rule.parameters(found.opening.rule_parameters if texts is None else texts)


def _scopes(rule: Rule, resource: Resource, parameters: Any) -> tuple[Any, ...]:
    facts = rule.lacking(resource, parameters)
    return rule.scopes(live.with_facts(resource, facts) if facts else resource, parameters)
