"""Exemptions that are granted or removed, or that end."""

from dataclasses import dataclass
from enum import StrEnum


class ExemptionEvent(StrEnum):
    """What happens to an exemption."""

    GRANTED = "granted"
    REMOVED = "removed"
    ENDS_SOON = "ends_soon"
    ENDED = "ended"


@dataclass(frozen=True)
class ExemptionNews:
    """What happened to an exemption.

    Attributes
    ----------
    what, owner, reason, until : str
        What it covers, who is responsible for it, why it was granted, and when it ends (ISO 8601, UTC).
    who : str
        The ARN of whoever granted or removed it; empty where it ends by itself.
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
