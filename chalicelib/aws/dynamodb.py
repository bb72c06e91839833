"""Shared by the gateways to our DynamoDB tables: queries, and items with optimistic locking."""

import random
import time
from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import ClientError

from chalicelib.aws.errors import code, table_errors
from chalicelib.errors import Unreadable

TRIES = 100
SLOWEST_RETRY = 0.1
"""Seconds."""

CONDITION_FAILED = "ConditionalCheckFailedException"
"""The error code if the item does not satisfy the condition."""


class Codec[V](Protocol):
    """Converts a value to and from an item's attributes."""

    def to_item(self, value: V) -> dict[str, Any]: ...

    def from_item(self, item: dict[str, Any]) -> V: ...


@table_errors
class SwappedItem[V]:
    """One item, with keys ``kind`` and ``name``. A write compares its ``version``, so that no change is lost.

    Parameters
    ----------
    client
        boto3's DynamoDB client.
    empty
        The value if the item does not exist.
    """

    def __init__(self, client: Any, table: str, key: tuple[str, str], codec: Codec[V], empty: V) -> None:
        self._client = client
        self._table = table
        self._key = {"kind": {"S": key[0]}, "name": {"S": key[1]}}
        self._codec = codec
        self._empty = empty

    def read(self) -> V:
        return self._read()[0]

    def swap[T](self, change: Callable[[V], tuple[V, T]]) -> T:
        """Change the value, and again if someone else changed it meanwhile; return the result of `change`.

        Raises
        ------
        Unreadable
            Others changed the value first in every attempt.
        """
        for _ in range(TRIES):
            before, version = self._read()
            after, answer = change(before)
            if after == before or self._write(after, version):
                return answer
            time.sleep(random.uniform(0, SLOWEST_RETRY))  # noqa: S311 - jitter, so that colliding writers do not collide again
        raise Unreadable(f"{self._table}: {self._key} changes faster than it can be written")

    def _read(self) -> tuple[V, int]:
        item = query_item(self._client, self._table, self._key)
        return (self._codec.from_item(item), int(item["version"]["N"])) if item else (self._empty, 0)

    def _write(self, value: V, version: int) -> bool:
        """False if the item is no longer at `version`."""
        condition = "#version = :version" if version else "attribute_not_exists(#version)"
        values = {"ExpressionAttributeValues": {":version": {"N": str(version)}}} if version else {}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=self._key | self._codec.to_item(value) | {"version": {"N": str(version + 1)}},
                ConditionExpression=condition,
                ExpressionAttributeNames={"#version": "version"},
                **values,
            )
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            return False
        return True


@table_errors
def query_item(client: Any, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
    """The current item, read by Query, which our roles allow, rather than by GetItem."""
    answer = client.query(
        TableName=table,
        KeyConditionExpression="#kind = :kind AND #name = :name",
        ExpressionAttributeNames={"#kind": "kind", "#name": "name"},
        ExpressionAttributeValues={":kind": key["kind"], ":name": key["name"]},
        ConsistentRead=True,
    )
    items: list[dict[str, Any]] = answer["Items"]
    return items[0] if items else None


@table_errors
def query_kind(client: Any, table: str, kind: str, start: str) -> list[dict[str, Any]]:
    """The items of a kind whose names begin with `start`."""
    named = " AND begins_with(#name, :start)" if start else ""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression=f"#kind = :kind{named}",
        ExpressionAttributeNames={"#kind": "kind", **({"#name": "name"} if start else {})},
        ExpressionAttributeValues={":kind": {"S": kind}, **({":start": {"S": start}} if start else {})},
        ConsistentRead=True,
    )
    return [item for page in pages for item in page["Items"]]
