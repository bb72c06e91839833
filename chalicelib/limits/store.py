"""DynamoDB: what holds a stage up, in its table of decisions.

Keys ``kind`` and ``name`` (both S)::

    kind      name     what
    control   pause    who, reason, since: somebody has stopped the stage
    control   slots    slots, letThrough, letThroughAt, told; version: of how often it was written
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
        What the stage allows in an hour.
    clock : callable
        Seconds since 1970.

    Raises
    ------
    NotDeployed
        From `paused` and from those that write: there is no such table.
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
        """Who has stopped the stage, and why; None where nobody has."""
        item = query_item(self._client, self._table, _PAUSE)
        return _pause(item) if item else None

    def pause(self, pause: Pause) -> Pause:
        """Stop the stage; the pause that stands then, which is an earlier one where there was one."""
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
        """Let the stage go on; the pause that has ended, None where there was none."""
        answer = self._client.delete_item(TableName=self._table, Key=_PAUSE, ReturnValues="ALL_OLD")
        return _pause(answer["Attributes"]) if answer.get("Attributes") else None

    def free(self) -> int | None:
        """How many slots there are; None where the stage has no table, and so no limit."""
        try:
            return self.ledger().free(self.limits, self._clock())
        except NotDeployed:
            return None

    def full(self) -> Refusal | None:
        """Why nobody gets a slot."""
        return self.ledger().full(self.limits, self._clock())

    def reserve(self, claims: Sequence[Claim]) -> dict[str, Refusal]:
        """Reserve a slot for each claim, in order; why not, by remediation id, for those that get none."""

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
        """Use a claim's slot; None where the stage has no table, and so no limit."""

        def used(ledger: Ledger, now: float) -> tuple[Ledger, Use | Refusal]:
            answer = ledger.use(claim, self.limits, now)
            return (ledger, answer) if isinstance(answer, Refusal) else answer

        try:
            return self._swap(used)
        except NotDeployed:
            return None

    def give_back(self, use: Use) -> None:
        """Undo a use of which nothing came."""
        self._swap(lambda ledger, now: (ledger.give_back(use, now), None))

    def release(self, claim: Claim) -> None:
        """Give a reservation back."""
        self._swap(lambda ledger, now: (ledger.release(claim, now), None))

    def is_news(self, refusal: Refusal) -> bool:
        """Whether a share that is used up was not for an hour, so that people should be told."""
        return self.ledger().is_news(refusal, self._clock())

    def note_told(self, refusal: Refusal) -> None:
        """Write down that a share was found to be used up, and that people know."""
        self._swap(lambda ledger, now: (ledger.found(refusal, now), None))

    def lift(self, more: int) -> None:
        """Forget what was used, and let `more` through for an hour."""
        self._swap(lambda ledger, now: (ledger.lift(more, now), None))

    def ledger(self) -> Ledger:
        """The slots of the stage."""
        return self._slots.read()

    def _swap[T](self, change: Callable[[Ledger, float], tuple[Ledger, T]]) -> T:
        return self._slots.swap(lambda ledger: change(ledger, self._clock()))


def _pause(item: dict[str, Any]) -> Pause:
    return Pause(item["who"]["S"], item["reason"]["S"], item["since"]["S"])
