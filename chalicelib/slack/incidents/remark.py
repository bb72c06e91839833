"""What a message says about an incident."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


@dataclass(frozen=True)
class Incident:
    """One Config rule finds one resource non-compliant, until AWS Config reports that it no longer does.

    Attributes
    ----------
    resource : str
        ``<account>/<region>/<type>/<id>``.
    rule : str
        The Config rule's name.
    """

    resource: str
    rule: str


class Part(Enum):
    """The part of a message in the course of its incident."""

    BEGINNING = "AWS Config finds the resource non-compliant"
    MIDDLE = "an event during the incident"
    END = "AWS Config no longer finds the resource non-compliant"
    EPILOGUE = "an event after the end, or nothing else is known about the incident"


@dataclass(frozen=True)
class Remark:
    """What a message says about an incident.

    Attributes
    ----------
    at : datetime or None
        When the news was found or recorded, UTC; None: it is about the latest incident.
    said : str
        A hash of the content without times and IDs; empty if it is never compared.
    is_addition : bool
        Whether it adds to earlier messages, which still apply. For example, who opened the violation.
    resolved_at : datetime or None
        When a remediator found the resource compliant, if the message says so. Compliance changes are then no news.
    """

    incident: Incident
    part: Part
    at: datetime | None
    said: str = ""
    is_addition: bool = False
    resolved_at: datetime | None = None
