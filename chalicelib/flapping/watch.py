"""Detects violations that are opened again after each fix, and reports them; each is closed again, or left open."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.errors import DdAwsError, MustWait
from chalicelib.findings import Finding, Violation, whereabouts
from chalicelib.flapping.flapping import FlapAction, History, Known, violation_key
from chalicelib.investigation.ask import InquiringGateways, ask_who
from chalicelib.notify import Flapping, Notification

logger = logging.getLogger(__name__)

LOOK_AGAIN = 900
"""Seconds until a finding that is left open is received again; people are reminded once an hour."""
TOLD = 10
"""The maximum number of fixes, the latest, whose times a notification lists."""


class Histories(Protocol):
    """The store of histories, by resource (``<account>/<region>/<type>/<id>``) and violation."""

    def fixed(self, resource: str, key: str, reason: str, remediation_id: str) -> None: ...

    def found(self, resource: str, key: str, reason: str) -> None: ...

    def known(self, resource: str) -> Known: ...

    def note_told(self, resource: str, key: str) -> None: ...


class FlappingGateways(InquiringGateways, Protocol):
    """What `watch` needs of the outside."""

    @property
    def stage(self) -> str: ...

    @property
    def flap_action(self) -> FlapAction: ...

    @property
    def flapping(self) -> Histories: ...

    def publish(self, notification: Notification) -> None: ...


def notice_flapping(finding: Finding, found: Sequence[Violation], gateways: FlappingGateways) -> None:
    """Notify people of a flapping violation, once an hour; MustWait if the stage leaves it open.

    If a new violation was found as well, everything is fixed. A violation that existed at the last fix and could not be
    fixed then is not new.
    """
    resource, keys = "/".join(finding.resource), _keys(finding, found)
    known = gateways.flapping.known(resource)
    again = known.flapping(list(keys))
    if not again:
        with _missed():
            for key in known.unfixed(list(keys)):
                gateways.flapping.found(resource, key, keys[key].reason)
        return
    reasons = "; ".join(history.reason for history in again.values())
    logger.warning("flapping: %s: %s", resource, reasons)  # the foundation has an alarm on the first word
    if known.is_reminder_due:
        gateways.publish(_news(finding, tuple(again.values()), gateways))
        with _missed():
            gateways.flapping.note_told(resource, next(iter(again)))
        if gateways.flap_action is FlapAction.STOP:  # otherwise, the fix asks
            ask_who(finding, found, gateways)
    if gateways.flap_action is FlapAction.STOP:
        raise MustWait(f"The violation is opened again after each fix: {reasons}", LOOK_AGAIN)


def note_fixed(finding: Finding, closed: Sequence[Violation], change_id: str, gateways: FlappingGateways) -> None:
    """Record the fixed violations and the remediation; on errors, the fix does not count."""
    resource = "/".join(finding.resource)
    for violation in closed:
        with _missed():
            key = violation_key(finding.raised_by_rule, violation)
            gateways.flapping.fixed(resource, key, violation.reason, change_id)


@contextmanager
def _missed() -> Iterator[None]:
    """Continue if a history cannot be written: flapping is then detected later, or reported again."""
    try:
        yield
    except DdAwsError as error:
        logger.warning("the history was not written: %s", error)


def _keys(finding: Finding, found: Sequence[Violation]) -> dict[str, Violation]:
    return {violation_key(finding.raised_by_rule, violation): violation for violation in found}


def _news(finding: Finding, again: tuple[History, ...], gateways: FlappingGateways) -> Flapping:
    stops = gateways.flap_action is FlapAction.STOP
    return Flapping(
        stage=gateways.stage,
        **whereabouts(finding),
        violations=tuple(history.reason for history in again),
        fixed_at=tuple(_iso(at) for at in sorted({at for history in again for at in history.times})[-TOLD:]),
        left_until=_iso(max(history.flapping_until for history in again)) if stops else "",
    )


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
