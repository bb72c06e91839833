"""What a Slack message is, and the kinds of news there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

type Block = Mapping[str, Any]


class Kind(Enum):
    """A kind of news, the most important first; digests keep the names, so a name once released never changes."""

    REMEDIATION_FAILED = ("🚨", "Remediation failed", "remediation failed", "remediations failed")
    MESSAGE_REJECTED = ("⚠️", "Message rejected", "message rejected", "messages rejected")
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
    WHO = ("🕵️", "Who", "answer to who it was", "answers to who it was")
    UNDONE = ("↩️", "Undone", "fix undone", "fixes undone")
    UNCONFIRMED = ("🟡", "Fixed, unconfirmed", "fix unconfirmed", "fixes unconfirmed")
    EXEMPTION_ENDED = ("⌛", "Exemption ended", "exemption ended", "exemptions ended")
    EXEMPTION_ENDS_SOON = ("⏳", "Exemption ends soon", "exemption ends soon", "exemptions end soon")
    EXEMPTION_GRANTED = ("🔓", "Exempted", "exemption granted", "exemptions granted")
    EXEMPTION_REMOVED = ("🔒", "Exemption removed", "exemption removed", "exemptions removed")
    FIXED = ("✅", "Fixed", "resource fixed", "resources fixed")
    COMPLIANT_AGAIN = ("🟢", "Compliant again", "resource compliant again", "resources compliant again")
    ALREADY_COMPLIANT = ("🟢", "Nothing to fix", "resource needed no fix", "resources needed no fix")
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
        What it tells.
    summary : str
        The whole of it in one line of mrkdwn, escaped: a digest's line, and what a log or a phone's lock screen shows.
    blocks : tuple of Mapping
        The message in Block Kit.
    """

    kind: Kind
    summary: str
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """What Slack shows where it cannot show blocks."""
        return f"{self.kind.emoji} {self.summary}"
