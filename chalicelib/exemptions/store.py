"""DynamoDB: exemptions, in the stage's table of decisions.

Keys ``kind`` and ``name`` (both S), TTL attribute ``expiresAt``::

    kind                                          name          content
    exemption#<account>/<region>/<type>/<id>      <id>          document: the exemption, as JSON
    exemption-due                                 <end>#<id>    document: the same; told: the reminder that was sent

The second item finds exemptions by their end, without a scan of the table.
"""

import json
import logging
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.dynamodb import CONDITION_FAILED, SLOWEST_RETRY
from chalicelib.aws.errors import code, table_errors
from chalicelib.errors import BadInput, NotDeployed, Unreadable
from chalicelib.exemptions.exemptions import Exemption, as_text
from chalicelib.json_values import parsed

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
"""How long an exemption is kept after its end, so that even a stage that stood still reports the end."""
TRIES = 5
_DUE = "exemption-due"


@dataclass(frozen=True)
class Due:
    """An exemption, and the last reminder of its end that was sent; empty: none yet."""

    exemption: Exemption
    told: str


@table_errors
class Exemptions:
    """The exemptions of one stage.

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

    def of(self, resource: str) -> tuple[Exemption, ...]:
        """All exemptions of a resource, including ended ones; none if the stage has no table for exemptions.

        Raises
        ------
        Unreadable
            They cannot be read, so what is exempt is unknown.
        """
        try:
            with table_errors.about(f"the exemptions of {resource} cannot be read"):
                return tuple(_exemption(item) for item in self._query(_kind(resource)))
        except NotDeployed as error:
            logger.warning("this stage has no table for exemptions: %s", error)
            return ()
        except BadInput as error:
            raise Unreadable(f"the exemptions of {resource} cannot be read: {error}") from error

    def due(self, until: datetime | None = None) -> tuple[Due, ...]:
        """The exemptions that end before `until`, or all; the earliest end comes first.

        Raises
        ------
        NotDeployed, Unreadable
            They cannot be read. A single damaged exemption is skipped and logged.
        """
        return tuple(self._due(until))

    def put(self, exemption: Exemption) -> None:
        """Store an exemption. It replaces one with the same ID, whatever its end."""
        self._swap(exemption, _what(exemption))

    def remove(self, exemption: Exemption) -> None:
        """Remove an exemption, even if its end was changed meanwhile."""
        self._swap(exemption, {})

    def note(self, exemption: Exemption, told: str) -> None:
        """Record which reminder of an exemption's end was sent, unless the exemption was removed meanwhile."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_due_key(exemption),
                UpdateExpression="SET told = :told",
                ConditionExpression="attribute_exists(kind)",
                ExpressionAttributeValues={":told": {"S": told}},
            )
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            logger.info("removed meanwhile: %s", exemption.exemption_id)

    def _due(self, until: datetime | None) -> Iterator[Due]:
        for item in self._query(_DUE, until):
            try:
                yield Due(_exemption(item), item.get("told", {}).get("S", ""))
            except BadInput as error:
                logger.error("skipped: %s", error)  # noqa: TRY400 - the message is complete

    def _query(self, kind: str, before: datetime | None = None) -> Iterator[dict[str, Any]]:
        """``name`` is one of DynamoDB's reserved words."""
        bound = {"ExpressionAttributeNames": {"#name": "name"}} if before else {}
        values = {":kind": {"S": kind}} | ({":before": {"S": as_text(before)}} if before else {})
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="kind = :kind" + (" AND #name < :before" if before else ""),
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            **bound,
        )
        for page in pages:
            yield from page["Items"]

    def _swap(self, exemption: Exemption, what: dict[str, Any]) -> None:
        """Write an exemption (empty: remove it) together with its end, without losing a concurrent change."""
        key, due = _key(_kind(exemption.resource), exemption.exemption_id), _due_key(exemption)
        for _ in range(TRIES):
            earlier = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
            changes = [self._change(key, what, _unless_changed(earlier)), self._change(due, what)]
            if earlier and (outdated := _due_key(_exemption(earlier))) != due:
                changes.append(self._change(outdated, {}))
            if self._transact(changes):
                return
            time.sleep(random.uniform(0, SLOWEST_RETRY))  # noqa: S311 - jitter, so that colliding writers do not collide again
        raise Unreadable(f"{self._table}: {exemption.exemption_id} changes faster than it can be written")

    def _change(self, key: dict[str, Any], what: dict[str, Any], condition: dict[str, Any] | None = None) -> Any:
        target = {"TableName": self._table, **(condition or {})}
        return {"Put": target | {"Item": key | what}} if what else {"Delete": target | {"Key": key}}

    def _transact(self, changes: list[dict[str, Any]]) -> bool:
        """False if someone else wrote, or is writing, the same items."""
        try:
            self._client.transact_write_items(TransactItems=changes)
        except ClientError as error:
            if code(error) != "TransactionCanceledException":
                raise
            logger.info("reading and writing again: %s", error)
            return False
        return True


def _kind(resource: str) -> str:
    return f"exemption#{resource}"


def _key(kind: str, name: str) -> dict[str, Any]:
    return {"kind": {"S": kind}, "name": {"S": name}}


def _due_key(exemption: Exemption) -> dict[str, Any]:
    return _key(_DUE, f"{exemption.to_json()['until']}#{exemption.exemption_id}")


def _unless_changed(item: dict[str, Any] | None) -> dict[str, Any]:
    """The condition that an item has not changed since it was read; None: that it still does not exist."""
    if item is None:
        return {"ConditionExpression": "attribute_not_exists(kind)"}
    values = {":document": item["document"]}
    return {"ConditionExpression": "document = :document", "ExpressionAttributeValues": values}


def _what(exemption: Exemption) -> dict[str, Any]:
    document = exemption.to_json()
    expiry = datetime.fromisoformat(document["until"]) + KEPT_FOR
    return {"document": {"S": json.dumps(document)}, "expiresAt": {"N": str(int(expiry.timestamp()))}}


def _exemption(item: dict[str, Any]) -> Exemption:
    where = f"{item['kind']['S']} {item['name']['S']}"
    return Exemption.from_json(parsed(item.get("document", {}).get("S", ""), where), where)
