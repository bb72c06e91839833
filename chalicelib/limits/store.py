"""DynamoDB: the pause and the slots of a stage, in its table of decisions.

Keys ``kind`` and ``name`` (both S)::

    kind      name     what
    control   pause    who, reason, since: the stage is paused
    control   slots    slots, letThrough, letThroughAt, told; version: the number of writes
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.dynamodb import CONDITION_FAILED, SwappedItem, query_item
from chalicelib.aws.errors import code, table_errors
from chalicelib.errors import NotDeployed
from chalicelib.limits import ledger_json
from chalicelib.limits.limits import Claim, Ledger, Limits, Refusal, Use
from chalicelib.limits.pause import Pause

_PAUSE = {"kind": {"S": "control"}, "name": {"S": "pause"}}


@table_errors
class Controls:
    """The controls of one stage.

    Parameters
    ----------
    client
        boto3's DynamoDB client.
    table : str
        The table's name.
    limits : Limits
        The stage's limits.
    clock : callable
        Seconds since 1970.

    Raises
    ------
    NotDeployed
        From `paused` and the methods that write: the table does not exist.
    Unreadable
        From every method: the table cannot be read or written now.
    """

    def __init__(self, client: Any, table: str, limits: Limits, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self.limits = limits
        self._clock = clock
        self._slots = SwappedItem(client, table, ("control", "slots"), ledger_json, Ledger())

    def paused(self) -> Pause | None:
        """The pause of the stage; None if it is not paused."""
        item = query_item(self._client, self._table, _PAUSE)
        return _pause(item) if item else None

    def pause(self, pause: Pause) -> Pause:
        """Pause the stage; the pause now in force, which is an earlier one if there was one."""
        told = {"who": {"S": pause.who}, "reason": {"S": pause.reason}, "since": {"S": pause.since}}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_PAUSE | told,
                ConditionExpression="attribute_not_exists(#name)",
                ExpressionAttributeNames={"#name": "name"},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            return _pause(error.response["Item"])
        return pause

    def end_pause(self) -> Pause | None:
        """Resume the stage; the pause that has ended, None if there was none."""
        answer = self._client.delete_item(TableName=self._table, Key=_PAUSE, ReturnValues="ALL_OLD")
        return _pause(answer["Attributes"]) if answer.get("Attributes") else None

    def free(self) -> int | None:
        """The number of free slots; None if the stage has no table and therefore no limit."""
        try:
            return self.ledger().free(self.limits, self._clock())
        except NotDeployed:
            return None

    def full(self) -> Refusal | None:
        """Why no claim gets a slot; None if there are free slots."""
        return self.ledger().full(self.limits, self._clock())

    def reserve(self, claims: Sequence[Claim]) -> dict[str, Refusal]:
        """Reserve a slot for each claim, in order; the refusals of those that get none, by remediation ID."""

        def reserved(ledger: Ledger, now: float) -> tuple[Ledger, dict[str, Refusal]]:
            refused: dict[str, Refusal] = {}
            for claim in claims:
                answer = ledger.reserve(claim, self.limits, now)
                if isinstance(answer, Refusal):
                    refused[claim.remediation_id] = answer
                else:
                    ledger = answer
            return ledger, refused

        try:
            return self._swap(reserved)
        except NotDeployed:
            return {}

    def use(self, claim: Claim) -> Use | Refusal | None:
        """Use a claim's slot; None if the stage has no table and therefore no limit."""

        def used(ledger: Ledger, now: float) -> tuple[Ledger, Use | Refusal]:
            answer = ledger.use(claim, self.limits, now)
            return (ledger, answer) if isinstance(answer, Refusal) else answer

        try:
            return self._swap(used)
        except NotDeployed:
            return None

    def give_back(self, use: Use) -> None:
        """Undo a use that led to no change."""
        self._swap(lambda ledger, now: (ledger.give_back(use, now), None))

    def release(self, claim: Claim) -> None:
        """Give a reservation back."""
        self._swap(lambda ledger, now: (ledger.release(claim, now), None))

    def is_news(self, refusal: Refusal) -> bool:
        """Whether people should be notified: the source was not found at its limit within the last hour."""
        return self.ledger().is_news(refusal, self._clock())

    def note_told(self, refusal: Refusal) -> None:
        """Record that a source was found at its limit, and that people were notified."""
        self._swap(lambda ledger, now: (ledger.found(refusal, now), None))

    def lift(self, more: int) -> None:
        """Remove the used slots, and allow `more` changes for an hour."""
        self._swap(lambda ledger, now: (ledger.lift(more, now), None))

    def ledger(self) -> Ledger:
        """The slots of the stage."""
        return self._slots.read()

    def _swap[T](self, change: Callable[[Ledger, float], tuple[Ledger, T]]) -> T:
        return self._slots.swap(lambda ledger: change(ledger, self._clock()))


def _pause(item: dict[str, Any]) -> Pause:
    return Pause(item["who"]["S"], item["reason"]["S"], item["since"]["S"])
