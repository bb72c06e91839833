"""Judge what AWS Config shows us: queue what must be fixed, then tell AWS Config."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any, Protocol

from chalicelib.config_events import OVERSIZED, ConfigItem, RuleInvocation
from chalicelib.errors import BadInput, DdAwsError, NotDone
from chalicelib.flows.acquittal import ExemptionGateways, Store
from chalicelib.flows.remind import Ends, RemindGateways, remind
from chalicelib.flows.verdict import Inventory, Verdict, evaluation, judge
from chalicelib.messages import Finding
from chalicelib.rules import Rule

logger = logging.getLogger(__name__)

EVALUATIONS_PER_CALL = 100
TRIES = 3


class Exemptions(Store, Ends, Protocol):
    """Where exemptions are kept, found by resource and by end."""


class EvaluateGateways(ExemptionGateways, RemindGateways, Protocol):
    """What `evaluate` needs of the outside."""

    @property
    def exemptions(self) -> Exemptions: ...

    def inventory(self, resource_type: str, account_id: str) -> Inventory[Any]: ...

    def item(self, resource_type: str, resource_id: str, captured_at: str) -> ConfigItem | None: ...

    def queue_findings(self, bodies: Sequence[str]) -> set[int]: ...

    def verdicts(self, rule_name: str) -> Mapping[str, tuple[str, str]]: ...

    def put_evaluations(
        self, evaluations: Sequence[Mapping[str, Any]], result_token: str, test_mode: bool
    ) -> list[Mapping[str, Any]]: ...

    def pause(self, seconds: float) -> None: ...


def evaluate(event: Mapping[str, Any], rule: Rule, gateways: EvaluateGateways) -> None:
    """Run a custom rule on AWS Config's event.

    A scheduled run judges every resource, and queues every one that must be fixed; AWS Config, which charges for each
    evaluation, hears only of verdicts that are new, and of resources that are gone. People hear of exemptions that end.

    Raises
    ------
    BadInput
        The event, a rule parameter or an item cannot be read; a scheduled run judges the other resources first.
    NotDone
        What it takes to judge a resource cannot be read; or SQS or AWS Config did not take everything. What AWS Config
        did not hear of, it will ask again.
    """
    invocation = RuleInvocation.from_event(event)
    parameters = rule.parameters(invocation.rule_parameters)
    unreadable: list[DdAwsError] = []
    verdicts = _verdicts(invocation, rule, parameters, gateways, unreadable)
    for group in batched(verdicts, EVALUATIONS_PER_CALL, strict=False):
        _queue([verdict.finding for verdict in group if verdict.finding], gateways)
        _report([verdict.evaluation for verdict in group if verdict.evaluation], invocation, gateways)
    if invocation.item is None:
        remind(rule, gateways)
    if unreadable:
        raise unreadable[0]


def _verdicts(
    invocation: RuleInvocation, rule: Rule, parameters: Any, gateways: EvaluateGateways, unreadable: list[DdAwsError]
) -> Iterator[Verdict]:
    if invocation.item:
        yield _judge_item(invocation, invocation.item, rule, parameters, gateways)
        return
    told = {} if invocation.is_test else dict(gateways.verdicts(invocation.rule_name))
    inventory = gateways.inventory(rule.resource_type, invocation.account_id)
    for resource in inventory.all():
        try:
            if isinstance(resource, BadInput):
                raise resource
            verdict = judge(resource, invocation, rule, parameters, inventory, gateways)
        except DdAwsError as error:
            logger.warning("passed over: %s", error)
            unreadable.append(error)
        else:
            yield verdict.unless(told.pop(resource.resource_id, None))
    if not unreadable:
        for gone, before in told.items():
            yield Verdict(evaluation(rule.resource_type, gone, "NOT_APPLICABLE", invocation)).unless(before)


def _judge_item(
    invocation: RuleInvocation, item: ConfigItem, rule: Rule, parameters: Any, gateways: EvaluateGateways
) -> Verdict:
    if invocation.left_scope or not item.exists or item.resource_type != rule.resource_type:
        return Verdict(evaluation(item.resource_type, item.resource_id, "NOT_APPLICABLE", invocation))
    if invocation.notification == OVERSIZED:
        whole = gateways.item(item.resource_type, item.resource_id, item.captured_at)
        if whole is None:
            raise NotDone(f"AWS Config has no item of {item.resource_type} {item.resource_id} yet")
        item = whole
    inventory = gateways.inventory(rule.resource_type, invocation.account_id)
    return judge(inventory.from_item(item), invocation, rule, parameters, inventory, gateways)


def _queue(findings: Sequence[Finding], gateways: EvaluateGateways) -> None:
    bodies = [finding.body for finding in findings]
    for _ in range(TRIES):
        if not bodies:
            return
        refused = gateways.queue_findings(bodies)
        bodies = [bodies[index] for index in sorted(refused)]
    if bodies:
        raise NotDone(f"SQS did not take {len(bodies)} of {len(findings)} messages")


def _report(evaluations: Sequence[Mapping[str, Any]], invocation: RuleInvocation, gateways: EvaluateGateways) -> None:
    left = list(evaluations)
    if not left:
        return
    for attempt in range(TRIES):
        gateways.pause(attempt)
        left = gateways.put_evaluations(left, invocation.result_token, invocation.is_test)
        if not left:
            return
    raise NotDone(f"AWS Config did not take {len(left)} of {len(evaluations)} evaluations")
