"""A moto account with the stage's queues and topic; a queue receives the topic's notifications."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.journal.store import Journal
from chalicelib.rules import live
from chalicelib.settings import Settings, dead_letter
from tests.tables import create_table

REGION = "eu-west-1"
ACCOUNT = "123456789012"
SETTINGS = Settings.from_environment()


class Account:
    """Clients of the account, and helpers for tests."""

    def __init__(self) -> None:
        self.ec2, self.s3, self.s3control, self.sqs, self.sns, self.config = (
            boto3.client(name, region_name=REGION) for name in ("ec2", "s3", "s3control", "sqs", "sns", "config")
        )
        self.dynamodb, self.ssm = (boto3.client(name, region_name=REGION) for name in ("dynamodb", "ssm"))

    def create_tables(self) -> Journal:
        """Create the journal and the table of decisions; without them, the stage is one deployed without tables."""
        for table in (SETTINGS.journal_table, SETTINGS.trust_table):
            create_table(self.dynamodb, table, SETTINGS.stage)
        return Journal(self.dynamodb, SETTINGS.journal_table)

    def group(self, name: str) -> str:
        """The id of a new security group without inbound rules."""
        return str(self.ec2.create_security_group(GroupName=name, Description="a test")["GroupId"])

    def prefix_list(self, *cidrs: str) -> str:
        """The id of a new prefix list of IPv4 ranges."""
        made = self.ec2.create_managed_prefix_list(
            PrefixListName="a-list", MaxEntries=10, AddressFamily="IPv4", Entries=[{"Cidr": cidr} for cidr in cidrs]
        )
        return str(made["PrefixList"]["PrefixListId"])

    def send(self, queue: str, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.url(queue), MessageBody=body)

    def url(self, queue: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=queue)["QueueUrl"])

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Receive and delete all visible messages of a queue."""
        url = self.url(queue)
        found: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        ).get("Messages"):
            found += batch
        return found

    def bodies(self, queue: str) -> list[Any]:
        return [json.loads(message["Body"]) for message in self.messages(queue)]

    def notifications(self) -> list[dict[str, Any]]:
        return [json.loads(envelope["Message"]) for envelope in self.bodies("notifications")]

    def waiting(self, queue: str) -> int:
        """The number of messages in a queue, visible or not."""
        url = self.url(queue)
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(answer["ApproximateNumberOfMessages"]) + int(answer["ApproximateNumberOfMessagesNotVisible"])

    def work(self, remediator: str) -> dict[str, Any]:
        """The SQS event that Lambda would build from the work queue's messages."""
        return {"Records": [_record(message) for message in self.messages(SETTINGS.work_queue(remediator))]}


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
    }


@pytest.fixture(scope="session")
def clients() -> Account:
    """Clients, created once: to create one takes far longer than to use it."""
    return Account()


@contextmanager
def stage_of(made: Account) -> Iterator[Account]:
    """An account with only the stage's queues and topic."""
    with mock_aws():
        sources = [
            SETTINGS.remediation_queue,
            *map(SETTINGS.work_queue, ("remediate_security_group", "remediate_s3_bucket")),
        ]
        for queue in (*sources, *map(dead_letter, sources), "notifications"):
            made.sqs.create_queue(QueueName=queue)
        topic = made.sns.create_topic(Name=SETTINGS.topic)["TopicArn"]
        made.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:notifications")
        live._account_block.cache_clear()
        live._prefix_list.cache_clear()
        yield made


@pytest.fixture
def account(clients: Account) -> Iterator[Account]:
    with stage_of(clients) as made:
        yield made
