"""SQS: the remediation queue, the work queues and their dead-letter queues."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from chalicelib.aws.errors import queue_errors
from chalicelib.errors import DdAwsError, NotDone

BATCH = 10
BATCH_BYTES = 1_000_000
"""The limit of an SQS batch is ten entries and 1 MiB; the rest of that MiB is reserved for the entries' overhead."""

LONGEST_DELAY = 900
"""SQS's limit, in seconds."""

_UNSENDABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GONE = frozenset({"ReceiptHandleIsInvalid", "InvalidParameterValue", "AWS.SimpleQueueService.MessageNotInflight"})


@dataclass(frozen=True)
class Received:
    """A received message: its ID, its receipt handle, its body, and its receive count."""

    message_id: str
    receipt_handle: str
    body: str
    receive_count: int


@queue_errors
class Queues:
    """Queues by name.

    Parameters
    ----------
    client
        boto3's SQS client.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._urls: dict[str, str] = {}

    def url(self, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = str(self._client.get_queue_url(QueueName=name)["QueueUrl"])
        return self._urls[name]

    def send(self, name: str, body: str, attributes: Mapping[str, str] | None = None, delay: int = 0) -> None:
        """Send one message, which becomes visible after `delay` seconds, with string `attributes`.

        Characters that SQS does not accept are replaced in the body, and a body that is too long is cut.
        """
        self._client.send_message(
            QueueUrl=self.url(name),
            MessageBody=_taken(body),
            DelaySeconds=min(delay, LONGEST_DELAY),
            MessageAttributes={
                key: {"DataType": "String", "StringValue": value} for key, value in (attributes or {}).items()
            },
        )

    def send_all(self, name: str, bodies: Sequence[str]) -> dict[int, DdAwsError]:
        """Send messages in as few calls as SQS allows; return the error, by index, of each that SQS did not accept.

        A call that fails does not prevent the next call.
        """
        refused: dict[int, DdAwsError] = {}
        for batch in batches(bodies):
            entries = [{"Id": str(index), "MessageBody": bodies[index]} for index in batch]
            try:
                with queue_errors:
                    answer = self._client.send_message_batch(QueueUrl=self.url(name), Entries=entries)
            except DdAwsError as error:
                refused.update(dict.fromkeys(batch, error))
                continue
            for entry in answer.get("Failed", []):
                said = f"SQS did not accept it: {entry['Code']}: {entry.get('Message', '')}"
                refused[int(entry["Id"])] = NotDone(said)
        return refused

    def receive(self, name: str, visibility: int, wait: int, most: int = BATCH) -> list[Received]:
        """At most `most` messages (ten or fewer), with a visibility timeout of `visibility` seconds; long-polls."""
        answer = self._client.receive_message(
            QueueUrl=self.url(name),
            MaxNumberOfMessages=most,
            VisibilityTimeout=visibility,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [
            Received(m["MessageId"], m["ReceiptHandle"], m["Body"], int(m["Attributes"]["ApproximateReceiveCount"]))
            for m in answer.get("Messages", [])
        ]

    def hide(self, name: str, receipt_handles: Sequence[str], seconds: int) -> None:
        """Set the visibility timeout of messages to `seconds`. A message that no longer exists is no error."""
        for start in range(0, len(receipt_handles), BATCH):
            self._client.change_message_visibility_batch(
                QueueUrl=self.url(name),
                Entries=[
                    {"Id": str(index), "ReceiptHandle": handle, "VisibilityTimeout": seconds}
                    for index, handle in enumerate(receipt_handles[start : start + BATCH])
                ],
            )

    def delete(self, name: str, receipt_handles: Sequence[str]) -> None:
        """Delete messages, ten per call. A missing message is no error; NotDone if SQS does not delete one."""
        kept: list[str] = []
        for batch in batched(receipt_handles, BATCH, strict=False):
            entries = [{"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(batch)]
            answer = self._client.delete_message_batch(QueueUrl=self.url(name), Entries=entries)
            kept += [f["Code"] for f in answer.get("Failed", []) if f["Code"] not in _GONE]
        if kept:
            raise NotDone(f"{name}: SQS did not delete {len(kept)} messages: {', '.join(sorted(set(kept)))}")

    def backlog(self, name: str) -> int:
        """The approximate number of messages in a queue that are visible or in flight."""
        return self._counted(name, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")

    def waiting(self, name: str) -> int:
        """The approximate number of messages in a queue that are visible or delayed."""
        return self._counted(name, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed")

    def _counted(self, name: str, *attributes: str) -> int:
        answer = self._client.get_queue_attributes(QueueUrl=self.url(name), AttributeNames=list(attributes))
        return sum(int(answer["Attributes"][each]) for each in attributes)


def _taken(body: str) -> str:
    """`body`, limited to the characters (API Reference, SendMessage) and the length that SQS accepts."""
    whole = _UNSENDABLE.sub("\ufffd", body)
    return whole.encode()[:BATCH_BYTES].decode(errors="ignore") or " "


def batches(bodies: Sequence[str]) -> Iterator[list[int]]:
    """Indexes of `bodies` in runs that fit one SQS batch.

    Examples
    --------
    >>> list(batches(["a"] * 12))
    [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [10, 11]]
    """
    batch: list[int] = []
    size = 0
    for index, body in enumerate(bodies):
        length = len(json.dumps(body))
        if batch and (len(batch) == BATCH or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(index)
        size += length
    if batch:
        yield batch
