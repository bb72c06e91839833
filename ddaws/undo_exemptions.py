"""What keeps the rule from fixing again what an undo puts back."""

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
    """The exemptions that one run of an undo has granted, each with the one in whose place it is, if there was one."""

    exemptions: tuple[tuple[Exemption, Exemption | None], ...]
    target: Target
    progress: Progress

    def give_back(self, refusal: Exception) -> None:
        """Have it exempt what was exempt before, since nothing has come of the undo.

        Raises
        ------
        NotDone
            That cannot be written down, either.
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
                f"{refusal} Nothing was put back, but it may be exempt still by {ids}, which cannot be taken back: "
                f"{error} Do it later: exempt remove."
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
    """Exempt exactly what is non-compliant about the resource once the undo is done, and is not now.

    What is exempt already counts where it stays so for as long; if not, it is prolonged.

    Raises
    ------
    BadInput
        There is no owner or no reason, or it would last for more than a year.
    AwsRefused, NotDone
        It could not be written down: nothing may be put back.
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
        given.give_back(error)
        raise
    return given


def _parameters(found: Record, rule: Rule, target: Target) -> Any:
    """The rule's parameters as AWS Config has them now; where it has no such rule, those of the remediation."""
    texts = ConfigService(target.account.client("config")).rule_parameters(found.opening.finding.raised_by_rule)
    return rule.parameters(found.opening.rule_parameters if texts is None else texts)


def _scopes(rule: Rule, resource: Resource, parameters: Any) -> tuple[Any, ...]:
    facts = rule.lacking(resource, parameters)
    return rule.scopes(live.with_facts(resource, facts) if facts else resource, parameters)
