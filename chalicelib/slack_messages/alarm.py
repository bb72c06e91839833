"""CloudWatch alarms, as CloudWatch tells them to SNS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from chalicelib.slack_messages.blocks import context, fields, header, prose
from chalicelib.slack_messages.kinds import Block, Kind, SlackMessage
from chalicelib.slack_messages.raw import mapping, text
from chalicelib.slack_messages.target import alarm_link
from chalicelib.slack_messages.text import code, escaped, moment


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
        """The body of CloudWatch's SNS message. Its ``Region`` is a name for people; the ARN knows the code."""
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
        """None: not worth a message, which is OK after anything but an alarm, or a lack of data."""
        if self.new == "ALARM":
            return Kind.ALARM
        return Kind.ALARM_OVER if (self.new, self.old) == ("OK", "ALARM") else None


def alarm_message(change: AlarmChange, kind: Kind) -> SlackMessage:
    """What people read about an alarm."""
    blocks = [
        header(kind, change.name),
        fields(*_facts(change)),
        *_paragraphs(change),
        context(f"CloudWatch changed the state at {moment(change.changed_at)}"),
    ]
    where = f"({escaped(change.account_id, 20)}, {escaped(change.region, 30)})"
    summary = f"{kind.title}: {escaped(change.name, 100)} {where}: {escaped(change.description or change.reason, 150)}"
    return SlackMessage(kind, summary, tuple(blocks))


def _facts(change: AlarmChange) -> list[tuple[str, str]]:
    facts = [
        ("Alarm", alarm_link(change.name, change.region)),
        ("Account and region", f"{code(change.account_id, 40)} {code(change.region, 40)}"),
        ("State", f"{code(change.new)} (was {code(change.old)})"),
    ]
    return [*facts, ("Metric", code(change.metric))] if change.metric else facts


def _paragraphs(change: AlarmChange) -> list[Block]:
    told = (("What it watches", change.description), ("Why", change.reason))
    return [prose(title, words) for title, words in told if words]
