"""The findings in the remediation queue, and the AWS calls that would fix them.

SQS counts every receive toward maxReceiveCount. Each message is therefore received once, with a visibility timeout that
outlasts the command, and is returned to the queue at the end.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import Any

import yaml

from chalicelib.errors import AwsRefused, BadInput
from chalicelib.findings import AwsCall, Finding
from chalicelib.json_values import parsed
from ddaws.plan import Target
from ddaws.terminal import Cell, Terminal

HIDDEN_SECONDS = 30
PER_CALL = 10
WAIT_SECONDS = 1
"""Long polling asks all of SQS's servers; short polling may miss messages."""


@dataclass(frozen=True)
class Waiting:
    """One message.

    Attributes
    ----------
    finding : Finding or None
        The message's finding; None if it cannot be read, and `unreadable` gives the reason.
    receive_count, max_receive_count : int
        The receives so far, including this one, and those after which SQS moves it to the dead-letter queue.
    """

    body: str
    finding: Finding | None
    unreadable: str
    receive_count: int
    max_receive_count: int


@dataclass(frozen=True)
class Queue:
    """The messages that were read, and the numbers of the others.

    Attributes
    ----------
    not_looked_at, in_flight, delayed : int
        Beyond the limit; received by a coordinator or a remediator; and returned to the queue for a later retry.
    """

    name: str
    messages: tuple[Waiting, ...]
    not_looked_at: int
    in_flight: int
    delayed: int


def peek(target: Target, limit: int) -> Queue:
    """Receive up to `limit` messages once, and return them to the queue."""
    client, name = target.account.client("sqs"), target.stage.settings.remediation_queue
    url = _url(client, name)
    attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    max_receive_count = int(json.loads(attributes.get("RedrivePolicy", "{}")).get("maxReceiveCount", 0))
    received = list(_received(client, url, limit))
    _put_back(client, url, received)
    return Queue(
        name=name,
        messages=tuple(_read(message, max_receive_count) for message in received),
        not_looked_at=max(0, int(attributes["ApproximateNumberOfMessages"]) - len(received)),
        in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        delayed=int(attributes["ApproximateNumberOfMessagesDelayed"]),
    )


def _url(client: Any, name: str) -> str:
    try:
        return str(client.get_queue_url(QueueName=name)["QueueUrl"])
    except client.exceptions.QueueDoesNotExist as error:
        raise AwsRefused(f"There is no queue {name}.", "deploy the stage first (ddaws deploy).") from error


def _received(client: Any, url: str, limit: int) -> Iterator[Mapping[str, Any]]:
    left = limit
    while left:
        messages = client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(left, PER_CALL),
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        ).get("Messages", [])
        if not messages:
            return
        yield from messages
        left -= len(messages)


def _put_back(client: Any, url: str, received: list[Mapping[str, Any]]) -> None:
    for batch in batched(received, PER_CALL, strict=False):
        entries = [
            {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
            for number, message in enumerate(batch)
        ]
        client.change_message_visibility_batch(QueueUrl=url, Entries=entries)


def _read(message: Mapping[str, Any], max_receive_count: int) -> Waiting:
    finding, unreadable = None, ""
    try:
        finding = Finding.from_json(parsed(message["Body"]))
    except BadInput as error:
        unreadable = str(error)
    count = int(message["Attributes"]["ApproximateReceiveCount"])
    return Waiting(message["Body"], finding, unreadable, count, max_receive_count)


def to_json(queue: Queue) -> dict[str, Any]:
    """The queue as JSON."""
    return {
        "queue": queue.name,
        "notLookedAt": queue.not_looked_at,
        "inFlight": queue.in_flight,
        "delayed": queue.delayed,
        "messages": [
            {
                "receiveCount": message.receive_count,
                "maxReceiveCount": message.max_receive_count,
                **({"finding": message.finding.to_json()} if message.finding else {}),
                **({"unreadable": message.unreadable, "body": message.body} if message.unreadable else {}),
            }
            for message in queue.messages
        ],
    }


COLUMNS = (("Resource", 3), ("Violations", 3), ("Planned AWS calls", 5))


def show(queue: Queue, terminal: Terminal) -> None:
    """Print the messages as a table, and the numbers of the others."""
    if queue.messages:
        terminal.table(COLUMNS, map(_cells, queue.messages), title=queue.name)
    elif not queue.delayed:
        terminal.say(f"No message waits in {queue.name}.")
    if queue.not_looked_at:
        terminal.say(f"Not read because of --limit: {queue.not_looked_at}.")
    if queue.in_flight:
        terminal.say(f"In flight: {queue.in_flight}.")
    if queue.delayed:
        terminal.say(f"Delayed for a later retry: {queue.delayed}. The function's log gives the reason.")


def _cells(message: Waiting) -> tuple[Cell, Cell, Cell]:
    most = f" of {message.max_receive_count}" if message.max_receive_count else ""
    received = f"received {message.receive_count}{most} times"
    finding = message.finding
    if finding is None:
        return ("unreadable", received), message.unreadable, "SQS moves it to the dead-letter queue"
    resource = (
        finding.target_resource_id,
        finding.target_resource_type,
        f"{finding.aws_account_id} {finding.aws_region}",
        f"since {finding.detected_at}",
        received,
    )
    violations = [violation.reason for violation in finding.violations]
    steps = [line for step in finding.required_steps for line in as_lines(step)]
    return resource, violations, [*steps, *(f"Note: {note}" for note in finding.notes)]


def as_lines(step: AwsCall) -> list[str]:
    """An AWS call as lines of text: its name, and its parameters as YAML."""
    parameters = yaml.safe_dump(dict(step.parameters), default_flow_style=None, sort_keys=False, width=1000)
    return [f"{step.service}:{step.action}", *parameters.rstrip().splitlines()]
