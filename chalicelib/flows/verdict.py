"""One resource, judged: an evaluation for AWS Config, and a message for the queue where something must be fixed."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from chalicelib.config_events import ConfigItem, RuleInvocation
from chalicelib.errors import AwsRefused, Failure, NotDone, shortened
from chalicelib.flows.acquittal import ExemptionGateways, acquitting, in_words
from chalicelib.messages import Finding, Violation
from chalicelib.resources import Fact, Resource
from chalicelib.rules import Rule

logger = logging.getLogger(__name__)

ANNOTATION = 256
UNREADABLE = "exemptions cannot be read and are ignored"


class Inventory[R: Resource](Protocol):
    """What an evaluator knows of one type of resource."""

    def from_item(self, item: ConfigItem) -> R:
        """The resource in a configuration item."""

    def with_facts(self, resource: R, facts: frozenset[Fact], /) -> R:
        """The resource with the facts that a rule asks for."""

    def all(self) -> Iterable[R | Failure]:
        """Every resource of the type; in the place of one that cannot be read, what is wrong with it."""


@dataclass(frozen=True)
class Verdict:
    """An evaluation for AWS Config, and the message for the queue where the resource is not compliant."""

    evaluation: Mapping[str, Any] | None
    finding: Finding | None = None

    def unless(self, told: tuple[str, str] | None) -> Self:
        """The same without its evaluation where AWS Config was `told` so before: compliance type and annotation."""
        said = self.evaluation and (self.evaluation["ComplianceType"], self.evaluation.get("Annotation", ""))
        return replace(self, evaluation=None) if said == told else self


def judge(
    resource: Resource,
    invocation: RuleInvocation,
    rule: Rule,
    parameters: Any,
    inventory: Inventory[Any],
    gateways: ExemptionGateways,
) -> Verdict:
    """Judge a resource by a rule; `inventory` supplies the facts that the rule asks for.

    Where it cannot be read what is exempt, nothing is.
    """
    if facts := rule.lacking(resource, parameters):
        resource = inventory.with_facts(resource, facts)
    warnings: tuple[str, ...] = ()
    try:
        parameters = acquitting(resource, rule, parameters, gateways, inventory.with_facts)
    except (AwsRefused, NotDone) as error:
        logger.warning("%s is judged without its exemptions: %s", resource.resource_id, error)
        warnings = (UNREADABLE,)
    violations = rule.violations(resource, parameters)
    verdict = "NON_COMPLIANT" if violations else "COMPLIANT"
    exempted = () if violations else in_words(rule.exempted(resource, parameters))
    note = annotation(violations, (*exempted, *rule.remarks(resource, parameters)), warnings)
    result = evaluation(rule.resource_type, resource.resource_id, verdict, invocation, note)
    return Verdict(result, _finding(resource, violations, invocation, rule, parameters) if violations else None)


def evaluation(
    resource_type: str, resource_id: str, verdict: str, invocation: RuleInvocation, note: str = ""
) -> dict[str, Any]:
    """What PutEvaluations takes for one resource."""
    result = {
        "ComplianceResourceType": resource_type,
        "ComplianceResourceId": resource_id,
        "ComplianceType": verdict,
        "OrderingTimestamp": invocation.ordered_at,
    }
    return {**result, "Annotation": note} if note else result


def annotation(violations: Sequence[Violation], remarks: Sequence[str] = (), warnings: Sequence[str] = ()) -> str:
    """Why a resource is not compliant, and what else to know of it, in the 256 characters that AWS Config shows.

    Examples
    --------
    >>> annotation([Violation("T", {"reason": "tcp 22 is open to 0.0.0.0/0"}), Violation("T", {"reason": "and more"})])
    'tcp 22 is open to 0.0.0.0/0; and more'
    """
    return shortened("; ".join((*warnings, *(violation.reason for violation in violations), *remarks)), ANNOTATION)


def _finding(
    resource: Resource, violations: tuple[Violation, ...], invocation: RuleInvocation, rule: Rule, parameters: Any
) -> Finding:
    plan = rule.plan(resource, parameters)
    return Finding(
        raised_by_rule=invocation.rule_name,
        aws_account_id=invocation.account_id,
        aws_region=resource.region,
        target_resource_type=rule.resource_type,
        target_resource_id=resource.resource_id,
        detected_at=invocation.ordered_at,
        violations=violations,
        required_steps=plan.calls,
        notes=(*plan.notes, *(f"{each.reason} {each.next_step}" for each in plan.obstacles)),
        rule_parameters=invocation.rule_parameters,
    )
