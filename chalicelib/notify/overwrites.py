"""Notifications about someone else's change that a fix overwrote."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChangeOverwritten:
    """A change that someone made to a bucket after we read it, and that our put replaced, according to CloudTrail.

    Attributes
    ----------
    who, described, source, user_agent : str
        The caller's ARN and the kind of caller; the call's source address and user agent, which the caller chose.
    event_name, event_id, event_time : str
        The caller's call.
    content : tuple of str
        What that call put, a line for each statement, grant or setting.
    our_action, our_time : str
        Our call that replaced it.
    certainty, next_step : str
        How certain that is, and how to restore the change: sentences.
    """

    remediation_id: str
    raised_by_rule: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    detected_at: str
    who: str
    described: str
    source: str
    user_agent: str
    event_name: str
    event_id: str
    event_time: str
    content: tuple[str, ...]
    our_action: str
    our_time: str
    certainty: str
    next_step: str
