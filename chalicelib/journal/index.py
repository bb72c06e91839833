"""DynamoDB: finds records in the journal by its indexes, never by a scan."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.errors import table_errors
from chalicelib.journal.codec import decoded
from chalicelib.journal.summary import Summary
from chalicelib.json_values import parsed


@table_errors
class JournalIndex:
    """The indexes of one stage's journal; eventually consistent, usually within a second.

    Parameters
    ----------
    client
        boto3's DynamoDB client.
    table : str
        The table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def of_resource(self, resource: str, since: datetime) -> Iterator[Summary]:
        """The records of a resource (``<account>/<region>/<type>/<id>``), the latest first."""
        yield from self._query("by-resource", "resource", resource, since)

    def of_days(self, since: datetime, now: datetime) -> Iterator[Summary]:
        """All records since a time, the latest first: a query for each day."""
        day = now.date()
        while day >= since.date():
            yield from self._query("by-day", "day", day.isoformat(), since)
            day -= timedelta(days=1)

    def _query(self, index: str, key: str, value: str, since: datetime) -> Iterator[Summary]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression="#key = :value AND openedAt >= :since",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={
                ":value": {"S": value},
                ":since": {"S": since.isoformat(timespec="seconds")},
            },
            ScanIndexForward=False,
        )
        for page in pages:
            for item in page["Items"]:
                yield decoded(Summary, parsed(item["summary"]["S"]), item["remediationId"]["S"])
