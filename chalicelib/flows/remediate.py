"""Carry out work orders: fix, report, and delete the source messages last of all."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from chalicelib.errors import AwsRefused, BadInput, MustWait, NotDone, shortened
from chalicelib.flows.fix import Fix, fix
from chalicelib.flows.fix_case import FixGateways
from chalicelib.messages import Finding, WorkOrder
from chalicelib.notifications import Notification, Outcome, Rejection, Status
from chalicelib.reading import parsed
from chalicelib.rules import Obstacle, Rule

logger = logging.getLogger(__name__)

LOOK = "Look at the function's log; redrive the work queue's dead-letter queue once the cause is gone."


class RemediateGateways(FixGateways, Protocol):
    """What `remediate` needs of the outside."""

    @property
    def source_queue(self) -> str: ...

    @property
    def max_receive_count(self) -> int: ...

    def delete(self, queue_url: str, receipt_handle: str) -> None: ...

    def reject(self, body: str, reason: str) -> str: ...

    def queue_anew(self, body: str, seconds: int) -> None: ...

    def publish(self, notification: Notification) -> None: ...

    def timestamp(self) -> str: ...


def remediate(event: Mapping[str, Any], rule: Rule, gateways: RemediateGateways) -> None:
    """Carry out the work orders in an SQS event, each on its own.

    Raises
    ------
    ExceptionGroup
        Those that are not finished: SQS delivers them again, and finally keeps them in the dead-letter queue.
    """
    unfinished: list[Exception] = []
    for record in event["Records"]:
        try:
            _carry_out(record, rule, gateways)
        except Exception as error:
            logger.exception("not finished: %s", shortened(record["body"], 1000))
            unfinished.append(error)
    if unfinished:
        raise ExceptionGroup("not finished", unfinished)


def _carry_out(record: Mapping[str, Any], rule: Rule, gateways: RemediateGateways) -> None:
    try:
        order = _order(record["body"], rule, gateways.source_queue)
    except BadInput as error:
        queue = gateways.reject(record["body"], str(error))
        gateways.publish(Rejection(queue, str(error), shortened(record["body"], 500)))
        return
    try:
        done = fix(order.finding, rule, gateways)
    except MustWait as hold:
        _put_back(order, hold, gateways)
    except (AwsRefused, BadInput) as error:
        gateways.reject(record["body"], str(error))
        _close(order, _failed(order.finding, error, gateways), gateways)
    except Exception as error:
        if _is_last_try(record, gateways):
            _close(order, _failed(order.finding, error, gateways), gateways)
        raise
    else:
        _conclude(record, order, done, gateways)


def _conclude(record: Mapping[str, Any], order: WorkOrder, done: Fix, gateways: RemediateGateways) -> None:
    """Report; then close the order, unless something is left that another try may fix."""
    outcome = _outcome(order.finding, done, gateways)
    if done.left and done.obstacles:
        gateways.reject(record["body"], outcome.reason)
    if not done.left or done.obstacles:
        _close(order, outcome, gateways)
        return
    error = NotDone(f"still not compliant: {'; '.join(done.left)}")
    if _is_last_try(record, gateways):
        _close(order, replace(outcome, status=Status.FAILED, reason=str(error), next_step=LOOK), gateways)
    else:
        gateways.publish(outcome)
    raise error


def _order(body: str, rule: Rule, source_queue: str) -> WorkOrder:
    """The work order, if it is one for this rule, from this stage's remediation queue."""
    order = WorkOrder.from_json(parsed(body))
    if order.source_queue_url.rsplit("/", 1)[-1] != source_queue:
        raise BadInput("message.sourceQueueUrl", order.source_queue_url, f"the URL of {source_queue}")
    finding = order.finding
    if finding.target_resource_type != rule.resource_type:
        raise BadInput("message.messageBody.targetResourceType", finding.target_resource_type, rule.resource_type)
    for index, violation in enumerate(finding.violations):
        if violation.violation_type not in rule.violation_types:
            where = f"message.messageBody.violations[{index}].violationType"
            raise BadInput(where, violation.violation_type, " or ".join(sorted(rule.violation_types)))
    return order


def _is_last_try(record: Mapping[str, Any], gateways: RemediateGateways) -> bool:
    return int(record["attributes"]["ApproximateReceiveCount"]) >= gateways.max_receive_count


def _close(order: WorkOrder, outcome: Outcome, gateways: RemediateGateways) -> None:
    """Report how it ended; then, last of all, delete the source messages."""
    logger.info("%s %s: %s", outcome.target_resource_id, outcome.status, json.dumps(order.finding.to_json()))
    gateways.publish(outcome)
    _delete_sources(order, gateways)


def _put_back(order: WorkOrder, hold: MustWait, gateways: RemediateGateways) -> None:
    """Let the finding wait in the remediation queue; as a new message, which has all its lives."""
    logger.warning("%s waits: %s", order.finding.target_resource_id, hold)
    gateways.queue_anew(json.dumps(order.finding.to_json()), hold.seconds)
    _delete_sources(order, gateways)


def _delete_sources(order: WorkOrder, gateways: RemediateGateways) -> None:
    for handle in (order.receipt_handle, *order.also_satisfies):
        gateways.delete(order.source_queue_url, handle)


def _failed(finding: Finding, error: Exception, gateways: RemediateGateways) -> Outcome:
    obstacle = Obstacle(f"{type(error).__name__}: {error}", LOOK)
    if isinstance(error, AwsRefused):
        obstacle = Obstacle(error.reason, error.next_step)
    if isinstance(error, BadInput):
        obstacle = Obstacle(str(error), "Correct it, and evaluate the rule again.")
    return _outcome(finding, Fix(Status.FAILED, obstacles=(obstacle,)), gateways)


def _outcome(finding: Finding, done: Fix, gateways: RemediateGateways) -> Outcome:
    return Outcome(
        remediation_id=remediation_id(finding),
        status=done.status,
        raised_by_rule=finding.raised_by_rule,
        aws_account_id=finding.aws_account_id,
        aws_region=finding.aws_region,
        target_resource_type=finding.target_resource_type,
        target_resource_id=finding.target_resource_id,
        detected_at=finding.detected_at,
        finished_at=gateways.timestamp(),
        violations=tuple(violation.reason for violation in finding.violations),
        removed=done.removed,
        added=done.added,
        notes=done.notes,
        left=done.left,
        reason=" ".join(obstacle.reason for obstacle in done.obstacles),
        next_step=" ".join(dict.fromkeys(obstacle.next_step for obstacle in done.obstacles)),
    )


def remediation_id(finding: Finding) -> str:
    """The same for every delivery of one finding: `r-` and twelve hexadecimal digits."""
    what = json.dumps([*finding.resource, finding.raised_by_rule, finding.detected_at])
    return "r-" + hashlib.sha256(what.encode()).hexdigest()[:12]
