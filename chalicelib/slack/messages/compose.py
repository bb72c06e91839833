"""Recognizes the messages on the topic, and composes the messages that people read."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.notify import (
    TYPES,
    Actor,
    ChangeOverwritten,
    Decided,
    EvaluationIncomplete,
    ExemptionNews,
    Flapping,
    Held,
    LimitReached,
    Outcome,
    Paused,
    Rejection,
    Resumed,
    from_json,
)
from chalicelib.slack.messages.actor import actor_message
from chalicelib.slack.messages.alarm import AlarmChange, alarm_message
from chalicelib.slack.messages.compliance import ComplianceChange, compliance_message
from chalicelib.slack.messages.decisions import decided_message, held_message
from chalicelib.slack.messages.evaluation import incomplete_message
from chalicelib.slack.messages.exemption import exemption_message
from chalicelib.slack.messages.flapping import flapping_message
from chalicelib.slack.messages.kinds import SlackMessage
from chalicelib.slack.messages.outcome import outcome_message, rejection_message
from chalicelib.slack.messages.overwrite import overwrite_message
from chalicelib.slack.messages.raw import text
from chalicelib.slack.messages.stops import limit_message, paused_message, resumed_message

ABOUT_A_RESOURCE: Mapping[type[Any], Callable[[Any], SlackMessage]] = {
    Flapping: flapping_message,
    Held: held_message,
    Decided: decided_message,
    ExemptionNews: exemption_message,
    EvaluationIncomplete: incomplete_message,
    Actor: actor_message,
    ChangeOverwritten: overwrite_message,
}
ABOUT_THE_STAGE: Mapping[type[Any], Callable[[Any, str, str], SlackMessage]] = {
    Paused: paused_message,
    Resumed: resumed_message,
    LimitReached: limit_message,
    Rejection: rejection_message,
}
"""Notifications without an account and region of their own: the topic's are shown."""


def compose(body: Mapping[str, Any], topic_arn: str, stage: str) -> SlackMessage | None:
    """The message for people; None if there is nothing to report.

    Parameters
    ----------
    body : Mapping
        The notification's message: ours, AWS Config's (directly or as EventBridge's event), or CloudWatch's.
    topic_arn : str
        The ARN of the topic, for the account and region of a message that does not name them.
    stage : str
        The notifier's stage, for the commands that messages show.

    Raises
    ------
    BadInput
        A notification of our own lacks a field.
    """
    change = ComplianceChange.from_notification(body)
    if change:
        return compliance_message(change, change.kind) if change.kind else None
    if text(body, "messageType") in TYPES:
        return _ours(body, topic_arn, stage)
    if "AlarmName" in body and "NewStateValue" in body:
        return _alarm(body)
    return None


def _alarm(body: Mapping[str, Any]) -> SlackMessage | None:
    change = AlarmChange.from_cloudwatch(body)
    return alarm_message(change, change.kind) if change.kind else None


def _ours(body: Mapping[str, Any], topic_arn: str, stage: str) -> SlackMessage:
    notification = from_json(body)
    if isinstance(notification, Outcome):
        return outcome_message(notification, stage)
    if about_a_resource := ABOUT_A_RESOURCE.get(type(notification)):
        return about_a_resource(notification)
    *_, region, account_id, _ = ("", "", "", *topic_arn.split(":"))
    return ABOUT_THE_STAGE[type(notification)](notification, account_id, region)
