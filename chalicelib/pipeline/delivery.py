"""The end of one delivery of a work order: record the outcome, notify people, delete the source messages."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.approvals.consent import NotConsented
from chalicelib.errors import AwsRefused, BadInput, DdAwsError, MustWait, NotDone, Unreadable, shortened
from chalicelib.findings import AwsCall, WorkOrder
from chalicelib.investigation.ask import ask_about
from chalicelib.modes import Handling
from chalicelib.notify import Notification, Outcome, Rejection, Status
from chalicelib.pipeline.fix import Fix
from chalicelib.pipeline.holding import HoldGateways, hold_undecided
from chalicelib.pipeline.intake import NotOurs
from chalicelib.pipeline.logbook import Logbook
from chalicelib.pipeline.outcomes import outcome_about
from chalicelib.resources import Bucket, Fact, Resource
from chalicelib.rules import Obstacle

logger = logging.getLogger(__name__)

UNTIL_ANOTHER_TRY = 300
"""Seconds that a finding waits in the queue if, after five tries, data that decides about it is still unreadable."""
LOOK = "Read the function's log. After the cause is fixed, redrive the work queue's dead-letter queue."

ASKED_ABOUT = frozenset({Status.FIXED, Status.PARTIALLY_FIXED, Status.UNCONFIRMED, Status.FAILED})
"""Outcomes for which the investigator is asked who opened the violation."""


class DeliveryGateways(HoldGateways, Protocol):
    """What `delivery` needs of the outside."""

    def with_facts(self, resource: Resource, facts: frozenset[Fact]) -> Resource: ...

    def delete(self, receipt_handles: Sequence[str]) -> None: ...

    def reject(self, body: str, reason: str) -> str: ...

    def handling(self, config_rule: str) -> Handling: ...

    def requeue(self, body: str, seconds: int) -> None: ...

    def publish(self, notification: Notification) -> None: ...


@dataclass(frozen=True)
class Delivery:
    """One delivery.

    Attributes
    ----------
    body : str
        The work order's message body, unchanged.
    is_last : bool
        Whether this is the last delivery: SQS will not deliver the order again.
    """

    body: str
    order: WorkOrder
    is_last: bool
    logbook: Logbook
    gateways: DeliveryGateways

    def conclude(self, done: Fix) -> None:
        """Close the order; raise NotDone if another try may fix the rest."""
        outcome = self._outcome(done)
        if done.hold:
            self._requeue(done.hold)
            self.logbook.close(outcome, done.after, "")
            self._tell(outcome, is_last=True)
            self._delete_sources()
            return
        if not done.left or done.obstacles:
            self._close(outcome, done.after, set_aside=outcome.reason if done.left else "")
            return
        error = NotDone(f"still not compliant: {'; '.join(done.left)}")
        if self.is_last:
            self._close(replace(outcome, status=Status.FAILED, reason=str(error), next_step=LOOK), done.after)
        else:
            self._tell(outcome)
        raise error

    def stop(self, error: Exception) -> None:
        """Let the finding wait, give it up, or raise the error so that SQS delivers the order again."""
        if isinstance(error, MustWait):
            self.put_back(error)
        elif isinstance(error, NotOurs) and not self.logbook.is_open:
            self.reject(error)
        elif isinstance(error, AwsRefused | BadInput):
            self.give_up(error)
        elif not self.is_last:
            raise error
        elif isinstance(error, Unreadable):
            self.put_back(MustWait(str(error), UNTIL_ANOTHER_TRY))
        else:
            self.give_up(error)
            raise error

    def reject(self, error: NotOurs) -> None:
        """Send the order, of which nothing was begun, to the dead-letter queue, and notify people."""
        queue = self.gateways.reject(self.body, str(error))
        self.gateways.publish(Rejection(queue, str(error), shortened(self.body, 500)))
        self._delete_sources()

    def give_up(self, error: Exception) -> None:
        """Close the order as failed; send it to the dead-letter queue if no further try can help."""
        for_good = isinstance(error, AwsRefused | BadInput)
        notes = (*self.logbook.notes, *_changed(self.logbook.made))
        failed = self._outcome(Fix(Status.FAILED, obstacles=(_obstacle(error),), notes=notes))
        self._close(failed, None, set_aside=str(error) if for_good else "")

    def settle(self) -> None:
        """Notify people and delete the sources, if not done yet: an earlier delivery has closed the record."""
        closing = self.logbook.closing
        if closing is None:
            return
        logger.info("%s was closed before: %s", self.logbook.finding.target_resource_id, closing.outcome.status)
        if closing.set_aside and not self.logbook.has_told(closing.outcome):
            self.gateways.reject(self.body, closing.set_aside)
        self._finish(closing.outcome)

    def put_back(self, hold: MustWait) -> None:
        """Let the finding wait in the remediation queue."""
        self._requeue(hold)
        self._delete_sources()

    def _requeue(self, hold: MustWait) -> None:
        """Send the finding as a new message, with a new receive count; write a hold if it lacks a consent."""
        logger.warning("%s waits: %s", self.order.finding.target_resource_id, hold)
        if isinstance(hold, NotConsented):
            hold_undecided(hold.finding, self.gateways)
        else:
            self.gateways.requeue(self.order.finding.body, hold.seconds)

    def _close(self, outcome: Outcome, after: Resource | None, set_aside: str = "") -> None:
        finding = self.order.finding
        logger.info("%s %s: %s", outcome.target_resource_id, outcome.status, json.dumps(finding.to_json()))
        try:
            self.logbook.close(outcome, after, set_aside)
        except NotDone:
            if not self.is_last:
                raise
            logger.exception("the outcome was not recorded: %s", outcome)
        if set_aside:
            self.gateways.reject(self.body, set_aside)
        self._finish(outcome)

    def _finish(self, outcome: Outcome) -> None:
        """Notify people and ask who opened the violation, once; then delete the source messages.

        For a finding that waited for a decision, the question was asked when it began to wait.
        """
        has_waited = not self.gateways.handling(self.order.finding.raised_by_rule).is_immediate
        self._tell(outcome, ask=outcome.status in ASKED_ABOUT and not has_waited, is_last=True)
        self._delete_sources()

    def _tell(self, outcome: Outcome, *, ask: bool = False, is_last: bool = False) -> None:
        """Notify people; then ask who opened it and, at the end of the record, what our puts have overwritten."""
        if self.logbook.has_told(outcome):
            return
        self.gateways.publish(outcome)
        if is_last and self.logbook.record:
            ask_about(self.logbook.record, self.order.finding.violations if ask else (), self.gateways)
        try:
            self.logbook.mark_told(outcome)
        except NotDone:
            if not self.is_last:
                raise
            logger.exception("the notification was sent but not recorded: %s", outcome)

    def _delete_sources(self) -> None:
        self.gateways.delete((self.order.receipt_handle, *self.order.also_satisfies))

    def _outcome(self, done: Fix) -> Outcome:
        return outcome_about(
            self.order.finding,
            self.logbook.record_id,
            done.status,
            self.gateways.timestamp(),
            removed=done.removed,
            added=done.added,
            notes=done.notes,
            left=done.left,
            reason=" ".join(obstacle.reason for obstacle in done.obstacles),
            next_step=" ".join(dict.fromkeys(obstacle.next_step for obstacle in done.obstacles)),
            described=self._described(done.after or self.logbook.before),
            fixed_by=done.fixed_by,
        )

    def _described(self, resource: Resource | None) -> str:
        """The resource's name and tags, for people; a bucket's tags take another call, and are omitted if it fails."""
        if resource is None:
            return ""
        if not isinstance(resource, Bucket) or resource.tags is not None:
            return resource.described
        try:
            return self.gateways.with_facts(resource, frozenset({Fact.TAGS})).described
        except DdAwsError as error:
            logger.info("the tags of %s are not reported: %s", resource.resource_id, error)
            return resource.described


def _changed(made: Sequence[AwsCall]) -> tuple[str, ...]:
    """A note that a failed remediation has made, or may have made, changes."""
    names = ", ".join(f"{call.service}:{call.action}" for call in made)
    return (f"Calls made, or possibly made, before the failure: {names}. The log has them in full.",) if made else ()


def _obstacle(error: Exception) -> Obstacle:
    if isinstance(error, AwsRefused):
        return Obstacle(error.reason, error.next_step)
    if isinstance(error, BadInput):
        return Obstacle(str(error), "Correct the value, then evaluate the rule again.")
    return Obstacle(f"{type(error).__name__}: {error}", LOOK)
