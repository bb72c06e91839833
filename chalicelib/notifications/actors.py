"""Who opened what was found."""

from dataclasses import dataclass
from enum import StrEnum


class Certainty(StrEnum):
    """How sure it is who did it."""

    OPENED = "opened"
    """CloudTrail has a call that opens just what was condemned."""
    LAST_CHANGE = "last_change"
    """It has none, but a call that may have: the last of those."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Actor:
    """Who opened something, by CloudTrail. What it says of a caller is empty where nobody is known.

    Attributes
    ----------
    violations : tuple of str
        What was opened, in words; where nobody is known, all that was found.
    who, described : str
        An ARN, or an AWS service; and what kind of caller that is.
    source, user_agent : str
        Where the call came from, and the program that says it made it: the caller's own words.
    event_name, event_id, event_time : str
        The call.
    reason : str
        Why nobody is known; empty where somebody is.
    """

    certainty: Certainty
    remediation_id: str
    raised_by_rule: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    detected_at: str
    violations: tuple[str, ...]
    who: str
    described: str
    source: str
    user_agent: str
    event_name: str
    event_id: str
    event_time: str
    reason: str
