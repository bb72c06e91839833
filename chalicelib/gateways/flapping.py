"""DynamoDB: what was fixed how often, in a stage's table of decisions.

Keys ``kind`` and ``name`` (both S), TTL attribute ``expiresAt``::

    kind   name                                          what
    flap   <account>/<region>/<type>/<id>#<violation>    reason, fixes, decidedAt, remindedAt; version
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.errors import NotDeployed
from chalicelib.gateways.dynamodb import SwappedItem, query_kind
from chalicelib.trust.flapping import History

KIND = "flap"


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
    AwsRefused
        From every method: our role may not use the table.
    Unreadable
        From every method: anything else that may be over later.
    """

    def __init__(self, client: Any, table: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def fixed(self, resource: str, key: str, reason: str, remediation_id: str) -> None:
        """Write down that a violation of a resource was fixed."""
        now = self._clock()
        self._item(resource, key).swap(lambda history: (history.fixed(remediation_id, reason, now), None))

    def fights(self, resource: str) -> Mapping[str, History]:
        """The violations of a resource that are fought about now, by their keys; none where there is no table."""
        try:
            found = self._histories(f"{resource}#")
        except NotDeployed:
            return {}
        return {name.rpartition("#")[2]: history for name, history in found.items()}

    def everything(self) -> Mapping[tuple[str, str], History]:
        """What is fought about in the stage, by resource and violation."""
        parted = {name.rpartition("#"): history for name, history in self._histories("").items()}
        return {(resource, key): history for (resource, _, key), history in parted.items()}

    def is_reminder_due(self, resource: str, key: str) -> bool:
        """Whether people are to be told of a fight now; true for one caller an hour."""
        now = self._clock()
        return self._item(resource, key).swap(lambda history: history.reminded(now))

    def decide(self, resource: str, key: str) -> None:
        """Let it go on: what was before counts no more."""
        now = self._clock()
        self._item(resource, key).swap(lambda history: (history.decided(now), None))

    def _item(self, resource: str, key: str) -> SwappedItem[History]:
        return SwappedItem(self._client, self._table, (KIND, f"{resource}#{key}"), _Codec, History())

    def _histories(self, start: str) -> dict[str, History]:
        found = query_kind(self._client, self._table, KIND, start)
        histories = {item["name"]["S"]: _Codec.from_item(item) for item in found}
        return {name: history for name, history in histories.items() if history.is_fought_about(self._clock())}


class _Codec:
    """A history as an item's attributes."""

    @staticmethod
    def to_item(history: History) -> dict[str, Any]:
        return {
            "reason": {"S": history.reason},
            "fixes": {"S": json.dumps(dict(history.fixes))},
            "decidedAt": {"N": repr(history.decided_at)},
            "remindedAt": {"N": repr(history.reminded_at)},
            "expiresAt": {"N": str(int(history.forgotten_at))},
        }

    @staticmethod
    def from_item(item: dict[str, Any]) -> History:
        return History(
            item["reason"]["S"],
            json.loads(item["fixes"]["S"]),
            float(item["decidedAt"]["N"]),
            float(item["remindedAt"]["N"]),
        )
