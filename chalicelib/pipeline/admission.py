"""The checks of the coordinator before it receives messages and before it forwards them.

Each receive raises a message's receive count, so the coordinator receives only as many messages as it can forward. If a
received finding must wait (a limit is reached, somebody else took the slot), it waits as a new message, with a new
receive count.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from chalicelib.errors import DdAwsError, NotDeployed
from chalicelib.limits.limits import Claim, Refusal
from chalicelib.notify import LimitReached, Notification
from chalicelib.pipeline.intake import Folded
from chalicelib.pipeline.permit import Controls, claim

logger = logging.getLogger(__name__)

UNLIMITED = 1_000_000
UNTIL_ANOTHER_TRY = 120
"""Seconds that work waits if no slot could be reserved since the table failed."""


class Gatekeeper(Controls, Protocol):
    """The pause and the limits of a stage, for the coordinator."""

    def free(self) -> int | None: ...

    def full(self) -> Refusal | None: ...

    def reserve(self, claims: Sequence[Claim]) -> dict[str, Refusal]: ...

    def is_news(self, refusal: Refusal) -> bool: ...

    def note_told(self, refusal: Refusal) -> None: ...


class AdmissionGateways(Protocol):
    """What `admission` needs of the outside."""

    @property
    def controls(self) -> Gatekeeper: ...

    @property
    def stage(self) -> str: ...

    def waiting(self) -> int: ...

    def requeue(self, body: str, seconds: int) -> None: ...

    def delete(self, receipt_handles: Sequence[str]) -> None: ...

    def publish(self, notification: Notification) -> None: ...


def allowance(gateways: AdmissionGateways) -> int:
    """The number of messages that may be received now; none while the stage is paused or at its limit.

    Raises
    ------
    Unreadable
        The pause or the slots cannot be read, so nothing may be received.
    """
    try:
        pause = gateways.controls.paused()
    except NotDeployed as error:
        logger.warning("this stage has neither a pause nor a limit: %s", error)
        return UNLIMITED
    if pause:
        logger.warning("receiving nothing: the stage is %s", pause)
        return 0
    free = gateways.controls.free()
    if free == 0 and (refusal := gateways.controls.full()):
        logger.warning("receiving nothing: %s", refusal.reason)
        if gateways.waiting():
            say_once(refusal, gateways)
    return UNLIMITED if free is None else free


def admitted(
    work: Sequence[Folded], gateways: AdmissionGateways, failures: list[Exception]
) -> tuple[list[Folded], list[tuple[Folded, Refusal]]]:
    """The work for which a slot is now reserved; and the rest, which must wait, each with the refusal.

    If no slot can be reserved because of an error, all work waits, and the error is added to `failures`.
    """
    refused: dict[str, Refusal] = {}
    try:
        if work:
            refused = gateways.controls.reserve([claim(same.finding) for same in work])
    except DdAwsError as error:
        failures.append(error)
        for same in work:
            with kept(failures):
                let_wait(same, UNTIL_ANOTHER_TRY, gateways)
        return [], []
    answers = [(same, refused.get(claim(same.finding).remediation_id)) for same in work]
    return [same for same, refusal in answers if not refusal], [(same, why) for same, why in answers if why]


@contextmanager
def kept(failures: list[Exception]) -> Iterator[None]:
    """Add an error to `failures`, to raise it after all other work is done."""
    try:
        yield
    except Exception as error:
        logger.exception("failed; the other work continues")
        failures.append(error)


def let_wait(same: Folded, seconds: int, gateways: AdmissionGateways) -> None:
    """Send the finding again as a new message, with a new receive count, and delete its messages."""
    gateways.requeue(same.finding.body, seconds)
    gateways.delete(same.receipt_handles)


def say_once(refusal: Refusal, gateways: AdmissionGateways) -> None:
    logger.warning("waiting: %s", refusal.reason)
    if gateways.controls.is_news(refusal):
        gateways.publish(LimitReached(gateways.stage, refusal.reason, str(gateways.waiting())))
    gateways.controls.note_told(refusal)
