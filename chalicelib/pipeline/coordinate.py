"""Receive messages from the remediation queue and forward a copy of each to the work queue of its remediator."""

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from chalicelib.errors import BadInput, DdAwsError, NotDone, shortened
from chalicelib.findings import WorkOrder
from chalicelib.notify import Rejection
from chalicelib.pipeline.admission import UNTIL_ANOTHER_TRY, admitted, allowance, kept, let_wait, say_once
from chalicelib.pipeline.holding import HoldingGateways, queue_what_is_due, sorted_by_consent
from chalicelib.pipeline.intake import Accepted, Folded, Message, Rejected, RuleGateways, folded, read, rule_parameters
from chalicelib.pipeline.permit import release
from chalicelib.rules import RULES

logger = logging.getLogger(__name__)

WORK_SECONDS = 50
"""Seconds after which a tick receives no more messages, so that it ends before the next one, 60 s after its start."""
LONGEST_WAIT = 20
"""SQS's longest long poll, in seconds."""
VISIBILITY = 120
HIDDEN_ONCE_FORWARDED = 7200
RECEIVED_AT_ONCE, ROUND = 10, 100
"""The maximum number of messages in one response of SQS, and in one round."""
ROUND_BYTES = 1_000_000
"""Bytes after which a round receives no more messages: parsed, they take about twenty times as much memory."""
HOUR_OF_WORK = 120
"""Fixes that two concurrent executions of a remediator complete in an hour, if each takes a minute, the worst case."""
UNTIL_THERE_IS_ROOM = 900
"""Seconds that a finding waits if its remediator has an hour's work: SQS's maximum delay of a message."""


class CoordinateGateways(HoldingGateways, RuleGateways, Protocol):
    """What `coordinate` needs of the outside; a work queue is given by its remediator's name."""

    @property
    def source_queue_url(self) -> str: ...

    def receive(self, visibility: int, wait: int, most: int) -> Sequence[Message]: ...

    def forward(self, remediator: str, bodies: Sequence[str]) -> Mapping[int, DdAwsError]: ...

    def hide(self, receipt_handles: Sequence[str], seconds: int) -> None: ...

    def backlog(self, remediator: str) -> int: ...

    def reject(self, body: str, reason: str) -> str: ...

    def now(self) -> float: ...


def coordinate(poll_seconds: int, gateways: CoordinateGateways) -> None:
    """One tick: forward the waiting messages, then long-poll until `poll_seconds` after the start.

    While a work queue holds more than an hour's work, or cannot be read, findings for its remediator wait in the
    remediation queue; findings for other remediators are forwarded. While all work queues are full, nothing is
    received.

    Raises
    ------
    DdAwsError
        Data that decides whether a finding must wait cannot be read or written: the finding is not forwarded.
    Exception
        Another error with one message or a notification: the other messages have been forwarded.
    """
    started = gateways.now()
    while (elapsed := gateways.now() - started) < WORK_SECONDS:
        failures: list[Exception] = []
        full = _full(gateways, failures)
        most = 0 if len(full) == len(RULES) else allowance(gateways)
        messages: list[Message] = []
        if most:
            messages = _round(gateways, max(0, min(LONGEST_WAIT, int(poll_seconds - elapsed))), min(most, ROUND))
            with kept(failures):
                _dispatch(messages, full, gateways)
            with kept(failures):
                queue_what_is_due(most, gateways)
        if failures:
            raise failures[0]
        if not most or (not messages and elapsed >= poll_seconds - 1):
            return


def _full(gateways: CoordinateGateways, failures: list[Exception]) -> frozenset[str]:
    """The remediators that get no more work now: their work queues hold an hour's work, or cannot be read."""
    free: set[str] = set()
    for rule in RULES:
        with kept(failures):
            if gateways.backlog(rule.remediator) < HOUR_OF_WORK:
                free.add(rule.remediator)
    full = frozenset(rule.remediator for rule in RULES) - free
    if full:
        logger.warning("findings wait, since the work queue holds more than an hour's work: %s", ", ".join(full))
    return full


def _round(gateways: CoordinateGateways, wait: int, most: int) -> list[Message]:
    """Up to `most` messages, to fold them; only the first receive waits."""
    messages: list[Message] = []
    while len(messages) < most and sum(len(message.body) for message in messages) < ROUND_BYTES:
        more = gateways.receive(VISIBILITY, 0 if messages else wait, min(RECEIVED_AT_ONCE, most - len(messages)))
        if not more:
            break
        messages.extend(more)
    return messages


def _dispatch(messages: Iterable[Message], full: frozenset[str], gateways: CoordinateGateways) -> None:
    """Process each message as far as possible, and notify people last; then raise the first error."""
    failures: list[Exception] = []
    items, unknown = _by_known_rules([read(message, gateways) for message in messages], gateways, failures)
    work = folded(item for item in items if isinstance(item, Accepted))
    free, unjudged, unheld = sorted_by_consent(work, gateways)
    failures += unheld
    for same in (*free, *unjudged):
        if same.rule.remediator in full:
            with kept(failures):
                let_wait(same, UNTIL_THERE_IS_ROOM, gateways)
    let_in, refused = admitted([same for same in free if same.rule.remediator not in full], gateways, failures)
    let_in += [same for same in unjudged if same.rule.remediator not in full]  # no change yet, so no slot
    for remediator, batch in _orders(let_in, gateways.source_queue_url).items():
        with kept(failures):
            _forward(remediator, batch, gateways)
    for same, refusal in refused:
        with kept(failures):
            let_wait(same, refusal.seconds, gateways)
    for same in unknown:
        with kept(failures):
            let_wait(same, UNTIL_ANOTHER_TRY, gateways)
    for item in items:
        if isinstance(item, Rejected):
            with kept(failures):
                _reject(item, gateways)
    for _, refusal in refused:
        with kept(failures):
            say_once(refusal, gateways)
    if failures:
        raise failures[0]


def _by_known_rules(
    items: Iterable[Accepted | Rejected], gateways: CoordinateGateways, failures: list[Exception]
) -> tuple[list[Accepted | Rejected], list[Folded]]:
    """The messages, with those rejected whose rule is not ours; and those that wait since AWS Config cannot be read."""
    answers: dict[tuple[str, str], DdAwsError | None] = {}
    known: list[Accepted | Rejected] = []
    unknown: list[Accepted] = []
    for item in items:
        if isinstance(item, Rejected):
            known.append(item)
            continue
        named = (item.finding.raised_by_rule, item.rule.evaluator)
        if named not in answers:
            answers[named] = _trouble_with_the_rule(item, gateways)
        match answers[named]:
            case None:
                known.append(item)
            case BadInput() as error:
                known.append(Rejected(item.receipt_handle, item.body, str(error)))
            case error:
                unknown.append(item)
                if error not in failures:
                    failures.append(error)
    return known, folded(unknown)


def _trouble_with_the_rule(item: Accepted, gateways: CoordinateGateways) -> DdAwsError | None:
    try:
        rule_parameters(item.finding, item.rule, gateways)
    except DdAwsError as error:
        return error
    return None


def _orders(work: Iterable[Folded], source_queue_url: str) -> dict[str, list[WorkOrder]]:
    """The work orders by remediator."""
    orders: dict[str, list[WorkOrder]] = defaultdict(list)
    for same in work:
        orders[same.rule.remediator].append(_order(same, source_queue_url))
    return orders


def _order(same: Folded, source_queue_url: str) -> WorkOrder:
    latest, *earlier = same.receipt_handles
    return WorkOrder(source_queue_url, latest, same.finding, tuple(earlier))


def _forward(remediator: str, orders: Sequence[WorkOrder], gateways: CoordinateGateways) -> None:
    refused = gateways.forward(remediator, [json.dumps(order.to_json()) for order in orders])
    release([orders[index].finding for index in refused], gateways.controls)
    taken = [order for index, order in enumerate(orders) if index not in refused]
    gateways.hide(
        [handle for order in taken for handle in (order.receipt_handle, *order.also_satisfies)], HIDDEN_ONCE_FORWARDED
    )
    if refused:
        reasons = "; ".join(dict.fromkeys(map(str, refused.values())))
        raise NotDone(f"{remediator}: SQS did not accept {len(refused)} of {len(orders)} work orders: {reasons}")


def _reject(message: Rejected, gateways: CoordinateGateways) -> None:
    logger.error("rejected: %s", message.reason)
    queue = gateways.reject(message.body, message.reason)
    try:
        gateways.publish(Rejection(queue, message.reason, shortened(message.body, 500)))
    finally:  # otherwise it would go to the dead-letter queue repeatedly; an alarm reports it, too
        gateways.delete([message.receipt_handle])
