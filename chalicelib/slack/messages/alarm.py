"""Messages about CloudWatch alarms, in the format in which CloudWatch publishes them to SNS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from chalicelib.slack.messages.blocks import context, fields, header, prose
from chalicelib.slack.messages.kinds import Kind, SlackMessage, summary
from chalicelib.slack.messages.raw import mapping, text
from chalicelib.slack.messages.target import alarm_link
from chalicelib.slack.messages.text import Text, code, foreign, moment, words


@dataclass(frozen=True)
class AlarmChange:
    """A change of an alarm's state: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``."""

    name: str
    description: str
    account_id: str
    region: str
    new: str
    old: str
    reason: str
    metric: str
    changed_at: str

    @classmethod
    def from_cloudwatch(cls, body: Mapping[str, Any]) -> Self:
        """The body of CloudWatch's SNS message. Its ``Region`` is a display name; the ARN has the code."""
        trigger = mapping(body, "Trigger")
        return cls(
            name=text(body, "AlarmName"),
            description=text(body, "AlarmDescription"),
            account_id=text(body, "AWSAccountId"),
            region=([*text(body, "AlarmArn").split(":"), "", "", "", ""])[3] or text(body, "Region"),
            new=text(body, "NewStateValue"),
            old=text(body, "OldStateValue"),
            reason=text(body, "NewStateReason"),
            metric=" ".join(part for part in (text(trigger, "Namespace"), text(trigger, "MetricName")) if part),
            changed_at=text(body, "StateChangeTime"),
        )

    @property
    def kind(self) -> Kind | None:
        """None: no message. For example, for OK after any state but ALARM, and for INSUFFICIENT_DATA."""
        if self.new == "ALARM":
            return Kind.ALARM
        return Kind.ALARM_OVER if (self.new, self.old) == ("OK", "ALARM") else None


def alarm_message(change: AlarmChange, kind: Kind) -> SlackMessage:
    """The message about an alarm."""
    blocks = (
        header(kind, change.name),
        fields(*_facts(change)),
        *([prose("Description", change.description)] if change.description else []),
        *([prose("Reason", change.reason)] if change.reason else []),
        context(words("CloudWatch changed the state at {at}", at=moment(change.changed_at))),
    )
    about = words(
        "{name} ({account}, {region})",
        name=foreign(change.name, 100),
        account=foreign(change.account_id, 40),
        region=foreign(change.region, 40),
    )
    return SlackMessage(kind, summary(kind, about, foreign(change.description or change.reason, 150)), blocks)


def _facts(change: AlarmChange) -> list[tuple[str, Text]]:
    where = words("{account} {region}", account=code(change.account_id, 40), region=code(change.region, 40))
    facts: list[tuple[str, Text]] = [
        ("Alarm", alarm_link(change.name, change.region)),
        ("Account and region", where),
        ("State", words("{new} (was {old})", new=code(change.new), old=code(change.old))),
    ]
    return [*facts, ("Metric", code(change.metric))] if change.metric else facts
