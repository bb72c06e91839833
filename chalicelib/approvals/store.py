"""DynamoDB: holds, in the journal of one stage.

In the journal's table (keys ``remediationId`` and ``part``, TTL attribute ``expiresAt``)::

    remediationId   part               what
    w-<hash>        hold, hold-<n>     hold (document), version; for the index: waiting and dueAt
    w-<hash>        piece-<hash>-<n>   a piece of a document that is too large for its item

The index ``by-due`` finds them by ``waiting``: ``due`` if the finding is queued again at ``dueAt``, else the hold's
state.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.approvals.holds import IS_DUE, LISTED, Hold
from chalicelib.aws.dynamodb import CONDITION_FAILED
from chalicelib.aws.errors import code, table_errors
from chalicelib.errors import Unreadable
from chalicelib.exemptions.exemptions import as_text
from chalicelib.journal.codec import decoded
from chalicelib.journal.documents import Item, document, filed

KEPT_FOR = timedelta(days=30)
"""How long a hold is kept after it was last written; the daily evaluation writes it again if the violation is still
found."""
TRIES = 5
_HOLD, _DUE = "hold", "due"


@table_errors
class Holds:
    """The holds of one stage.

    Parameters
    ----------
    client
        boto3's DynamoDB client.
    table : str
        The name of the journal's table.

    Raises
    ------
    NotDeployed, Unreadable
        From every method: the table does not exist; it cannot be read or written now.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, hold_id: str) -> Hold | None:
        """The current hold; None if it does not exist."""
        return self._read(hold_id)[0]

    def of(self, hold_id: str) -> tuple[Hold, ...]:
        """All holds of the resource and Config rule of the hold `hold_id`."""
        items = self._items(hold_id)
        return tuple(_hold(items, part) for part in items if part.partition("-")[0] == _HOLD)

    def change[T](self, hold_id: str, change: Callable[[Hold | None], Hold | None], now: datetime) -> Hold | None:
        """Write the hold that `change` returns, again if somebody else writes it; None leaves the hold unchanged.

        Returns
        -------
        Hold or None
            The hold that was written.
        """
        for _ in range(TRIES):
            before, version = self._read(hold_id)
            after = change(before)
            if after is None or after == before or self._write(after, version, now):
                return after
        raise Unreadable(f"{self._table}: {hold_id} changes faster than it can be written")

    def due(self, now: datetime) -> Iterator[str]:
        """The IDs of the holds that are due, the oldest first."""
        yield from self._find(_DUE, until=as_text(now))

    def waiting(self) -> Iterator[Hold]:
        """All holds that wait or were rejected."""
        for name in dict.fromkeys(_found_as(state) for state in LISTED):
            for hold_id in self._find(name):
                if hold := self.read(hold_id):
                    yield hold

    def _read(self, hold_id: str) -> tuple[Hold | None, int]:
        items, part = self._items(hold_id), _part(hold_id)
        return (_hold(items, part), int(items[part]["version"]["N"])) if part in items else (None, 0)

    def _items(self, hold_id: str) -> dict[str, Item]:
        """All items of the resource and Config rule, by part."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="remediationId = :id",
            ExpressionAttributeValues={":id": {"S": _first(hold_id)}},
            ConsistentRead=True,
        )
        return {item["part"]["S"]: item for page in pages for item in page["Items"]}

    def _write(self, hold: Hold, version: int, now: datetime) -> bool:
        """Whether it was written; False if the version is no longer `version`."""
        expires = {"N": str(int((now + KEPT_FOR).timestamp()))}
        attribute, pieces = filed(hold)
        for part, content in pieces.items():
            piece = {"content": {"B": content}, "expiresAt": expires}
            self._client.put_item(TableName=self._table, Item=_key(_first(hold.hold_id), part) | piece)
        found = {
            "hold": attribute,
            "version": {"N": str(version + 1)},
            "waiting": {"S": _found_as(hold.state)},
            "dueAt": {"S": hold.due_at},
            "expiresAt": expires,
        }
        return self._put(_key(_first(hold.hold_id), _part(hold.hold_id)) | found, version)

    def _put(self, item: Item, version: int) -> bool:
        condition = "version = :version" if version else "attribute_not_exists(version)"
        values = {"ExpressionAttributeValues": {":version": {"N": str(version)}}} if version else {}
        try:
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression=condition, **values)
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            return False
        return True

    def _find(self, name: str, until: str = "") -> Iterator[str]:
        bound = {":until": {"S": until}} if until else {}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by-due",
            KeyConditionExpression="waiting = :name" + (" AND dueAt <= :until" if until else ""),
            ExpressionAttributeValues={":name": {"S": name}, **bound},
        )
        for page in pages:
            yield from (_id(item["remediationId"]["S"], item["part"]["S"]) for item in page["Items"])


def _hold(items: Mapping[str, Item], part: str) -> Hold:
    return decoded(Hold, document(items[part]["hold"], items), part)


def _first(hold_id: str) -> str:
    """The ID of the first hold of the same resource and Config rule: `w-<hash>` of `w-<hash>-2`."""
    return "-".join(hold_id.split("-")[:2])


def _part(hold_id: str) -> str:
    """`hold-2` of `w-<hash>-2`; `hold` of the first one."""
    return _HOLD + hold_id.removeprefix(_first(hold_id))


def _id(first: str, part: str) -> str:
    return first + part.removeprefix(_HOLD)


def _found_as(state: str) -> str:
    return _DUE if state in IS_DUE else state


def _key(hold_id: str, part: str) -> Item:
    return {"remediationId": {"S": hold_id}, "part": {"S": part}}
