"""Holds: findings that must not be fixed yet are recorded, reported, and queued again when they are due.

A remediator, which has read the resource, writes the hold; the coordinator queues the finding again.

A hold does not raise a message's receive count, and can last as long as needed. It is written before people are
notified, and its message is deleted last. Its finding is queued before the hold is marked as released, so the finding
can be duplicated but never lost.
"""

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Protocol

from chalicelib.approvals.holds import Hold, State, consented, covered, hold_id, new_hold, waiting
from chalicelib.errors import DdAwsError, NotDeployed, Unreadable, shortened
from chalicelib.exemptions.exemptions import instant
from chalicelib.findings import AwsCall, Finding, whereabouts
from chalicelib.investigation.ask import InquiringGateways, ask_who
from chalicelib.modes import Handling, Mode
from chalicelib.notify import Held, Notification
from chalicelib.pipeline.admission import UNTIL_ANOTHER_TRY, AdmissionGateways, kept, let_wait
from chalicelib.pipeline.intake import Folded

logger = logging.getLogger(__name__)

TRIES = 5


class Holds(Protocol):
    """The store of holds."""

    def read(self, hold_id: str, /) -> Hold | None: ...

    def of(self, hold_id: str, /) -> Sequence[Hold]: ...

    def change(self, hold_id: str, change: Callable[[Hold | None], Hold | None], now: datetime, /) -> Hold | None: ...

    def due(self, now: datetime, /) -> Iterable[str]: ...


class HoldGateways(InquiringGateways, Protocol):
    """What a hold needs of the outside."""

    @property
    def holds(self) -> Holds: ...

    @property
    def stage(self) -> str: ...

    def handling(self, config_rule: str) -> Handling: ...

    def publish(self, notification: Notification) -> None: ...


class HoldingGateways(AdmissionGateways, HoldGateways, Protocol):
    """What the coordinator needs for holds."""


def sorted_by_consent(
    work: Sequence[Folded], gateways: HoldingGateways
) -> tuple[list[Folded], list[Folded], list[Exception]]:
    """The work that may proceed, the work that a remediator must check, and errors; what already waits is deleted.

    A message never changes what a hold covers. If it names violations outside the existing holds, a remediator reads
    the resource and writes a hold if they exist. The errors say which holds cannot be read.
    """
    free: list[Folded] = []
    unjudged: list[Folded] = []
    failures: list[Exception] = []
    for same in work:
        finding = same.finding
        handling = gateways.handling(finding.raised_by_rule)
        try:
            if handling.is_immediate:
                free.append(same)
                continue
            now = instant(gateways.timestamp(), "timestamp")
            known = gateways.holds.of(hold_id(finding))
            if held := waiting(known, finding, handling, now):
                _note_seen(held, now, gateways)
                gateways.delete(same.receipt_handles)
            elif covered(finding.violations) <= consented(known, finding, handling, now):
                free.append(same)
            else:
                unjudged.append(same)
        except DdAwsError as error:
            let_wait(same, UNTIL_ANOTHER_TRY, gateways)
            failures.append(error)
        except Exception as error:  # noqa: BLE001 - the other work continues; SQS delivers the message again
            failures.append(error)
    return free, unjudged, failures


def hold_undecided(found: Finding, gateways: HoldGateways) -> None:
    """Write a hold for what was `found` about the resource and is not in a hold yet, and notify people.

    Raises
    ------
    MustWait
        There are too many holds for the resource and Config rule.
    Unreadable
        Holds cannot be read or written.
    """
    handling, now = gateways.handling(found.raised_by_rule), instant(gateways.timestamp(), "timestamp")
    for _ in range(TRIES):
        known = {hold.number: hold for hold in gateways.holds.of(hold_id(found))}
        new = new_hold(tuple(known.values()), found, handling, now)
        if new is None:
            _note_seen(waiting(known.values(), found, handling, now), now, gateways)
            return
        if _written(new, known.get(new.number), now, gateways):
            logger.info("%s is held: %s", found.target_resource_id, new.state)
            _tell(new, handling, now, gateways)
            return
    raise Unreadable(f"the holds of {found.target_resource_id} change faster than they can be written")


def _written(new: Hold, before: Hold | None, now: datetime, gateways: HoldGateways) -> bool:
    """Whether it was written; False if `before` is no longer the stored hold."""
    return gateways.holds.change(new.hold_id, lambda known: new if known == before else None, now) is not None


def _tell(hold: Hold, handling: Handling, now: datetime, gateways: HoldGateways) -> None:
    if hold.state is State.OBSERVED:
        return
    gateways.publish(_news(hold, handling, gateways.stage))
    ask_who(hold.finding, hold.finding.violations, gateways)
    gateways.holds.change(hold.hold_id, lambda known: replace(known, is_told=True) if known else None, now)


def _note_seen(found: Iterable[Hold], now: datetime, gateways: HoldGateways) -> None:
    for hold in found:
        gateways.holds.change(hold.hold_id, lambda known: known.seen(now) if known else None, now)


def queue_what_is_due(most: int, gateways: HoldingGateways) -> None:
    """Queue again what was approved or whose grace period is over: the oldest first, at most `most`.

    Raises
    ------
    Exception
        Some holds cannot be read or written; the others are queued.
    """
    now = instant(gateways.timestamp(), "timestamp")
    failures: list[Exception] = []
    try:
        for each in islice(gateways.holds.due(now), most):
            with kept(failures):
                _requeue(each, now, gateways)
    except NotDeployed as error:
        logger.warning("this stage has no holds: %s", error)
    if failures:
        raise failures[0]


def _requeue(hold_id: str, now: datetime, gateways: HoldingGateways) -> None:
    hold = gateways.holds.read(hold_id)
    if hold and hold.is_due(now):
        gateways.requeue(hold.finding.body, 0)
        gateways.holds.change(hold_id, lambda known: known.released(now) if known and known.is_due(now) else None, now)


def _news(hold: Hold, handling: Handling, stage: str) -> Held:
    finding = hold.finding
    return Held(
        stage=stage,
        hold_id=hold.hold_id,
        **whereabouts(finding),
        detected_at=finding.detected_at,
        due_at="" if handling.mode is Mode.APPROVE else hold.due_at,
        violations=finding.reasons,
        calls=_calls(finding),
        notes=finding.notes,
    )


def _calls(finding: Finding) -> tuple[str, ...]:
    return tuple(_in_words(call) for call in finding.required_steps)


def _in_words(call: AwsCall) -> str:
    return shortened(f"{call.service}:{call.action} {json.dumps(dict(call.parameters))}", 1000)
