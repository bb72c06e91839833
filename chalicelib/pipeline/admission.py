"""What the coordinator asks before it receives anything, and before it forwards what it has received.

A receive costs a message one of its lives, so no more are received than can be forwarded. What has to wait all the same
(a share is used up, somebody was faster) waits as a new message, with all its lives.
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
"""Seconds that work waits for a slot which could not be reserved, since the table failed."""


class Gatekeeper(Controls, Protocol):
    """What holds a stage up, as the coordinator asks for it."""

    def free(self) -> int | None: ...

    def full(self) -> Refusal | None: ...

    def reserve(self, claims: Sequence[Claim]) -> dict[str, Refusal]: ...

    def is_news(self, refusal: Refusal) -> bool: ...

    def note_told(self, refusal: Refusal) -> None: ...


class AdmissionGateways(Protocol):
    """What it takes to let work wait, and to say so."""

    @property
    def controls(self) -> Gatekeeper: ...

    @property
    def stage(self) -> str: ...

    def waiting(self) -> int: ...

    def queue_anew(self, body: str, seconds: int) -> None: ...

    def delete(self, receipt_handles: Sequence[str]) -> None: ...

    def publish(self, notification: Notification) -> None: ...


def allowance(gateways: AdmissionGateways) -> int:
    """How many messages may be received now; none while the stage is paused, or past its limit.

    Raises
    ------
    Unreadable
        That cannot be read: so nothing may be received.
    """
    try:
        pause = gateways.controls.paused()
    except NotDeployed as error:
        logger.warning("nothing can hold this stage up, neither a pause nor a limit: %s", error)
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
    """The work for which there is a slot, now reserved; and the rest, each with why, which has to wait.

    Where no slot can be reserved all of it is let wait, and `failures` says why.
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
    """Go on with what is beside it: what goes wrong is kept, to be raised once all else is done."""
    try:
        yield
    except Exception as error:
        logger.exception("not done; what is beside it goes on")
        failures.append(error)


def let_wait(same: Folded, seconds: int, gateways: AdmissionGateways) -> None:
    """As a new message, which has all its lives."""
    gateways.queue_anew(same.finding.body, seconds)
    gateways.delete(same.receipt_handles)


def say_once(refusal: Refusal, gateways: AdmissionGateways) -> None:
    logger.warning("waiting: %s", refusal.reason)
    if gateways.controls.is_news(refusal):
        gateways.publish(LimitReached(gateways.stage, refusal.reason, str(gateways.waiting())))
    gateways.controls.note_told(refusal)
