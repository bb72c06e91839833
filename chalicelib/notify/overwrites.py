"""Somebody else's change that a fix has overwritten."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChangeOverwritten:
    """What somebody put on a bucket after we had read it, and our own put replaced; by CloudTrail.

    Attributes
    ----------
    who, described, source, user_agent : str
        The caller's ARN, and what kind of caller that is; where the call came from, and by which program: the caller's
        own words.
    event_name, event_id, event_time : str
        Their call.
    content : tuple of str
        What it put, a line for each statement, grant or setting.
    our_action, our_time : str
        The call that replaced it.
    certainty, next_step : str
        How sure that is, and how to put it back: sentences.
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
