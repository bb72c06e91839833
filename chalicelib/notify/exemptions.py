"""Notifications about exemptions that are granted or removed, or that end."""

from dataclasses import dataclass
from enum import StrEnum


class ExemptionEvent(StrEnum):
    """An event in the life of an exemption."""

    GRANTED = "granted"
    REMOVED = "removed"
    ENDS_SOON = "ends_soon"
    ENDED = "ended"


@dataclass(frozen=True)
class ExemptionNews:
    """An event of an exemption.

    Attributes
    ----------
    what, owner, reason, until : str
        Its scope, who is responsible for it, why it was granted, and when it ends (ISO 8601, UTC).
    who : str
        The ARN of whoever granted or removed it; empty if it ends by itself.
    """

    event: ExemptionEvent
    exemption_id: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    what: str
    owner: str
    reason: str
    until: str
    who: str
