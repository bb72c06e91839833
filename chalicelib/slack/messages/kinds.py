"""Slack messages and their kinds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from chalicelib.slack.messages.text import Mrkdwn, Text, joined

type Block = Mapping[str, Any]


class Kind(Enum):
    """The kinds of messages, most important first. Digests store the names, so a released name never changes."""

    REMEDIATION_FAILED = ("🚨", "Remediation failed", "remediation failed", "remediations failed")
    MESSAGE_REJECTED = ("⚠️", "Message rejected", "message rejected", "messages rejected")
    EVALUATION_INCOMPLETE = ("❗", "Evaluation incomplete", "evaluation incomplete", "evaluations incomplete")
    FLAPPING = ("🔁", "Flapping", "resource flapping", "resources flapping")
    OVERWRITTEN = ("✍️", "Change overwritten", "change overwritten", "changes overwritten")
    PAUSED = ("⏸️", "Paused", "stage paused", "stages paused")
    LIMIT_REACHED = ("🚧", "Limit reached", "limit reached", "limits reached")
    WAITING_FOR_APPROVAL = ("✋", "Waiting for approval", "fix waiting for approval", "fixes waiting for approval")
    WAITING_FOR_GRACE = ("⏱️", "Fix announced", "fix announced", "fixes announced")
    APPROVED = ("👍", "Approved", "fix approved", "fixes approved")
    NOT_APPROVED = ("👎", "Rejected", "fix rejected", "fixes rejected")
    RESUMED = ("▶️", "Resumed", "stage or resource resumed", "stages or resources resumed")
    PARTIALLY_FIXED = ("🟠", "Partially fixed", "resource partially fixed", "resources partially fixed")
    ALARM = ("🔔", "Alarm", "alarm", "alarms")
    NON_COMPLIANT = ("🔴", "Non-compliant", "resource non-compliant", "resources non-compliant")
    WHO = ("🕵️", "Who opened it", "caller identified", "callers identified")
    UNDONE = ("↩️", "Undone", "fix undone", "fixes undone")
    UNCONFIRMED = ("🟡", "Fixed, unconfirmed", "fix unconfirmed", "fixes unconfirmed")
    EXEMPTION_ENDED = ("⌛", "Exemption ended", "exemption ended", "exemptions ended")
    EXEMPTION_ENDS_SOON = ("⏳", "Exemption ends soon", "exemption ends soon", "exemptions end soon")
    EXEMPTION_GRANTED = ("🔓", "Exempted", "exemption granted", "exemptions granted")
    EXEMPTION_REMOVED = ("🔒", "Exemption removed", "exemption removed", "exemptions removed")
    FIXED = ("✅", "Fixed", "resource fixed", "resources fixed")
    COMPLIANT_AGAIN = ("🟢", "Compliant again", "resource compliant again", "resources compliant again")
    ALREADY_COMPLIANT = ("🟢", "Nothing to fix", "resource needed no fix", "resources needed no fix")
    GONE = ("⚪", "Gone", "resource gone", "resources gone")
    SUPERSEDED = ("🟢", "Fixed by someone else", "resource fixed by others", "resources fixed by others")
    NO_LONGER_EVALUATED = ("⚪", "No longer evaluated", "resource no longer evaluated", "resources no longer evaluated")
    ALARM_OVER = ("🟢", "Alarm over", "alarm over", "alarms over")

    def __init__(self, emoji: str, title: str, singular: str, plural: str) -> None:
        self.emoji = emoji
        self.title = title
        self.singular = singular
        self.plural = plural

    def counted(self, number: int) -> str:
        """For example ``2 alarms``."""
        return f"{number} {self.singular if number == 1 else self.plural}"


@dataclass(frozen=True)
class SlackMessage:
    """One message to people.

    Attributes
    ----------
    kind : Kind
        The kind of news.
    summary : Mrkdwn
        The message in one line, for digests, logs and lock screens.
    blocks : tuple of Mapping
        The message in Block Kit.
    """

    kind: Kind
    summary: Mrkdwn
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The text that Slack shows if it cannot show blocks."""
        return f"{self.kind.emoji} {self.summary.source}"


def summary(kind: Kind, about: Text, *gist: Text) -> Mrkdwn:
    """A message in one line: ``Fixed: AWS::EC2::SecurityGroup sg-1: removed tcp 22``."""
    return joined(": ", (kind.title, about, *gist))
