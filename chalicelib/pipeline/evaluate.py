"""Evaluate resources for AWS Config: queue a finding for each non-compliant one, then report the evaluations."""

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import batched
from typing import Any, Protocol

from chalicelib.aws.config_events import OVERSIZED, ConfigItem, RuleInvocation
from chalicelib.errors import AwsRefused, DdAwsError, Failure, Gone, NotDone, shortened
from chalicelib.exemptions.remind import Ends, RemindGateways, remind
from chalicelib.findings import Finding
from chalicelib.notify import EvaluationIncomplete
from chalicelib.pipeline.exempting import ExemptionGateways, Store
from chalicelib.pipeline.verdict import Inventory, Verdict, evaluation, judge
from chalicelib.rules import Rule

logger = logging.getLogger(__name__)

EVALUATIONS_PER_CALL = 100
TRIES = 3
HALVINGS = 20
"""How often a failing PutEvaluations call is split in half, so that one evaluation does not block the others."""
SECONDS_TO_REPORT = 75
"""Seconds of the function's timeout, at most a quarter of it, that a scheduled run reserves: for the last call about a
resource, which takes up to a minute if AWS does not respond, and to queue and report the results."""
MOST_TOLD = 20
"""The maximum number of failures in a notification; the error lists all."""


class Exemptions(Store, Ends, Protocol):
    """The store of exemptions, by resource and by expiry."""


class EvaluateGateways(ExemptionGateways, RemindGateways, Protocol):
    """What `evaluate` needs of the outside."""

    @property
    def exemptions(self) -> Exemptions: ...

    @property
    def region(self) -> str: ...

    def inventory(self, resource_type: str, account_id: str) -> Inventory[Any]: ...

    def item(self, resource_type: str, resource_id: str, captured_at: str) -> ConfigItem | None: ...

    def queue_findings(self, bodies: Sequence[str]) -> Mapping[int, DdAwsError]: ...

    def verdicts(self, rule_name: str) -> Mapping[str, tuple[str, str]]: ...

    def put_evaluations(
        self, evaluations: Sequence[Mapping[str, Any]], result_token: str, test_mode: bool
    ) -> list[Mapping[str, Any]]: ...

    def pause(self, seconds: float) -> None: ...


def evaluate(event: Mapping[str, Any], rule: Rule, gateways: EvaluateGateways, context: object = None) -> None:
    """Run a custom rule on AWS Config's event.

    A scheduled run evaluates every resource, and queues a finding for every non-compliant one. AWS Config charges for
    each evaluation, so only new results and deleted resources are reported to it. People are notified of exemptions
    that expire. An error that concerns one resource, or a part that some share, does not stop the run: all others are
    evaluated, queued and reported first, and people are notified once.

    Parameters
    ----------
    context : object
        Lambda's context, which knows the remaining time; without one, the time is unlimited.

    Raises
    ------
    BadInput
        The event, a rule parameter or the item is invalid.
    NotDone
        Some resources of a scheduled run could not be evaluated, queued or reported: the error names each with its
        reason. The next scheduled run evaluates them again.
    Exception
        Any error in evaluating a single item.
    """
    invocation = RuleInvocation.from_event(event)
    parameters = rule.parameters(invocation.rule_parameters)
    failures: list[Failure] = []
    if invocation.item:
        verdict = _judge_item(invocation, invocation.item, rule, parameters, gateways)
        _record([verdict], invocation, gateways, failures)
        if failures:
            raise failures[0].error
        return
    verdicts = _verdicts(invocation, rule, parameters, gateways, failures, context)
    for group in batched(verdicts, EVALUATIONS_PER_CALL, strict=False):
        _record(group, invocation, gateways, failures)
    failures += remind(rule.resource_type, gateways)
    if failures:
        _raise_failures(failures, invocation, rule, gateways)


def _verdicts(
    invocation: RuleInvocation,
    rule: Rule,
    parameters: Any,
    gateways: EvaluateGateways,
    failures: list[Failure],
    context: object,
) -> Iterator[Verdict]:
    """One for each resource that can be evaluated, then one for each that is deleted; errors are added to `failures`.

    If the list of resources is incomplete, or has one without an ID, no resource counts as deleted.
    """
    ends_at = min(SECONDS_TO_REPORT, _seconds_left(context) / 4)
    told = _told(invocation, gateways, failures)
    is_complete = True
    try:
        inventory = gateways.inventory(rule.resource_type, invocation.account_id)
        for number, resource in enumerate(inventory.all()):
            if _seconds_left(context) < ends_at:
                late = NotDone("the function is about to time out; all earlier resources are queued and reported")
                failures.append(Failure(f"every {rule.resource_type} after the first {number}", late))
                is_complete = False
                break
            if isinstance(resource, Failure):
                failures.append(resource)
                told.pop(resource.subject, None)
                is_complete = is_complete and bool(resource.subject)
                continue
            before = told.pop(resource.resource_id, None)
            try:
                verdict = judge(resource, invocation, rule, parameters, inventory, gateways)
            except Exception as error:
                logger.exception("not evaluated: %s", resource.resource_id)
                failures.append(Failure(resource.resource_id, error))
            else:
                yield verdict.unless(before)
    except Exception as error:
        logger.exception("the list of resources is incomplete")
        failures.append(Failure(f"the list of every {rule.resource_type}, which is incomplete", error))
        is_complete = False
    if is_complete:
        for gone, before in told.items():
            yield Verdict(evaluation(rule.resource_type, gone, "NOT_APPLICABLE", invocation)).unless(before)


def _seconds_left(context: object) -> float:
    """The function's remaining time in seconds; infinite if unknown."""
    remaining = getattr(context, "get_remaining_time_in_millis", lambda: None)()
    return remaining / 1000 if isinstance(remaining, int | float) else math.inf


def _told(
    invocation: RuleInvocation, gateways: EvaluateGateways, failures: list[Failure]
) -> dict[str, tuple[str, str]]:
    """The results that AWS Config has; none if they cannot be read, so that every result is reported again."""
    if invocation.is_test:
        return {}
    try:
        return dict(gateways.verdicts(invocation.rule_name))
    except Exception as error:
        logger.exception("the results that AWS Config has cannot be read")
        failures.append(Failure(f"the results that AWS Config has for {invocation.rule_name}", error))
        return {}


def _judge_item(
    invocation: RuleInvocation, item: ConfigItem, rule: Rule, parameters: Any, gateways: EvaluateGateways
) -> Verdict:
    if invocation.left_scope or not item.exists or item.resource_type != rule.resource_type:
        return Verdict(evaluation(item.resource_type, item.resource_id, "NOT_APPLICABLE", invocation))
    if invocation.notification == OVERSIZED:
        whole = gateways.item(item.resource_type, item.resource_id, item.captured_at)
        if whole is None:
            raise NotDone(
                f"AWS Config does not yet have the item of {item.resource_type} {item.resource_id} for the "
                f"notification of {item.captured_at}"
            )
        item = whole
    not_applicable = Verdict(evaluation(item.resource_type, item.resource_id, "NOT_APPLICABLE", invocation))
    if not item.exists:
        return not_applicable
    inventory = gateways.inventory(rule.resource_type, invocation.account_id)
    try:
        resource = inventory.from_item(item)
    except Gone:
        return not_applicable
    verdict = judge(resource, invocation, rule, parameters, inventory, gateways)
    return replace(verdict, trouble=None) if verdict.is_presumed else verdict


def _record(
    verdicts: Iterable[Verdict], invocation: RuleInvocation, gateways: EvaluateGateways, failures: list[Failure]
) -> None:
    """Queue the findings, then report the evaluations, except for resources whose finding SQS did not accept."""
    unqueued = _queue([verdict.finding for verdict in verdicts if verdict.finding], gateways)
    failures += unqueued
    left_out = {failure.subject for failure in unqueued}
    evaluations = [verdict.evaluation for verdict in verdicts if verdict.evaluation]
    reported = [each for each in evaluations if each["ComplianceResourceId"] not in left_out]
    failures += _report(reported, invocation, gateways)
    failures += [verdict.trouble for verdict in verdicts if verdict.trouble]


def _queue(findings: Sequence[Finding], gateways: EvaluateGateways) -> list[Failure]:
    """Queue findings, with retries; the failures are those that SQS does not accept."""
    left: list[tuple[Finding, DdAwsError]] = [(finding, NotDone("not sent yet")) for finding in findings]
    for attempt in range(TRIES):
        if not left:
            break
        gateways.pause(attempt)
        sent = [finding for finding, _ in left]
        try:
            refused = gateways.queue_findings([finding.body for finding in sent])
        except Exception as error:
            logger.exception("SQS accepts no message")
            return [Failure(finding.target_resource_id, error) for finding in sent]
        left = [(sent[index], refused[index]) for index in sorted(refused)]
    return [Failure(finding.target_resource_id, error) for finding, error in left]


def _report(
    evaluations: Sequence[Mapping[str, Any]], invocation: RuleInvocation, gateways: EvaluateGateways
) -> list[Failure]:
    """Report evaluations, with retries; the failures are those that AWS Config does not accept.

    A call that fails as a whole is repeated with each half of its evaluations: a single one may cause the error.
    """
    failures: list[Failure] = []
    calls, halvings = [list(evaluations)] if evaluations else [], HALVINGS
    while calls:
        left = calls.pop()
        try:
            for attempt in range(TRIES):
                gateways.pause(attempt)
                left = gateways.put_evaluations(left, invocation.result_token, invocation.is_test)
                if not left:
                    break
        except Exception as error:
            logger.exception("AWS Config accepts none of %d evaluations", len(left))
            if len(left) > 1 and halvings:
                halvings -= 1
                calls += [left[: len(left) // 2], left[len(left) // 2 :]]
            else:
                failures += [Failure(each["ComplianceResourceId"], error) for each in left]
            continue
        refusal = NotDone(f"AWS Config did not accept its evaluation in {TRIES} tries")
        failures += [Failure(each["ComplianceResourceId"], refusal) for each in left]
    return failures


def _raise_failures(
    failures: Sequence[Failure], invocation: RuleInvocation, rule: Rule, gateways: EvaluateGateways
) -> None:
    """Notify people, then raise NotDone with the error of each resource."""
    lines = [shortened(str(failure), 500) for failure in failures]
    try:
        more = [f"and {len(lines) - MOST_TOLD} more: see the evaluator's log"] if lines[MOST_TOLD:] else []
        gateways.publish(
            EvaluationIncomplete(
                raised_by_rule=invocation.rule_name,
                aws_account_id=invocation.account_id,
                aws_region=gateways.region,
                target_resource_type=rule.resource_type,
                day=invocation.ordered_at[:10],
                failures=(*lines[:MOST_TOLD], *more),
                next_step=_next_step(failures),
            )
        )
    except Exception as error:
        logger.exception("the notification cannot be published")
        lines.append(shortened(f"the notification could not be published: {error}", 500))
    raise NotDone(
        f"{invocation.rule_name}: failures: {len(failures)}. All other resources were evaluated, queued and reported. "
        + " | ".join(lines)
    ) from ExceptionGroup("failures", [failure.error for failure in failures])


def _next_step(failures: Sequence[Failure]) -> str:
    steps = dict.fromkeys(each.error.next_step for each in failures if isinstance(each.error, AwsRefused))
    if steps:
        return " ".join(steps)
    return "Read the evaluator's log. The rule's next daily evaluation tries again."
