"""Send inquiries: who opened a violation, and what our puts have overwritten. Nothing waits for the answer."""

import logging
from collections.abc import Sequence
from typing import Protocol

from chalicelib.errors import DdAwsError
from chalicelib.findings import Finding, Violation
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.investigation.overwritten import own_puts
from chalicelib.journal.record import Record, remediation_id

logger = logging.getLogger(__name__)

LOOK_AGAIN = 300
"""Seconds until CloudTrail is read, and read again: it lags by about five minutes."""


class InquiringGateways(Protocol):
    """What sending an inquiry needs of the outside."""

    def inquire(self, inquiry: Inquiry, seconds: int) -> None: ...

    def timestamp(self) -> str: ...


def ask_who(finding: Finding, violations: Sequence[Violation], gateways: InquiringGateways) -> None:
    """Ask who opened `violations`; an inquiry that cannot be sent is only logged."""
    _ask(Inquiry.about(finding, violations, remediation_id(finding), gateways.timestamp()), gateways)


def ask_about(record: Record, violations: Sequence[Violation], gateways: InquiringGateways) -> None:
    """Ask who opened `violations`, if there are any, and whether the remediation's puts have overwritten a change."""
    finding, puts = record.opening.finding, own_puts(record.attempts)
    if violations or puts:
        asked_at = gateways.timestamp()
        _ask(Inquiry.about(finding, violations, record.remediation_id, asked_at, puts), gateways)


def _ask(inquiry: Inquiry, gateways: InquiringGateways) -> None:
    try:
        gateways.inquire(inquiry, LOOK_AGAIN)
    except DdAwsError as error:
        logger.warning("no inquiry was sent about %s: %s", inquiry.target_resource_id, error)
