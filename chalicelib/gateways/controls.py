"""DynamoDB: what holds a stage up, in its table of decisions.

Keys ``kind`` and ``name`` (both S)::

    kind      name     what
    control   pause    who, reason, since: somebody has stopped the stage
"""

import logging
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.errors import NotDeployed
from chalicelib.gateways.dynamodb import translated
from chalicelib.trust.pause import Pause

logger = logging.getLogger(__name__)

_CONTROL, _PAUSE = "control", "pause"


class Controls:
    """The controls of one stage.

    Parameters
    ----------
    client
        boto3's DynamoDB client.
    table : str
        The table's name.

    Raises
    ------
    AwsRefused
        From every method: our role may not use the table.
    NotDeployed
        From those that write: there is no such table.
    NotDone
        From every method: anything else that may be over later.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def paused(self) -> Pause | None:
        """Who has stopped the stage, and why; None where nobody has, or where the stage has no table for it."""
        try:
            items = self._items(_CONTROL)
        except NotDeployed as error:
            logger.warning("nothing can hold this stage up, neither a pause nor a limit: %s", error)
            return None
        return next((_pause(item) for item in items if item["name"]["S"] == _PAUSE), None)

    def pause(self, pause: Pause) -> Pause:
        """Stop the stage; the pause that stands then, which is an earlier one where there was one."""
        told = {"who": {"S": pause.who}, "reason": {"S": pause.reason}, "since": {"S": pause.since}}
        try:
            with translated():
                self._client.put_item(
                    TableName=self._table,
                    Item=_key(_CONTROL, _PAUSE) | told,
                    ConditionExpression="attribute_not_exists(#name)",
                    ExpressionAttributeNames={"#name": "name"},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            return _pause(error.response["Item"])
        return pause

    def end_pause(self) -> Pause | None:
        """Let the stage go on; the pause that has ended, None where there was none."""
        with translated():
            answer = self._client.delete_item(TableName=self._table, Key=_key(_CONTROL, _PAUSE), ReturnValues="ALL_OLD")
        return _pause(answer["Attributes"]) if answer.get("Attributes") else None

    def _items(self, kind: str) -> list[dict[str, Any]]:
        with translated():
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="kind = :kind",
                ExpressionAttributeValues={":kind": {"S": kind}},
                ConsistentRead=True,
            )
            return [item for page in pages for item in page["Items"]]


def _key(kind: str, name: str) -> dict[str, Any]:
    return {"kind": {"S": kind}, "name": {"S": name}}


def _pause(item: dict[str, Any]) -> Pause:
    return Pause(item["who"]["S"], item["reason"]["S"], item["since"]["S"])
