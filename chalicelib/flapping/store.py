"""DynamoDB: the histories of violations, in a stage's table of decisions.

Keys ``kind`` and ``name`` (both S), TTL attribute ``expiresAt``::

    kind   name                                          what
    flap   <account>/<region>/<type>/<id>#<violation>    reason, fixes, decidedAt, remindedAt, foundAt; version
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.aws.dynamodb import SwappedItem, query_kind
from chalicelib.aws.errors import table_errors
from chalicelib.errors import NotDeployed
from chalicelib.flapping.flapping import History, Known

KIND = "flap"


@table_errors
class FlapHistories:
    """The histories of one stage's violations.

    Parameters
    ----------
    client
        boto3's DynamoDB client.
    table : str
        The table's name.
    clock : callable
        Seconds since 1970.

    Raises
    ------
    Unreadable
        From every method: the table cannot be read or written now.
    """

    def __init__(self, client: Any, table: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def fixed(self, resource: str, key: str, reason: str, remediation_id: str) -> None:
        """Record that a violation of a resource was fixed."""
        now = self._clock()
        self._item(resource, key).swap(lambda history: (history.fixed(remediation_id, reason, now), None))

    def known(self, resource: str) -> Known:
        """The histories of a resource's violations; none if there is no table."""
        try:
            found = self._histories(f"{resource}#")
        except NotDeployed:
            found = {}
        return Known({name.rpartition("#")[2]: history for name, history in found.items()}, self._clock())

    def found(self, resource: str, key: str, reason: str) -> None:
        """Record that a violation was found together with one that had been fixed before."""
        now = self._clock()
        self._item(resource, key).swap(lambda history: (history.found(reason, now), None))

    def everything(self) -> Mapping[tuple[str, str], History]:
        """All flapping violations of the stage, by resource and violation."""
        parted = {name.rpartition("#"): history for name, history in self._histories("").items()}
        now = self._clock()
        return {(name, key): history for (name, _, key), history in parted.items() if history.is_flapping(now)}

    def note_told(self, resource: str, key: str) -> None:
        """Record that people were notified that it is flapping."""
        now = self._clock()
        self._item(resource, key).swap(lambda history: (history.reminded(now), None))

    def decide(self, resource: str, key: str) -> None:
        """Resume the fixes: earlier ones do not count."""
        now = self._clock()
        self._item(resource, key).swap(lambda history: (history.decided(now), None))

    def _item(self, resource: str, key: str) -> SwappedItem[History]:
        return SwappedItem(self._client, self._table, (KIND, f"{resource}#{key}"), _Codec, History())

    def _histories(self, start: str) -> dict[str, History]:
        found = query_kind(self._client, self._table, KIND, start)
        return {item["name"]["S"]: _Codec.from_item(item) for item in found}


class _Codec:
    """A history as an item's attributes."""

    @staticmethod
    def to_item(history: History) -> dict[str, Any]:
        return {
            "reason": {"S": history.reason},
            "fixes": {"S": json.dumps(dict(history.fixes))},
            "decidedAt": {"N": repr(history.decided_at)},
            "remindedAt": {"N": repr(history.reminded_at)},
            "foundAt": {"N": repr(history.found_at)},
            "expiresAt": {"N": str(int(history.forgotten_at))},
        }

    @staticmethod
    def from_item(item: dict[str, Any]) -> History:
        return History(
            item["reason"]["S"],
            json.loads(item["fixes"]["S"]),
            float(item["decidedAt"]["N"]),
            float(item["remindedAt"]["N"]),
            float(item["foundAt"]["N"]),
        )
