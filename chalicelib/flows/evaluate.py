"""Judge what AWS Config shows us: queue what must be fixed, then tell AWS Config."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Protocol

from chalicelib.config_events import OVERSIZED, ConfigItem, RuleInvocation
from chalicelib.errors import BadInput, NotDone, shortened
from chalicelib.messages import Finding, Violation
from chalicelib.resources import Resource
from chalicelib.rules import Rule

logger = logging.getLogger(__name__)

ANNOTATION = 256
EVALUATIONS_PER_CALL = 100
TRIES = 3


class Inventory[R: Resource](Protocol):
    """What an evaluator knows of one type of resource."""

    def from_item(self, item: ConfigItem) -> R:
        """The resource in a configuration item."""

    def refined(self, resource: R, /) -> R:
        """The same resource with what its item lacks; asked only where something in it is condemned."""

    def all(self) -> Iterable[R | BadInput]:
        """Every resource of the type; in the place of one that cannot be read, the error."""


class EvaluateGateways(Protocol):
    """What `evaluate` needs of the outside."""

    def inventory(self, resource_type: str, account_id: str) -> Inventory[Any]: ...

    def item(self, resource_type: str, resource_id: str, captured_at: str) -> ConfigItem | None: ...

    def queue_findings(self, bodies: Sequence[str]) -> set[int]: ...

    def put_evaluations(
        self, evaluations: Sequence[Mapping[str, Any]], result_token: str, test_mode: bool
    ) -> list[Mapping[str, Any]]: ...

    def pause(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class _Verdict:
    """An evaluation for AWS Config, and the message for the queue where the resource is not compliant."""

    evaluation: Mapping[str, Any]
    finding: Finding | None = None


def evaluate(event: Mapping[str, Any], rule: Rule, gateways: EvaluateGateways) -> None:
    """Run a custom rule on AWS Config's event.

    Raises
    ------
    BadInput
        The event, a rule parameter or an item cannot be read; a scheduled run judges the other resources first.
    NotDone
        SQS or AWS Config did not take everything; what AWS Config did not hear of, it will ask again.
    """
    invocation = RuleInvocation.from_event(event)
    parameters = rule.parameters(invocation.rule_parameters)
    unreadable: list[BadInput] = []
    verdicts = _verdicts(invocation, rule, parameters, gateways, unreadable)
    for group in batched(verdicts, EVALUATIONS_PER_CALL, strict=False):
        _queue([verdict.finding for verdict in group if verdict.finding], gateways)
        _report([verdict.evaluation for verdict in group], invocation, gateways)
    if unreadable:
        raise unreadable[0]


def _verdicts(
    invocation: RuleInvocation, rule: Rule, parameters: Any, gateways: EvaluateGateways, unreadable: list[BadInput]
) -> Iterator[_Verdict]:
    inventory = gateways.inventory(rule.resource_type, invocation.account_id)
    if invocation.item:
        yield _judge_item(invocation, invocation.item, rule, parameters, gateways)
        return
    for resource in inventory.all():
        if isinstance(resource, BadInput):
            logger.warning("passed over: %s", resource)
            unreadable.append(resource)
        else:
            yield _judge(resource, invocation, rule, parameters, inventory)


def _judge_item(
    invocation: RuleInvocation, item: ConfigItem, rule: Rule, parameters: Any, gateways: EvaluateGateways
) -> _Verdict:
    if invocation.left_scope or not item.exists or item.resource_type != rule.resource_type:
        return _Verdict(_evaluation(item.resource_type, item.resource_id, "NOT_APPLICABLE", invocation.ordered_at))
    if invocation.notification == OVERSIZED:
        whole = gateways.item(item.resource_type, item.resource_id, item.captured_at)
        if whole is None:
            raise NotDone(f"AWS Config has no item of {item.resource_type} {item.resource_id} yet")
        item = whole
    inventory = gateways.inventory(rule.resource_type, invocation.account_id)
    return _judge(inventory.from_item(item), invocation, rule, parameters, inventory)


def _judge(
    resource: Resource, invocation: RuleInvocation, rule: Rule, parameters: Any, inventory: Inventory[Any]
) -> _Verdict:
    if rule.violations(resource, parameters):
        resource = inventory.refined(resource)
    violations = rule.violations(resource, parameters)
    if not violations:
        return _Verdict(_evaluation(rule.resource_type, resource.resource_id, "COMPLIANT", invocation.ordered_at))
    finding = Finding(
        raised_by_rule=invocation.rule_name,
        aws_account_id=invocation.account_id,
        aws_region=resource.region,
        target_resource_type=rule.resource_type,
        target_resource_id=resource.resource_id,
        detected_at=invocation.ordered_at,
        violations=violations,
        required_steps=rule.plan(resource, parameters),
        rule_parameters=invocation.rule_parameters,
    )
    return _Verdict(
        _evaluation(
            rule.resource_type, resource.resource_id, "NON_COMPLIANT", invocation.ordered_at, annotation(violations)
        ),
        finding,
    )


def annotation(violations: Sequence[Violation]) -> str:
    """Why a resource is not compliant, in the 256 characters that AWS Config shows.

    Examples
    --------
    >>> annotation([Violation("T", {"reason": "tcp 22 is open to 0.0.0.0/0"}), Violation("T", {"reason": "and more"})])
    'tcp 22 is open to 0.0.0.0/0; and more'
    """
    return shortened("; ".join(violation.reason for violation in violations), ANNOTATION)


def _evaluation(resource_type: str, resource_id: str, verdict: str, ordered_at: str, note: str = "") -> dict[str, Any]:
    evaluation = {
        "ComplianceResourceType": resource_type,
        "ComplianceResourceId": resource_id,
        "ComplianceType": verdict,
        "OrderingTimestamp": ordered_at,
    }
    return {**evaluation, "Annotation": note} if note else evaluation


def _queue(findings: Sequence[Finding], gateways: EvaluateGateways) -> None:
    bodies = [json.dumps(finding.to_json()) for finding in findings]
    for _ in range(TRIES):
        if not bodies:
            return
        refused = gateways.queue_findings(bodies)
        bodies = [bodies[index] for index in sorted(refused)]
    if bodies:
        raise NotDone(f"SQS did not take {len(bodies)} of {len(findings)} messages")


def _report(evaluations: Sequence[Mapping[str, Any]], invocation: RuleInvocation, gateways: EvaluateGateways) -> None:
    left = list(evaluations)
    for attempt in range(TRIES):
        gateways.pause(attempt)
        left = gateways.put_evaluations(left, invocation.result_token, invocation.is_test)
        if not left:
            return
    raise NotDone(f"AWS Config did not take {len(left)} of {len(evaluations)} evaluations")
