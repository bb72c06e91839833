"""Findings that must not be fixed yet: written down, told, and queued anew in time.

A remediator, who has read the resource, writes them down; the coordinator queues them anew.

Waiting so costs a message none of its lives, and lasts as long as it has to. A hold is written before people are told
of it, and its message deleted last; it is queued anew before it is marked as released, so that it may come twice, and
is never lost.
"""

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Protocol

from chalicelib.approvals.holds import Hold, State, beside, consented, covered, hold_id, waiting
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
    """Where findings wait."""

    def read(self, hold_id: str, /) -> Hold | None: ...

    def of(self, hold_id: str, /) -> Sequence[Hold]: ...

    def change(self, hold_id: str, change: Callable[[Hold | None], Hold | None], now: datetime, /) -> Hold | None: ...

    def due(self, now: datetime, /) -> Iterable[str]: ...


class HoldGateways(InquiringGateways, Protocol):
    """What it takes to let a finding wait, and to tell people."""

    @property
    def holds(self) -> Holds: ...

    @property
    def stage(self) -> str: ...

    def handling(self, config_rule: str) -> Handling: ...

    def publish(self, notification: Notification) -> None: ...


class HoldingGateways(AdmissionGateways, HoldGateways, Protocol):
    """What the coordinator needs for findings that wait."""


def sorted_by_consent(
    work: Sequence[Folded], gateways: HoldingGateways
) -> tuple[list[Folded], list[Folded], list[Exception]]:
    """The work that may go on, and that which a remediator has yet to judge; what waits already leaves the queue.

    A message decides nothing about a hold. What it names beside the holds that there are is judged by a remediator, who
    reads the resource, and lets it wait if it is so. Where holds cannot be read, the errors say why.
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
        except Exception as error:  # noqa: BLE001 - whatever it is, its neighbours go on; its message comes again
            failures.append(error)
    return free, unjudged, failures


def hold_beside(found: Finding, gateways: HoldGateways) -> None:
    """Let what was `found` about the resource itself wait, as far as it does not yet, and tell people.

    Raises
    ------
    MustWait
        There are too many holds beside each other.
    Unreadable
        It cannot be read or written down.
    """
    handling, now = gateways.handling(found.raised_by_rule), instant(gateways.timestamp(), "timestamp")
    for _ in range(TRIES):
        known = {hold.number: hold for hold in gateways.holds.of(hold_id(found))}
        new = beside(tuple(known.values()), found, handling, now)
        if new is None:
            _note_seen(waiting(known.values(), found, handling, now), now, gateways)
            return
        if _written(new, known.get(new.number), now, gateways):
            logger.info("%s is held: %s", found.target_resource_id, new.state)
            _tell(new, handling, now, gateways)
            return
    raise Unreadable(f"the holds of {found.target_resource_id} change faster than they can be written")


def _written(new: Hold, before: Hold | None, now: datetime, gateways: HoldGateways) -> bool:
    """Whether it was written in the place of `before`; nobody else had written there meanwhile."""
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
    """Queue anew what was approved, and what has waited its grace: so many at most, those that wait longest.

    Raises
    ------
    Exception
        Some, or all, cannot be read or written: those that can are queued.
    """
    now = instant(gateways.timestamp(), "timestamp")
    failures: list[Exception] = []
    try:
        for each in islice(gateways.holds.due(now), most):
            with kept(failures):
                _queue_anew(each, now, gateways)
    except NotDeployed as error:
        logger.warning("nothing can wait for approval or grace in this stage: %s", error)
    if failures:
        raise failures[0]


def _queue_anew(hold_id: str, now: datetime, gateways: HoldingGateways) -> None:
    hold = gateways.holds.read(hold_id)
    if hold and hold.is_due(now):
        gateways.queue_anew(hold.finding.body, 0)
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
