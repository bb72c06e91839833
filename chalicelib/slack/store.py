"""DynamoDB: the threads that incidents have in Slack.

One table, keys ``resource`` and ``rule`` (both S), TTL attribute ``expiresAt``. ``threads`` is a list of maps, oldest
thread first, and each write compares ``version``. A thread's ``said`` and ``saidBy`` are hashes, separated by spaces:
the messages that were posted, and their deliveries.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.dynamodb import CONDITION_FAILED
from chalicelib.aws.errors import code, table_errors
from chalicelib.slack.incidents import Claim, Incident, Place, Thread

KEPT_FOR = timedelta(days=400)
"""As long as the journal keeps what an undo needs, because an undo belongs to the thread of its remediation."""


@table_errors
class Incidents:
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

    def read(self, incident: Incident) -> tuple[tuple[Thread, ...], int]:
        """The threads of the incident's resource and rule, and their version: 0 if there are none."""
        answer = self._client.get_item(TableName=self._table, Key=_key(incident), ConsistentRead=True)
        item = answer.get("Item")
        if item is None:
            return (), 0
        return tuple(_thread(each["M"]) for each in item["threads"]["L"]), int(item["version"]["N"])

    def write(self, incident: Incident, threads: Sequence[Thread], version: int) -> bool:
        """Write them if they are still at `version`; return whether they were written."""
        expires = datetime.now(UTC) + KEPT_FOR
        item = _key(incident) | {
            "threads": {"L": [{"M": _attributes(thread)} for thread in threads]},
            "version": {"N": str(version + 1)},
            "expiresAt": {"N": str(int(expires.timestamp()))},
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="#version = :version OR (attribute_not_exists(#version) AND :version = :none)",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={":version": {"N": str(version)}, ":none": {"N": "0"}},
            )
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            return False
        return True


def _key(incident: Incident) -> dict[str, Any]:
    return {"resource": {"S": incident.resource}, "rule": {"S": incident.rule}}


def _attributes(thread: Thread) -> dict[str, Any]:
    """The known fields of a thread, each as a string."""
    texts = {
        "began": thread.began.isoformat(),
        "nonCompliantAt": thread.non_compliant_at and thread.non_compliant_at.isoformat(),
        "cleared": thread.cleared and thread.cleared.isoformat(),
        "channel": thread.place and thread.place.channel,
        "ts": thread.place and thread.place.ts,
        "first": thread.first,
        "resolved": thread.resolved and thread.resolved.isoformat(),
        "claimedBy": thread.claim and thread.claim.holder,
        "claimedUntil": thread.claim and thread.claim.until.isoformat(),
        "said": " ".join(thread.said),
        "saidBy": " ".join(thread.said.values()),
    }
    return {name: {"S": text} for name, text in texts.items() if text}


def _thread(attributes: Mapping[str, Any]) -> Thread:
    told = {name: value["S"] for name, value in attributes.items()}
    return Thread(
        began=datetime.fromisoformat(told["began"]),
        non_compliant_at=datetime.fromisoformat(told["nonCompliantAt"]) if "nonCompliantAt" in told else None,
        cleared=datetime.fromisoformat(told["cleared"]) if "cleared" in told else None,
        place=Place(told["channel"], told["ts"]) if "ts" in told else None,
        claim=Claim(told["claimedBy"], datetime.fromisoformat(told["claimedUntil"])) if "claimedBy" in told else None,
        first=told.get("first", ""),
        resolved=datetime.fromisoformat(told["resolved"]) if "resolved" in told else None,
        said=dict(zip(told.get("said", "").split(), told.get("saidBy", "").split(), strict=False)),
    )
