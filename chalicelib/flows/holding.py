"""What the coordinator does with findings that must not be fixed yet: written down, told, and queued anew in time.

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

from chalicelib.errors import DdAwsError, NotDeployed, shortened
from chalicelib.flows.admission import UNTIL_ANOTHER_TRY, AdmissionGateways, kept, let_wait
from chalicelib.flows.inquire import InquiringGateways, ask_who
from chalicelib.flows.intake import Folded
from chalicelib.messages import AwsCall, Finding, whereabouts
from chalicelib.modes import Handling, Mode
from chalicelib.notifications import Held
from chalicelib.trust.exemptions import instant
from chalicelib.trust.holds import Hold, State, hold_id, received

logger = logging.getLogger(__name__)


class Holds(Protocol):
    """Where findings wait."""

    def read(self, hold_id: str, /) -> Hold | None: ...

    def change(self, hold_id: str, change: Callable[[Hold | None], Hold | None], now: datetime, /) -> Hold | None: ...

    def due(self, now: datetime, /) -> Iterable[str]: ...


class HoldingGateways(AdmissionGateways, InquiringGateways, Protocol):
    """What it takes to let findings wait."""

    @property
    def holds(self) -> Holds: ...

    def handling(self, config_rule: str) -> Handling: ...


def not_held(work: Sequence[Folded], gateways: HoldingGateways) -> tuple[list[Folded], list[Exception]]:
    """The work that may go on; the rest waits in holds, or where that fails in the queue: then the errors say why."""
    free: list[Folded] = []
    failures: list[Exception] = []
    for same in work:
        handling = gateways.handling(same.finding.raised_by_rule)
        try:
            if handling.is_immediate or not _hold(same, handling, gateways):
                free.append(same)
        except DdAwsError as error:
            failures.append(error)
            with kept(failures):
                let_wait(same, UNTIL_ANOTHER_TRY, gateways)
        except Exception as error:  # noqa: BLE001 - whatever it is, its neighbours go on; its message comes again
            failures.append(error)
    return free, failures


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
        gateways.queue_anew(json.dumps(hold.finding.to_json()), 0)
        gateways.holds.change(hold_id, lambda known: known.released(now) if known and known.is_due(now) else None, now)


def _hold(same: Folded, handling: Handling, gateways: HoldingGateways) -> bool:
    """Whether it has to wait: then it is written down, people know, and its messages are gone."""
    finding, now = same.finding, instant(gateways.timestamp(), "timestamp")
    where = hold_id(finding)
    hold = gateways.holds.change(where, lambda known: received(known, finding, handling, now), now)
    if hold is None:
        return False
    logger.info("%s is held: %s", finding.target_resource_id, hold.state)
    if not hold.is_told and hold.state is not State.OBSERVED:
        gateways.publish(_news(hold, handling, gateways.stage))
        ask_who(hold.finding, hold.finding.violations, gateways)
        gateways.holds.change(where, lambda known: replace(known, is_told=True) if known else None, now)
    for handle in same.receipt_handles:
        gateways.delete(handle)
    return True


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
