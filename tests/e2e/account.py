"""Reads the account for the chapters."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.slack.messages import Kind
from sandbox import Sandbox
from sandbox.environment import ACCOUNT_ID, REGION
from sandbox.project import STAGE
from sandbox.slack.posts import Post

REMEDIATION = f"dd-aws-{STAGE}-remediation"
WORK_QUEUES = (f"dd-aws-{STAGE}-remediate-security-group", f"dd-aws-{STAGE}-remediate-s3-bucket")
TOPIC = f"dd-aws-{STAGE}-notifications"
RATE_TABLE = f"dd-aws-{STAGE}-notification-rate"
COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)

TICK = {
    "version": "0",
    "id": "0",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": ACCOUNT_ID,
    "time": "2026-11-05T03:12:00Z",
    "region": REGION,
    "resources": [],
    "detail": {},
}
"""What EventBridge sends to the coordinator, as its schedule says."""


def function(name: str) -> str:
    """A function's name on Lambda; its role has the same."""
    return f"dd-aws-{STAGE}-{name}"


def functions(box: Sandbox) -> dict[str, Any]:
    """The deployed functions' configurations, by name in the app."""
    found = box.client("lambda").list_functions()["Functions"]
    return {each["FunctionName"].removeprefix(function("")): each for each in found}


def schedules(box: Sandbox) -> list[str]:
    """EventBridge's rules that run by the clock."""
    rules = box.client("events").list_rules()["Rules"]
    return [f"{rule['Name']} {rule['ScheduleExpression']}" for rule in rules if rule.get("ScheduleExpression")]


def depth(box: Sandbox, queue: str) -> int:
    """How many messages are in a queue, hidden and delayed ones included."""
    client = box.client("sqs")
    url = client.get_queue_url(QueueName=queue)["QueueUrl"]
    attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=COUNTS)["Attributes"]
    return sum(map(int, attributes.values()))


@dataclass(frozen=True)
class Letter:
    """A message in a dead-letter queue and its reason attribute; empty if Lambda sent the message."""

    body: str
    reason: str


def letters(box: Sandbox, queue: str) -> list[Letter]:
    """The messages in a dead-letter queue; receives do not count, since it has no dead-letter queue itself."""
    client = box.client("sqs")
    answer = client.receive_message(
        QueueUrl=client.get_queue_url(QueueName=queue)["QueueUrl"],
        MaxNumberOfMessages=10,
        VisibilityTimeout=0,
        MessageAttributeNames=["All"],
    )
    return [
        Letter(each["Body"], each.get("MessageAttributes", {}).get("reason", {}).get("StringValue", ""))
        for each in answer.get("Messages", [])
    ]


def send(box: Sandbox, queue: str, body: object) -> None:
    """Put a message into a queue; what is no text goes as JSON."""
    client = box.client("sqs")
    text = body if isinstance(body, str) else json.dumps(body)
    client.send_message(QueueUrl=client.get_queue_url(QueueName=queue)["QueueUrl"], MessageBody=text)


def invoke(box: Sandbox, name: str, event: object, *, kind: str = "RequestResponse") -> str:
    """Invoke a function; return Lambda's function error; empty if none, or if the invocation is asynchronous."""
    answer = box.client("lambda").invoke(
        FunctionName=function(name), InvocationType=kind, Payload=json.dumps(event).encode()
    )
    return str(answer.get("FunctionError", ""))


def texts(box: Sandbox) -> list[str]:
    """What the Slack channel has been told, in plain text: each message, and each line of a digest."""
    return texts_of(box.slack.messages())


def texts_of(posts: Iterable[Post]) -> list[str]:
    """The plain text of each message, and of each line of a digest."""
    return [text for post in posts for text in (post.text, *_lines(post))]


def _lines(post: Post) -> Iterator[str]:
    """A digest's lines, each as it would have been told by itself: their title says of which kind they are."""
    for block in post.payload.get("blocks", ()):
        title, *lines = block.get("text", {}).get("text", "").split("\n")
        emoji, _, counted = title.strip("*").partition(" ")
        for kind in Kind:
            if emoji == kind.emoji and counted.partition(" ")[2] in (kind.singular, kind.plural):
                yield from (f"{kind.emoji} {kind.title}: {line.removeprefix('• ')}" for line in lines)


def telling(told: Sequence[str], kind: str, resource_id: str) -> list[str]:
    """Those of the messages that are of a kind (``Fixed``) and about a resource."""
    return [text for text in told if f" {kind}: " in text and f" {resource_id} " in text]
