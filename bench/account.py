"""A moto account with the stage's queues and topic, and the app in this process, its AWS calls counted."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import boto3
from moto import mock_aws

from bench import environment
from bench.environment import REGION
from chalicelib.gateways import live
from chalicelib.gateways.clients import client
from chalicelib.rules import RULES
from chalicelib.settings import Settings, dead_letter

Handler = Callable[[Mapping[str, Any], None], object]


class BenchAccount:
    """The account, and what the app does in it.

    Attributes
    ----------
    calls : Counter
        AWS calls that the app has made, as ``sqs:SendMessage``. Those made through `client` do not count.
    """

    def __init__(self) -> None:
        self.settings = Settings.from_environment()
        self.calls: Counter[str] = Counter()
        self._session = boto3.Session(region_name=REGION)
        self._clients: dict[str, Any] = {}
        client.cache_clear()
        boto3.setup_default_session()
        boto3.DEFAULT_SESSION.events.register("before-call", self._count)
        self._make_queues_and_topic()

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._session.client(service)
        return self._clients[service]

    def calls_of(self, handler: Handler, event: Mapping[str, Any]) -> Counter[str]:
        """Call one of the app's functions as Lambda would; the AWS calls that it makes."""
        self.calls.clear()
        handler(event, None)
        return self.calls.copy()

    def queue_url(self, name: str) -> str:
        return str(self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])

    def send(self, queue: str, bodies: list[str]) -> None:
        for body in bodies:
            self.client("sqs").send_message(QueueUrl=self.queue_url(queue), MessageBody=body)

    def take(self, queue: str) -> list[dict[str, Any]]:
        """Take every visible message out of a queue, as an SQS event's records."""
        records: list[dict[str, Any]] = []
        url = self.queue_url(queue)
        while batch := self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            records += [
                {"body": each["Body"], "attributes": {"ApproximateReceiveCount": "1"}, "receiptHandle": "unused"}
                for each in batch
            ]
            for each in batch:
                self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return records

    def _make_queues_and_topic(self) -> None:
        work = (self.settings.work_queue(rule.remediator) for rule in RULES)
        sources = [self.settings.remediation_queue, *work, self.settings.investigation_queue]
        for queue in (*sources, *map(dead_letter, sources)):
            self.client("sqs").create_queue(QueueName=queue)
        self.client("sns").create_topic(Name=self.settings.topic)

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[f"{model.service_model.service_name}:{model.name}"] += 1


@contextmanager
def bench_account() -> Iterator[BenchAccount]:
    """The account, for as long as the context lasts."""
    environment.use()
    with mock_aws():
        yield BenchAccount()


def new_container() -> Any:
    """The app as a new Lambda container has it: nothing remembered yet."""
    live._account_block.cache_clear()
    live._prefix_list.cache_clear()
    sys.modules.pop("app", None)
    return current_container()


def current_container() -> Any:
    """The app as it is, with all that it remembers."""
    return import_module("app")
