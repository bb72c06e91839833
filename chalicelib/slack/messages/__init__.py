"""The messages that people read in Slack, made of what arrives on the topic. Pure: no AWS, no Slack, no clock."""

from chalicelib.slack.messages.compose import compose
from chalicelib.slack.messages.digest import digest
from chalicelib.slack.messages.kinds import Block, Kind, SlackMessage
from chalicelib.slack.messages.remarks import remark

__all__ = ["Block", "Kind", "SlackMessage", "compose", "digest", "remark"]
