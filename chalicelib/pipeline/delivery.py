"""One delivery of a work order, once it is known how it ended: write that down, tell people, delete the sources."""

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
from chalicelib.pipeline.holding import HoldGateways, hold_beside
from chalicelib.pipeline.intake import NotOurs
from chalicelib.pipeline.logbook import Logbook
from chalicelib.pipeline.outcomes import outcome_about
from chalicelib.resources import Bucket, Fact, Resource
from chalicelib.rules import Obstacle

logger = logging.getLogger(__name__)

UNTIL_ANOTHER_TRY = 300
"""Seconds that a finding waits in the queue, after five tries, for what decides about it to be readable again."""
LOOK = "Read the function's log, and redrive the work queue's dead-letter queue once the cause is fixed."

ASKED_ABOUT = frozenset({Status.FIXED, Status.PARTIALLY_FIXED, Status.UNCONFIRMED, Status.FAILED})
"""Outcomes of what somebody has opened."""


class DeliveryGateways(HoldGateways, Protocol):
    """What it takes to bring a work order to its end."""

    def with_facts(self, resource: Resource, facts: frozenset[Fact]) -> Resource: ...

    def delete(self, receipt_handles: Sequence[str]) -> None: ...

    def reject(self, body: str, reason: str) -> str: ...

    def handling(self, config_rule: str) -> Handling: ...

    def queue_anew(self, body: str, seconds: int) -> None: ...

    def publish(self, notification: Notification) -> None: ...


@dataclass(frozen=True)
class Delivery:
    """One delivery.

    Attributes
    ----------
    body : str
        The work order as it came.
    is_last : bool
        Whether SQS delivers it no more.
    """

    body: str
    order: WorkOrder
    is_last: bool
    logbook: Logbook
    gateways: DeliveryGateways

    def conclude(self, done: Fix) -> None:
        """Close the order, unless something is left that another try may fix: then raise NotDone."""
        outcome = self._outcome(done)
        if done.hold:
            self._queue_anew(done.hold)
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
        """Let the finding wait, or give it up, or raise the error, so that SQS delivers the order again."""
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
        """Put the order into the dead-letter queue, since nobody may work on it, and tell people; nothing was begun."""
        queue = self.gateways.reject(self.body, str(error))
        self.gateways.publish(Rejection(queue, str(error), shortened(self.body, 500)))
        self._delete_sources()

    def give_up(self, error: Exception) -> None:
        """Close the order as failed; what no further try would change goes to the dead-letter queue by our hand."""
        for_good = isinstance(error, AwsRefused | BadInput)
        notes = (*self.logbook.notes, *_changed(self.logbook.made))
        failed = self._outcome(Fix(Status.FAILED, obstacles=(_obstacle(error),), notes=notes))
        self._close(failed, None, set_aside=str(error) if for_good else "")

    def settle(self) -> None:
        """See to it that people know, and that the sources are gone: an earlier delivery has closed the record."""
        closing = self.logbook.closing
        if closing is None:
            return
        logger.info("%s was closed before: %s", self.logbook.finding.target_resource_id, closing.outcome.status)
        if closing.set_aside and not self.logbook.has_told(closing.outcome):
            self.gateways.reject(self.body, closing.set_aside)
        self._finish(closing.outcome)

    def put_back(self, hold: MustWait) -> None:
        """Let the finding wait in the remediation queue."""
        self._queue_anew(hold)
        self._delete_sources()

    def _queue_anew(self, hold: MustWait) -> None:
        """As a new message, which has all its lives; in a hold, where nobody has let it go on."""
        logger.warning("%s waits: %s", self.order.finding.target_resource_id, hold)
        if isinstance(hold, NotConsented):
            hold_beside(hold.finding, self.gateways)
        else:
            self.gateways.queue_anew(self.order.finding.body, hold.seconds)

    def _close(self, outcome: Outcome, after: Resource | None, set_aside: str = "") -> None:
        finding = self.order.finding
        logger.info("%s %s: %s", outcome.target_resource_id, outcome.status, json.dumps(finding.to_json()))
        try:
            self.logbook.close(outcome, after, set_aside)
        except NotDone:
            if not self.is_last:
                raise
            logger.exception("not written down: %s", outcome)
        if set_aside:
            self.gateways.reject(self.body, set_aside)
        self._finish(outcome)

    def _finish(self, outcome: Outcome) -> None:
        """Tell people, and ask who it was, once; then, last of all, delete the source messages.

        Of what has waited for people it was asked when it began to wait.
        """
        has_waited = not self.gateways.handling(self.order.finding.raised_by_rule).is_immediate
        self._tell(outcome, ask=outcome.status in ASKED_ABOUT and not has_waited, is_last=True)
        self._delete_sources()

    def _tell(self, outcome: Outcome, *, ask: bool = False, is_last: bool = False) -> None:
        """Tell people; then ask who opened it, and, where the record ends with that, what our puts have overwritten."""
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
            logger.exception("told, and not written down: %s", outcome)

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
        """What people know the resource by; a bucket's tags cost a call, and are left out where that fails."""
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
    """For people, who might take a failure for nothing done."""
    names = ", ".join(f"{call.service}:{call.action}" for call in made)
    return (f"Made, or possibly made, before the failure: {names}. The log has each call in full.",) if made else ()


def _obstacle(error: Exception) -> Obstacle:
    if isinstance(error, AwsRefused):
        return Obstacle(error.reason, error.next_step)
    if isinstance(error, BadInput):
        return Obstacle(str(error), "Correct the value, and evaluate the rule again.")
    return Obstacle(f"{type(error).__name__}: {error}", LOOK)
