"""Carry out work orders: fix, report, and delete the source messages last."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from chalicelib.approvals.consent import use_consent
from chalicelib.errors import BadInput, shortened
from chalicelib.findings import WorkOrder
from chalicelib.flapping.watch import note_fixed
from chalicelib.journal.journal import Journal
from chalicelib.journal.record import remediation_ids
from chalicelib.json_values import demand_past
from chalicelib.notify import Rejection
from chalicelib.pipeline.delivery import Delivery, DeliveryGateways
from chalicelib.pipeline.fix import fix
from chalicelib.pipeline.fix_case import FixGateways
from chalicelib.pipeline.holding import hold_undecided
from chalicelib.pipeline.intake import demand_ours
from chalicelib.pipeline.logbook import Logbook
from chalicelib.pipeline.permit import release
from chalicelib.rules import Rule

logger = logging.getLogger(__name__)


class RemediateGateways(FixGateways, DeliveryGateways, Protocol):
    """What `remediate` needs of the outside."""

    @property
    def source_queue_url(self) -> str: ...

    @property
    def max_receive_count(self) -> int: ...

    @property
    def journal(self) -> Journal: ...


def remediate(event: Mapping[str, Any], rule: Rule, gateways: RemediateGateways) -> None:
    """Carry out the work orders in an SQS event, each on its own.

    Raises
    ------
    ExceptionGroup
        Some orders are not finished: SQS delivers them again, and finally moves them to the dead-letter queue.
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
        order = _order(record["body"], rule, gateways)
    except BadInput as error:
        queue = gateways.reject(record["body"], str(error))
        gateways.publish(Rejection(queue, str(error), shortened(record["body"], 500)))
        return
    finding, message = order.finding, record.get("messageId", "")
    logbook = Logbook(remediation_ids(finding), finding, message, gateways.journal, gateways.timestamp)
    delivery = Delivery(record["body"], order, _is_last_try(record, gateways), logbook, gateways)
    try:
        _fix_and_conclude(delivery, rule, gateways)
    finally:
        release([order.finding], gateways.controls)


def _fix_and_conclude(delivery: Delivery, rule: Rule, gateways: RemediateGateways) -> None:
    logbook, finding = delivery.logbook, delivery.order.finding
    try:
        logbook.read()
        done = None if logbook.is_settled else fix(finding, rule, gateways, logbook)
    except Exception as error:  # noqa: BLE001 - raised again by `stop`, or reported
        delivery.stop(error)
    else:
        closed = done.closed if done else ()
        if done and done.undecided:
            hold_undecided(done.undecided, gateways)
        note_fixed(finding, closed, logbook.record_id, gateways)
        if done:
            use_consent(finding, closed, gateways, is_all=not done.left)
        delivery.settle() if done is None or logbook.closing else delivery.conclude(done)


def _order(body: str, rule: Rule, gateways: RemediateGateways) -> WorkOrder:
    """The work order, if it is for this rule, from our queue, and about our account and region."""
    order = WorkOrder.from_body(body)
    finding = order.finding
    if order.source_queue_url != gateways.source_queue_url:
        raise BadInput("message.sourceQueueUrl", order.source_queue_url, gateways.source_queue_url)
    demand_ours(finding.aws_account_id, finding.aws_region, gateways, "message.messageBody")
    demand_past(finding.detected_at, "message.messageBody.detectedAt", datetime.fromisoformat(gateways.timestamp()))
    if finding.target_resource_type != rule.resource_type:
        raise BadInput("message.messageBody.targetResourceType", finding.target_resource_type, rule.resource_type)
    for index, violation in enumerate(finding.violations):
        if violation.violation_type not in rule.violation_types:
            where = f"message.messageBody.violations[{index}].violationType"
            raise BadInput(where, violation.violation_type, " or ".join(sorted(rule.violation_types)))
    return order


def _is_last_try(record: Mapping[str, Any], gateways: RemediateGateways) -> bool:
    count = record.get("attributes", {}).get("ApproximateReceiveCount", 1)
    return int(count) >= gateways.max_receive_count
