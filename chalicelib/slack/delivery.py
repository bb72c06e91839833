"""One record of an SNS event, or one event of EventBridge, as the notifier sees it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Self

from chalicelib.errors import BadInput
from chalicelib.json_values import CLOCK_SKEW, EARLIEST
from chalicelib.slack.messages.compliance import ComplianceChange
from chalicelib.slack.messages.raw import mapping, text
from chalicelib.slack.messages.text import instant

TOPIC_COLONS = 5
"""Indexes of the parts of a topic's ARN: arn:partition:sns:region:account:name."""
FIRST_RETRY = timedelta(seconds=50)
"""Lambda retries a failed event after a minute at the earliest, so a younger event is no retry."""


@dataclass(frozen=True)
class Delivery:
    """A notification as SNS delivered it.

    Attributes
    ----------
    id : str
        Equal in each delivery of one notification: a hash of SNS's MessageId or EventBridge's ID, and the message.
    topic_arn : str
        The ARN of the topic that delivered it; the stage's own topic where EventBridge invoked the notifier.
    body : Mapping
        The message's JSON object; empty if it is not one.
    published_at : datetime or None
        SNS's Timestamp, or the event's time, UTC; None if it is not plausible.
    """

    id: str
    message_id: str
    topic_arn: str
    published_at: datetime | None
    body: Mapping[str, Any]

    @classmethod
    def from_record(cls, record: object, now: datetime) -> Self:
        """Read a record; raise BadInput if it is not an SNS record."""
        sns = mapping(record, "Sns") if isinstance(record, Mapping) else {}
        message = sns.get("Message")
        if not isinstance(message, str):
            raise BadInput("record.Sns.Message", message, "a text")
        message_id = text(sns, "MessageId")
        return cls(
            id=sha256(f"{message_id} {message}".encode("utf-8", "replace")).hexdigest(),
            message_id=message_id,
            topic_arn=text(sns, "TopicArn"),
            published_at=believed(instant(text(sns, "Timestamp")), now),
            body=_body(message),
        )

    @classmethod
    def from_event(cls, event: Mapping[str, Any], now: datetime, topic_arn: str) -> Self:
        """Read an event of EventBridge. The function's policy lets only the stage's own rule send one."""
        event_id = text(event, "id")
        return cls(
            id=sha256(f"{event_id} {json.dumps(event, sort_keys=True)}".encode()).hexdigest(),
            message_id=event_id,
            topic_arn=topic_arn,
            published_at=believed(instant(text(event, "time")), now),
            body=event,
        )

    @property
    def is_foreign(self) -> bool:
        """Whether AWS Config or CloudWatch reports on another account or region than those of the topic."""
        if self.topic_arn.count(":") != TOPIC_COLONS:
            return False
        _, _, _, region, account_id, _ = self.topic_arn.split(":")
        accounts, regions = self._accounts_and_regions
        return not (accounts <= {account_id, ""} and regions <= {region, ""})

    @property
    def _accounts_and_regions(self) -> tuple[set[str], set[str]]:
        """All accounts and regions that a report of AWS Config or CloudWatch names; none for other messages."""
        if change := ComplianceChange.from_notification(self.body):
            told = mapping(self.body, "detail") if "detail-type" in self.body else {}
            return (
                {change.target.account_id, text(self.body, "account"), text(told, "awsAccountId")},
                {change.target.region, text(self.body, "region"), text(told, "awsRegion")},
            )
        if not self._alarm:
            return set(), set()
        arn = [*text(self.body, "AlarmArn").split(":"), *[""] * TOPIC_COLONS]
        return {text(self.body, "AWSAccountId"), arn[4]}, {arn[3]}

    @property
    def message_type(self) -> str:
        """The message type that it names; for the log."""
        named = text(self.body, "messageType") or text(self.body, "detail-type")
        return named or ("CloudWatch alarm" if self._alarm else "")

    @property
    def resource(self) -> str:
        """The resource or alarm that it is about; for the log."""
        heads = (self.body, mapping(self.body, "detail"))
        about = [body for head in heads for body in (head, mapping(head, "configurationItem"))]
        named = (text(body, key) for body in about for key in ("resourceId", "targetResourceId"))
        return next((name for name in named if name), self._alarm)

    @property
    def _alarm(self) -> str:
        return text(self.body, "AlarmName")

    def may_be_a_retry(self, now: datetime) -> bool:
        """Whether it was published so long ago that an earlier try may have failed."""
        return self.published_at is None or now - self.published_at > FIRST_RETRY


def believed(when: datetime | None, now: datetime) -> datetime | None:
    """A time from outside; None if it is in the future, or older than AWS Config."""
    return when if when and EARLIEST <= when <= now + CLOCK_SKEW else None


def _body(message: str) -> Mapping[str, Any]:
    """The JSON object. AWS Config also writes plain text: to test the delivery channel, and for oversized items."""
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, Mapping) else {}
