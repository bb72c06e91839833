"""DynamoDB: the number of messages per minute, the messages kept for the minute's digest, and who posts the digest.

One table, keys ``minute`` and ``entry`` (both S), TTL attribute ``expiresAt``::

    minute             entry              content
    2026-11-05T03:12   count              messages: the number of messages in that minute
    2026-11-05T03:12   message#<id>       kind, summary: kept for the digest
    digests            2026-11-05T03:12   claimant: the delivery that posts it; postedAt: when it was posted
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.dynamodb import CONDITION_FAILED
from chalicelib.aws.errors import code, table_errors

KEPT_FOR = timedelta(days=15)
"""Longer than the on-failure queue keeps an event, so that a redrive finds its claim."""
_DIGESTS = "digests"
_MESSAGE = "message#"


@table_errors
class NotificationRate:
    """The table of one stage.

    Parameters
    ----------
    client
        boto3's DynamoDB client.
    table : str
        The table's name.

    Raises
    ------
    NotDeployed, Unreadable
        From every method: the table does not exist; it cannot be read or written now.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def count(self, minute: str) -> int:
        """Count one more message in `minute`; return the new number."""
        answer = self._client.update_item(
            TableName=self._table,
            Key=_key(minute, "count"),
            UpdateExpression="ADD messages :one SET expiresAt = :expiry",
            ExpressionAttributeValues={":one": {"N": "1"}, ":expiry": _expiry(minute)},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["messages"]["N"])

    def keep(self, minute: str, delivery_id: str, kind: str, summary: str) -> None:
        """Keep a message for the minute's digest, once, however often it is delivered."""
        told = {"kind": {"S": kind}, "summary": {"S": summary}, "expiresAt": _expiry(minute)}
        self._client.put_item(TableName=self._table, Item=_key(minute, f"{_MESSAGE}{delivery_id}") | told)

    def kept(self, minute: str) -> list[tuple[str, str]]:
        """Kind and summary of each message kept in `minute`."""
        items = self._query("#minute = :minute AND begins_with(#entry, :start)", minute, {":start": {"S": _MESSAGE}})
        return [(item["kind"]["S"], item["summary"]["S"]) for item in items]

    def claimant(self, minute: str, delivery_id: str) -> str:
        """Claim the minute's digest for a delivery unless another claimed it; return the delivery that claimed it."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_key(_DIGESTS, minute) | {"claimant": {"S": delivery_id}, "expiresAt": _expiry(minute)},
                ConditionExpression="attribute_not_exists(claimant)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            return str(error.response["Item"]["claimant"]["S"])
        return delivery_id

    def claimed_minute(self, delivery_id: str, since: str) -> str | None:
        """The minute, not before `since`, whose digest a delivery claimed; None if it claimed none."""
        items = self._query("#minute = :minute AND #entry >= :since", _DIGESTS, {":since": {"S": since or "0"}})
        return next((item["entry"]["S"] for item in items if item["claimant"]["S"] == delivery_id), None)

    def is_posted(self, minute: str) -> bool:
        """Whether the minute's digest was posted."""
        items = self._query("#minute = :minute AND #entry = :entry", _DIGESTS, {":entry": {"S": minute}})
        return any("postedAt" in item for item in items)

    def mark_posted(self, minute: str) -> None:
        """Record that the minute's digest was posted."""
        self._client.update_item(
            TableName=self._table,
            Key=_key(_DIGESTS, minute),
            UpdateExpression="SET postedAt = :now",
            ExpressionAttributeValues={":now": {"S": datetime.now(UTC).isoformat(timespec="seconds")}},
        )

    def _query(self, condition: str, minute: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        """All matching items. ``minute`` is a reserved word in DynamoDB, hence the placeholders."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeNames={"#minute": "minute", "#entry": "entry"},
            ExpressionAttributeValues={":minute": {"S": minute}, **values},
            ConsistentRead=True,
        )
        return [item for page in pages for item in page["Items"]]


def _key(minute: str, entry: str) -> dict[str, Any]:
    return {"minute": {"S": minute}, "entry": {"S": entry}}


def _expiry(minute: str) -> dict[str, str]:
    expires = datetime.fromisoformat(f"{minute}:00+00:00") + KEPT_FOR
    return {"N": str(int(expires.timestamp()))}
