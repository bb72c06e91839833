"""Ask who opened what was found; the answer comes minutes later, and nothing waits for it."""

import logging
from collections.abc import Sequence
from typing import Protocol

from chalicelib.errors import DdAwsError
from chalicelib.inquiries import Inquiry
from chalicelib.messages import Finding, Violation
from chalicelib.trust.record import remediation_id

logger = logging.getLogger(__name__)

LOOK_AGAIN = 300
"""Seconds until CloudTrail is asked, and asked again: it lags about five minutes."""


class InquiringGateways(Protocol):
    """What it takes to ask."""

    def inquire(self, inquiry: Inquiry, seconds: int) -> None: ...

    def timestamp(self) -> str: ...


def ask_who(finding: Finding, violations: Sequence[Violation], gateways: InquiringGateways) -> None:
    """Ask who opened `violations`; a question that cannot be sent is logged, and fails nothing."""
    inquiry = Inquiry.about(finding, violations, remediation_id(finding), gateways.timestamp())
    try:
        gateways.inquire(inquiry, LOOK_AGAIN)
    except DdAwsError as error:
        logger.warning("who opened %s is not asked: %s", finding.target_resource_id, error)
