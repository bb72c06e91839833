"""Notifications about who opened a violation."""

from dataclasses import dataclass
from enum import StrEnum


class Certainty(StrEnum):
    """How certain the caller is."""

    OPENED = "opened"
    """CloudTrail shows a call that opened exactly the violation."""
    LAST_CHANGE = "last_change"
    """CloudTrail shows no such call. The caller made the latest call that may have opened the violation."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Actor:
    """Who opened a violation, according to CloudTrail. The fields about a caller are empty if the caller is unknown.

    Attributes
    ----------
    violations : tuple of str
        What the caller opened, in words; all violations if the caller is unknown.
    who, described : str
        An ARN or an AWS service, and the kind of caller.
    source, user_agent : str
        The call's source address and user agent: text that the caller chose.
    event_name, event_id, event_time : str
        The call.
    reason : str
        Why the caller is unknown; empty if the caller is known.
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
