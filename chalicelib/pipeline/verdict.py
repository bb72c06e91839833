"""Evaluates one resource: an evaluation for AWS Config, and a finding for the queue if it is non-compliant."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from chalicelib.aws.config_events import ConfigItem, RuleInvocation
from chalicelib.errors import AwsRefused, Failure, Gone, NotDone, shortened
from chalicelib.findings import Finding, Violation
from chalicelib.pipeline.exempting import ExemptionGateways, exempting, in_words
from chalicelib.pipeline.facts import completed
from chalicelib.resources import Fact, Resource, Unread, could_not_be_read
from chalicelib.rules import Rule

logger = logging.getLogger(__name__)

ANNOTATION = 256
UNREADABLE = "exemptions cannot be read and are ignored"


class Inventory[R: Resource](Protocol):
    """The resources of one type, as an evaluator reads them."""

    def from_item(self, item: ConfigItem) -> R:
        """The resource in a configuration item."""

    def with_facts(self, resource: R, facts: frozenset[Fact], /) -> R:
        """The resource with the facts that a rule needs."""

    def all(self) -> Iterable[R | Failure]:
        """Every resource of the type; a Failure instead of one that cannot be read."""


@dataclass(frozen=True)
class Verdict:
    """An evaluation for AWS Config, and the finding for the queue if the resource is non-compliant.

    Attributes
    ----------
    trouble : Failure or None
        The facts that could not be read. AwsRefused: permanently, and the resource is presumed non-compliant. NotDone:
        a retry may read them, and may show more violations.
    """

    evaluation: Mapping[str, Any] | None
    finding: Finding | None = None
    trouble: Failure | None = None

    @property
    def is_presumed(self) -> bool:
        """Whether the resource may be compliant, since AWS refuses a fact that decides."""
        return self.trouble is not None and isinstance(self.trouble.error, AwsRefused)

    def unless(self, told: tuple[str, str] | None) -> Self:
        """The verdict without its evaluation if AWS Config has it already: `told` is a compliance type and annotation.

        A finding that rests on a presumption is dropped as well: it cannot be fixed, and people were notified.
        """
        said = self.evaluation and (self.evaluation["ComplianceType"], self.evaluation.get("Annotation", ""))
        if said != told:
            return self
        if self.is_presumed:
            return replace(self, evaluation=None, finding=None, trouble=None)
        return replace(self, evaluation=None)


def judge(
    resource: Resource,
    invocation: RuleInvocation,
    rule: Rule,
    parameters: Any,
    inventory: Inventory[Any],
    gateways: ExemptionGateways,
) -> Verdict:
    """Evaluate a resource by a rule; `inventory` supplies the facts that the rule needs.

    Certain violations are reported even if other facts cannot be read. If only a fact that AWS refuses could make the
    resource compliant, it is presumed non-compliant. If the exemptions cannot be read, none applies.

    Raises
    ------
    NotDone
        No violation is certain, and a retry may read the facts that decide.
    """
    try:
        return _judged(resource, invocation, rule, parameters, inventory, gateways)
    except Gone:
        return Verdict(evaluation(rule.resource_type, resource.resource_id, "NOT_APPLICABLE", invocation))


def _judged(
    resource: Resource,
    invocation: RuleInvocation,
    rule: Rule,
    parameters: Any,
    inventory: Inventory[Any],
    gateways: ExemptionGateways,
) -> Verdict:
    resource = completed(resource, rule, parameters, inventory.with_facts)
    warnings: tuple[str, ...] = ()
    tags = None
    try:
        parameters, tags = exempting(resource, rule, parameters, gateways, inventory.with_facts)
    except Gone:
        raise
    except (AwsRefused, NotDone) as error:
        logger.warning("%s is evaluated without its exemptions: %s", resource.resource_id, error)
        warnings = (UNREADABLE,)
    if tags:
        warnings = (f"presumed: not exempt, since {could_not_be_read((tags,))}",)
    violations = rule.violations(resource, parameters)
    trouble = _trouble(resource, violations, (*rule.doubts(resource, parameters), *((tags,) if tags else ())))
    if isinstance(trouble, NotDone) and not violations:
        raise trouble
    verdict = "NON_COMPLIANT" if violations else "COMPLIANT"
    exempted = () if violations else in_words(rule.exempted(resource, parameters))
    note = annotation(violations, (*exempted, *rule.remarks(resource, parameters)), warnings)
    result = evaluation(rule.resource_type, resource.resource_id, verdict, invocation, note)
    if not violations:
        return Verdict(result)
    finding = _finding(resource, violations, invocation, rule, parameters, warnings if tags else ())
    return Verdict(result, finding, Failure(resource.resource_id, trouble) if trouble else None)


def _trouble(
    resource: Resource, violations: Sequence[Violation], unread: Sequence[Unread]
) -> AwsRefused | NotDone | None:
    """The error about the facts that decide and could not be read; None if a violation is certain without them."""
    reasons = " ".join(dict.fromkeys(each.reason for each in unread))
    about = f"{resource.resource_type} {resource.resource_id}"
    if not all(each.is_final for each in unread):
        return NotDone(f"{about} is not fully evaluated: {could_not_be_read(unread)}. {reasons}")
    is_tagged = any(each.fact is Fact.TAGS for each in unread)
    if unread and (is_tagged or all(each.is_presumed for each in violations)):
        next_step = " ".join(dict.fromkeys(each.next_step for each in unread))
        return AwsRefused(f"{about} is presumed non-compliant: {could_not_be_read(unread)}. {reasons}", next_step)
    return None


def evaluation(
    resource_type: str, resource_id: str, verdict: str, invocation: RuleInvocation, note: str = ""
) -> dict[str, Any]:
    """An evaluation of one resource, for PutEvaluations."""
    result = {
        "ComplianceResourceType": resource_type,
        "ComplianceResourceId": resource_id,
        "ComplianceType": verdict,
        "OrderingTimestamp": invocation.ordered_at,
    }
    return {**result, "Annotation": note} if note else result


def annotation(violations: Sequence[Violation], remarks: Sequence[str] = (), warnings: Sequence[str] = ()) -> str:
    """The warnings, the violations and the remarks, in the 256 characters of AWS Config's annotation.

    Examples
    --------
    >>> annotation([Violation("T", {"reason": "tcp 22 is open to 0.0.0.0/0"}), Violation("T", {"reason": "and more"})])
    'tcp 22 is open to 0.0.0.0/0; and more'
    """
    return shortened("; ".join((*warnings, *(violation.reason for violation in violations), *remarks)), ANNOTATION)


def _finding(
    resource: Resource,
    violations: tuple[Violation, ...],
    invocation: RuleInvocation,
    rule: Rule,
    parameters: Any,
    warnings: tuple[str, ...],
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
        notes=(*warnings, *plan.notes, *(f"{each.reason} {each.next_step}" for each in plan.obstacles)),
        rule_parameters=invocation.rule_parameters,
    )
