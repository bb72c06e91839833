"""Take messages from the remediation queue and forward a copy of each to the right remediator's work queue."""

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.errors import BadInput, shortened
from chalicelib.flows.permit import Controls
from chalicelib.messages import Finding, WorkOrder
from chalicelib.notifications import Notification, Rejection
from chalicelib.reading import parsed
from chalicelib.rules import RULES, Rule, rule_for

logger = logging.getLogger(__name__)

WORK_SECONDS = 50
"""When a tick stops taking messages, so that it ends before the next one, 60 s after it began."""
LONGEST_WAIT = 20
"""SQS's longest long poll, in seconds."""
VISIBILITY = 120
HIDDEN_ONCE_FORWARDED = 7200
RECEIVES_PER_ROUND = 10
HOUR_OF_WORK = 120
"""Fixes that two concurrent executions of a remediator do in an hour, at the worst case of a minute each."""


class Message(Protocol):
    """A received message."""

    @property
    def receipt_handle(self) -> str: ...

    @property
    def body(self) -> str: ...


class CoordinateGateways(Protocol):
    """What `coordinate` needs of the outside; queues go by their remediator's name."""

    @property
    def source_queue_url(self) -> str: ...

    def receive(self, visibility: int, wait: int) -> Sequence[Message]: ...

    def forward(self, remediator: str, bodies: Sequence[str]) -> set[int]: ...

    def hide(self, receipt_handles: Sequence[str], seconds: int) -> None: ...

    def backlog(self, remediator: str) -> int: ...

    def reject(self, body: str, reason: str) -> str: ...

    def delete(self, receipt_handle: str) -> None: ...

    def publish(self, notification: Notification) -> None: ...

    def now(self) -> float: ...

    @property
    def controls(self) -> Controls: ...


@dataclass(frozen=True)
class _Accepted:
    """A message that one remediator can work on."""

    receipt_handle: str
    finding: Finding
    rule: Rule


@dataclass(frozen=True)
class _Rejected:
    """A message that nobody can work on, and why."""

    receipt_handle: str
    body: str
    reason: str


def coordinate(poll_seconds: int, gateways: CoordinateGateways) -> None:
    """One tick: forward what waits, then keep long-polling until `poll_seconds` after the start."""
    started = gateways.now()
    while (elapsed := gateways.now() - started) < WORK_SECONDS:
        if pause := gateways.controls.paused():
            logger.warning("receiving nothing: the stage is %s", pause)
            return
        if any(gateways.backlog(rule.remediator) >= HOUR_OF_WORK for rule in RULES):
            logger.warning("a work queue holds more than an hour's work: receiving nothing until it has shrunk")
            return
        messages = _round(gateways, wait=max(0, min(LONGEST_WAIT, int(poll_seconds - elapsed))))
        if messages:
            _dispatch(messages, gateways)
        elif elapsed >= poll_seconds - 1:
            return


def _round(gateways: CoordinateGateways, wait: int) -> list[Message]:
    """Up to a hundred messages, so that there is something to fold; only the first receive waits."""
    messages = list(gateways.receive(VISIBILITY, wait))
    for _ in range(RECEIVES_PER_ROUND - 1):
        more = gateways.receive(VISIBILITY, 0) if messages else ()
        if not more:
            break
        messages.extend(more)
    return messages


def _dispatch(messages: Iterable[Message], gateways: CoordinateGateways) -> None:
    read = [_read(message) for message in messages]
    orders: dict[str, list[WorkOrder]] = defaultdict(list)
    for same in _folded(item for item in read if isinstance(item, _Accepted)):
        orders[same[-1].rule.remediator].append(_order(same, gateways.source_queue_url))
    for remediator, batch in orders.items():
        _forward(remediator, batch, gateways)
    for item in read:
        if isinstance(item, _Rejected):
            _reject(item, gateways)


def _read(message: Message) -> _Accepted | _Rejected:
    try:
        finding = Finding.from_json(parsed(message.body))
        return _Accepted(message.receipt_handle, finding, _rule(finding))
    except BadInput as error:
        return _Rejected(message.receipt_handle, message.body, str(error))


def _rule(finding: Finding) -> Rule:
    """The rule that knows all of the finding's violation types."""
    rules = [
        _rule_of(violation.violation_type, finding.target_resource_type, f"message.violations[{index}].violationType")
        for index, violation in enumerate(finding.violations)
    ]
    return rules[0]


def _rule_of(violation_type: str, resource_type: str, where: str) -> Rule:
    rule = rule_for(violation_type)
    if rule is None or rule.resource_type != resource_type:
        known = sorted(name for each in RULES if each.resource_type == resource_type for name in each.violation_types)
        raise BadInput(where, violation_type, f"a violation of {resource_type}: {', '.join(known) or 'there is none'}")
    return rule


def _folded(accepted: Iterable[_Accepted]) -> list[list[_Accepted]]:
    """Messages about one resource, judged by one rule, together: oldest finding first."""
    groups: dict[tuple[str, ...], list[_Accepted]] = defaultdict(list)
    for item in accepted:
        groups[(*item.finding.resource, item.finding.raised_by_rule)].append(item)
    return [sorted(group, key=lambda item: item.finding.detected_at) for group in groups.values()]


def _order(same: Sequence[_Accepted], source_queue_url: str) -> WorkOrder:
    """A copy of the latest finding, which also satisfies the earlier ones."""
    *earlier, latest = same
    return WorkOrder(
        source_queue_url, latest.receipt_handle, latest.finding, tuple(item.receipt_handle for item in earlier)
    )


def _forward(remediator: str, orders: Sequence[WorkOrder], gateways: CoordinateGateways) -> None:
    refused = gateways.forward(remediator, [json.dumps(order.to_json()) for order in orders])
    if refused:
        logger.warning("%s: SQS did not take %d of %d; they come again", remediator, len(refused), len(orders))
    taken = [order for index, order in enumerate(orders) if index not in refused]
    gateways.hide(
        [handle for order in taken for handle in (order.receipt_handle, *order.also_satisfies)], HIDDEN_ONCE_FORWARDED
    )


def _reject(message: _Rejected, gateways: CoordinateGateways) -> None:
    logger.error("rejected: %s", message.reason)
    queue = gateways.reject(message.body, message.reason)
    gateways.publish(Rejection(queue, message.reason, shortened(message.body, 500)))
    gateways.delete(message.receipt_handle)
