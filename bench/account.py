"""A moto account with the stage's foundation and Config rules, and the app in this process, its AWS calls counted."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import boto3
import yaml
from moto import mock_aws

from bench import environment
from bench.environment import ACCOUNT_ID, PROJECT, REGION
from chalicelib.aws.clients import client
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP
from chalicelib.rules import RULES, live
from chalicelib.settings import Settings, dead_letter

TABLE = ("TableName", "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
TOLD = "told"
"""A queue that gets what is published on the topic."""
RULE_NAMES = {SECURITY_GROUP: "security-group-prohibited-ports", S3_BUCKET: "s3-bucket-public-access"}


EMPTY_ZIP = b"PK\5\6" + bytes(18)


class _Template(yaml.SafeLoader):
    """Reads the values of `!Sub` and similar tags unchanged."""


_Template.add_multi_constructor("!", lambda _loader, _tag, node: getattr(node, "value", None))

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
        self._make_tables()
        self._put_rules()

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
        topic = self.client("sns").create_topic(Name=self.settings.topic)["TopicArn"]
        self.client("sqs").create_queue(QueueName=TOLD)
        endpoint = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{TOLD}"
        self.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)

    def _make_tables(self) -> None:
        """The tables of the foundation, as its template declares them."""
        template = (PROJECT / "infrastructure" / "foundation.yaml").read_text()
        stage = self.settings.stage
        resources = yaml.load(template.replace("${Stage}", stage), _Template)["Resources"]  # noqa: S506 a SafeLoader
        for declared in resources.values():
            if declared["Type"] == "AWS::DynamoDB::Table":
                wanted = {key: declared["Properties"][key] for key in TABLE if key in declared["Properties"]}
                self.client("dynamodb").create_table(**wanted)

    def _put_rules(self) -> None:
        """The Config rules of the stage's evaluators, which moto requires to exist."""
        trust = {"Version": "2012-10-17", "Statement": []}
        role = self.client("iam").create_role(RoleName="evaluator", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        for rule in RULES:
            function = self.client("lambda").create_function(
                FunctionName=self.settings.name(rule.evaluator),
                Runtime="python3.13",
                Role=role["Arn"],
                Handler="app.handler",
                Code={"ZipFile": EMPTY_ZIP},
            )
            self.client("config").put_config_rule(
                ConfigRule={
                    "ConfigRuleName": self.settings.name(RULE_NAMES[rule.resource_type]),
                    "Source": {
                        "Owner": "CUSTOM_LAMBDA",
                        "SourceIdentifier": function["FunctionArn"],
                        "SourceDetails": [
                            {"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}
                        ],
                    },
                }
            )

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[f"{model.service_model.service_name}:{model.name}"] += 1


@contextmanager
def bench_account() -> Iterator[BenchAccount]:
    """The account, for as long as the context lasts."""
    environment.use()
    with mock_aws(config={"lambda": {"use_docker": False}, "iam": {"load_aws_managed_policies": False}}):
        yield BenchAccount()


def new_container() -> Any:
    """The app as in a new Lambda container, with empty caches."""
    live._account_block.cache_clear()
    live._prefix_list.cache_clear()
    sys.modules.pop("app", None)
    return current_container()


def current_container() -> Any:
    """The app with its caches."""
    return import_module("app")
