"""What a message says about which incident."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


@dataclass(frozen=True)
class Incident:
    """One Config rule finds one resource non-compliant, until AWS Config says that this is over.

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
    """What a message is in the story of its incident."""

    BEGINNING = "AWS Config finds the resource non-compliant"
    MIDDLE = "something happens to it"
    END = "AWS Config no longer finds it non-compliant"
    EPILOGUE = "something happens after the end, or nothing else is known of the incident"


@dataclass(frozen=True)
class Remark:
    """What a message says about an incident.

    Attributes
    ----------
    at : datetime or None
        When what it tells was found or recorded, UTC; None: it is about the latest incident, whenever that was.
    said : str
        What it says, without times and ids, as a hash; empty where that is never compared.
    is_addition : bool
        Whether it adds to what was said of the incident, which still holds: the answer who it was does.
    resolved_at : datetime or None
        When a remediator found the resource compliant, if that is what it says: then AWS Config's verdicts are no news.
    """

    incident: Incident
    part: Part
    at: datetime | None
    said: str = ""
    is_addition: bool = False
    resolved_at: datetime | None = None
