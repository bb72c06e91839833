"""DynamoDB: the journal of one stage.

One table, keys ``remediationId`` and ``part`` (both S), TTL attribute ``expiresAt``::

    part               what
    record             the record: opening, closing (documents), delivery, told, undoneBy; attributes of the indexes
    call-<n>           an attempt (document)
    piece-<hash>-<n>   a piece of a document that is too large for its item

A record exists only if its item ``record`` exists, which is written last.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.errors import table_errors
from chalicelib.journal.codec import decoded, encoded
from chalicelib.journal.documents import Item, document, filed
from chalicelib.journal.record import Answer, Attempt, Closing, Opening, Record
from chalicelib.journal.summary import summary

KEPT_FOR = timedelta(days=400)
NOTHING: Item = {}
_RECORD, _CALL = "record", "call-"


@table_errors.about("the journal")
class Journal:
    """The table of one stage.

    Parameters
    ----------
    client
        boto3's DynamoDB client.
    table : str
        The table's name.

    Raises
    ------
    NotDeployed
        From every method: the table does not exist.
    Unreadable
        From every method: the table cannot be read or written; or another execution has written the same item.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, remediation_id: str) -> Record | None:
        """A record with all its attempts; None if it does not exist."""
        items = {item["part"]["S"]: item for item in self._items(remediation_id)}
        if _RECORD not in items:
            return None
        found = items[_RECORD]
        calls = sorted(part for part in items if part.startswith(_CALL))
        return Record(
            remediation_id=remediation_id,
            opened_at=found["openedAt"]["S"],
            delivery=found["delivery"]["S"],
            opening=decoded(Opening, document(found["opening"], items), f"{remediation_id}.opening"),
            attempts=tuple(decoded(Attempt, document(items[part]["call"], items), part) for part in calls),
            closing=decoded(Closing, document(found["closing"], items), f"{remediation_id}.closing")
            if "closing" in found
            else None,
            told=found["told"]["S"],
            undone_by=found["undoneBy"]["S"],
        )

    def open(self, record: Record) -> None:
        """Write a new record; it is already closed if nothing had to be changed."""
        expires = _expiry(record.opened_at)
        found = {
            "resource": {"S": record.resource},
            "day": {"S": record.opened_at[:10]},
            "openedAt": {"S": record.opened_at},
            "delivery": {"S": record.delivery},
            "told": {"S": record.told},
            "undoneBy": {"S": record.undone_by},
            "summary": _summary(record),
            "opening": self._filed(record, record.opening),
            "expiresAt": expires,
        }
        if record.closing:
            found["closing"] = self._filed(record, record.closing)
        self._put_new(_key(record.remediation_id, _RECORD) | found)

    def attempt(self, record: Record, attempt: Attempt) -> None:
        """Write that a call is about to be made."""
        self._put_new(
            _call_key(record, attempt) | {"call": self._filed(record, attempt), "expiresAt": _expiry(record.opened_at)}
        )

    def answer(self, record: Record, attempt: Attempt) -> None:
        """Write the result of an attempt; a guess that it had no effect never replaces another result."""
        is_guess = attempt.answer is Answer.WITHOUT_EFFECT
        known = {"call": filed(record.attempts[attempt.number])[0]} if is_guess else NOTHING
        self._update(_call_key(record, attempt), {"call": self._filed(record, attempt)}, known=known)

    def close(self, record: Record) -> None:
        """Write the closing of an open record."""
        changed = {"closing": self._filed(record, record.closing), "summary": _summary(record)}
        self._update(_key(record.remediation_id, _RECORD), changed)

    def reopen(self, record: Record) -> None:
        """Remove the closing of a record that another delivery tries again."""
        changed = {
            "delivery": {"S": record.delivery},
            "told": {"S": record.told},
            "summary": _summary(record),
            "opening": self._filed(record, record.opening),
        }
        self._update(_key(record.remediation_id, _RECORD), changed, removed=("closing",))

    def mark_told(self, record: Record) -> None:
        """Write the outcome that people were notified of."""
        self._update(_key(record.remediation_id, _RECORD), {"told": {"S": record.told}})

    def mark_undone(self, record: Record) -> None:
        """Write the undo that reverted a remediation."""
        changed = {"undoneBy": {"S": record.undone_by}, "summary": _summary(record)}
        self._update(_key(record.remediation_id, _RECORD), changed)

    def _items(self, remediation_id: str) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="remediationId = :id",
            ExpressionAttributeValues={":id": {"S": remediation_id}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]

    def _filed(self, record: Record, document: object) -> Item:
        """A document as an attribute; its pieces, if any, are written first."""
        attribute, pieces = filed(document)
        for part, content in pieces.items():
            item = {"content": {"B": content}, "expiresAt": _expiry(record.opened_at)}
            self._put(_key(record.remediation_id, part) | item)
        return attribute

    def _put_new(self, item: Item) -> None:
        """Put an item unless it exists: two executions on one record would overwrite each other's numbers."""
        self._put(item, ConditionExpression="attribute_not_exists(remediationId)")

    def _put(self, item: Item, **condition: str) -> None:
        self._client.put_item(TableName=self._table, Item=item, **condition)

    def _update(self, key: Item, changed: Item, removed: tuple[str, ...] = (), known: Item = NOTHING) -> None:
        """Change an existing item; refused if it differs from `known`, since somebody else has written it."""
        conditions = ("attribute_exists(remediationId)", *(f"#{name} = :_{name}" for name in known))
        names = {f"#{name}": name for name in (*changed, *removed)}
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changed)
        if removed:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in removed)
        self._client.update_item(
            TableName=self._table,
            Key=key,
            UpdateExpression=expression,
            ConditionExpression=" AND ".join(conditions),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={f":{name}": value for name, value in changed.items()}
            | {f":_{name}": value for name, value in known.items()},
        )


def _summary(record: Record) -> Item:
    return {"S": json.dumps(encoded(summary(record)))}


def _key(remediation_id: str, part: str) -> Item:
    return {"remediationId": {"S": remediation_id}, "part": {"S": part}}


def _call_key(record: Record, attempt: Attempt) -> Item:
    return _key(record.remediation_id, f"{_CALL}{attempt.number:04}")


def _expiry(opened_at: str) -> Item:
    return {"N": str(int((datetime.fromisoformat(opened_at) + KEPT_FOR).timestamp()))}
