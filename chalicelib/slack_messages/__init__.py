"""From what arrives on the topic to what people read in Slack; pure: no AWS, no Slack, no clock."""

from chalicelib.slack_messages.compose import compose
from chalicelib.slack_messages.digest import digest
from chalicelib.slack_messages.kinds import Block, Kind, SlackMessage
from chalicelib.slack_messages.remarks import remark

__all__ = ["Block", "Kind", "SlackMessage", "compose", "digest", "remark"]
