"""The service as a whole: its thread, many callers at once, and the clients that it is built from."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.awsconfig import Account, ConfigError, ConfigService
from sandbox.awsconfig.resource import Resource
from sandbox.awsconfig.resource_types import installed
from tests.sandbox.awsconfig.world import CALLER, ROLE, World, client_error

CHANGE = "ConfigurationItemChangeNotification"


def test_the_two_resource_types_are_found_by_their_files() -> None:
    assert {each.name for each in installed()} == {"AWS::EC2::SecurityGroup", "AWS::S3::Bucket"}


@dataclass(eq=False)
class Stumbling(World):
    """A world whose first poll goes wrong in a way that nobody foresaw."""

    again: Event = field(default_factory=Event)

    def _poll(self, client: object, account: Account) -> Iterator[Resource]:
        found = list(super()._poll(client, account))
        if self.polls == 1:
            raise LookupError("nobody foresaw this")
        self.again.set()
        return iter(found)


def test_the_thread_polls_again_after_a_poll_that_failed(caplog: pytest.LogCaptureFixture) -> None:
    world = Stumbling()
    world.start_recording()
    world.config.start(seconds=0.001)
    assert world.again.wait(10)
    world.config.stop()
    assert "nobody foresaw this" in caplog.text


def test_a_stopped_thread_polls_no_more() -> None:
    world = Stumbling()
    world.start_recording()
    world.config.start(seconds=0.001)
    assert world.again.wait(10)
    world.config.stop()
    polls = world.polls
    assert not Event().wait(0.02)
    assert world.polls == polls


def test_many_callers_at_once_lose_nothing_and_hear_everything_once() -> None:
    world = World()
    world.start_recording()
    world.put_rule()
    for number in range(40):
        world.put_thing(f"thing-{number}")
    world.tick()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda event: world.put_verdict(event, "NON_COMPLIANT"), world.invoked))
        ticks = list(pool.map(lambda _: world.config.tick(), range(8)))
    world.config.tick()
    assert len(answers) == 40
    assert len(ticks) == 8
    told = [message["resourceId"] for message in world.messages("ComplianceChangeNotification")]
    assert sorted(told) == sorted(f"thing-{number}" for number in range(40))


def test_a_function_that_answers_from_another_thread_is_heard(recording: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        recording.judge = lambda event: pool.submit(recording.put_verdict, event, "COMPLIANT")
        recording.put_rule()
        recording.put_thing("one")
        recording.tick()
    recording.config.tick()
    assert [message["resourceId"] for message in recording.messages("ComplianceChangeNotification")] == ["one"]


def test_an_event_that_cannot_be_delivered_does_not_stop_the_notification(
    recording: World, caplog: pytest.LogCaptureFixture
) -> None:
    recording.broken["deliver_event"] = client_error("InternalException", "ListRules")
    recording.put_rule()
    recording.put_thing("one")
    recording.tick()
    recording.put_verdict(recording.invoked[0], "COMPLIANT")
    assert len(recording.messages("ComplianceChangeNotification")) == 1
    assert "InternalException" in caplog.text


@pytest.fixture
def clients() -> Iterator[dict[str, Any]]:
    with mock_aws(config={"lambda": {"use_docker": False}}):
        services = ("ec2", "s3", "lambda", "sns", "events", "iam", "sqs")
        yield {service: boto3.client(service, region_name="eu-west-1") for service in services}


@pytest.fixture
def function_arn(clients: dict[str, Any]) -> str:
    role = clients["iam"].create_role(RoleName="judge", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    created = clients["lambda"].create_function(
        FunctionName="judge", Role=role, Runtime="python3.13", Handler="judge.handler", Code={"ZipFile": b"not a zip"}
    )
    return str(created["FunctionArn"])


def test_boto3_clients_make_a_whole_account(clients: dict[str, Any], function_arn: str) -> None:
    config = ConfigService.for_account("123456789012", "eu-west-1", clients)
    here = {"LocationConstraint": "eu-west-1"}
    clients["s3"].create_bucket(Bucket="delivered-history", CreateBucketConfiguration=here)
    topic, queue = subscribed_queue(clients)
    channel = {"s3BucketName": "delivered-history", "snsTopicARN": topic}
    config.handle("PutConfigurationRecorder", {"ConfigurationRecorder": {"roleARN": ROLE}}, CALLER)
    config.handle("PutDeliveryChannel", {"DeliveryChannel": channel}, CALLER)
    config.handle("StartConfigurationRecorder", {"ConfigurationRecorderName": "default"}, CALLER)
    config.tick()

    statement = {"StatementId": "config", "Action": "lambda:InvokeFunction", "Principal": "config.amazonaws.com"}
    clients["lambda"].add_permission(FunctionName="judge", SourceAccount="123456789012", **statement)
    config.handle("PutConfigRule", {"ConfigRule": rule(function_arn)}, CALLER)

    (status,) = config.handle("DescribeConfigRuleEvaluationStatus", {}, CALLER)["ConfigRulesEvaluationStatus"]
    assert "LastSuccessfulInvocationTime" in status
    keys = [entry["Key"] for entry in clients["s3"].list_objects_v2(Bucket="delivered-history")["Contents"]]
    assert {key.split("_ConfigHistory_")[1].split("_")[0] for key in keys if "_ConfigHistory_" in key} == {
        "AWS::EC2::SecurityGroup",
        "AWS::S3::Bucket",
    }
    bodies = [json.loads(json.loads(message["Body"])["Message"]) for message in received(clients["sqs"], queue)]
    assert "delivered-history" in {
        body["configurationItem"]["resourceId"] for body in bodies if body["messageType"] == CHANGE
    }


def test_a_function_without_a_policy_is_refused(clients: dict[str, Any], function_arn: str) -> None:
    config = ConfigService.for_account("123456789012", "eu-west-1", clients)
    config.handle("PutConfigurationRecorder", {"ConfigurationRecorder": {"roleARN": ROLE}}, CALLER)
    with pytest.raises(ConfigError, match="InsufficientPermissionsException"):
        config.handle("PutConfigRule", {"ConfigRule": rule(function_arn)}, CALLER)


def rule(function_arn: str) -> dict[str, Any]:
    details = [{"EventSource": "aws.config", "MessageType": CHANGE}]
    source = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": function_arn, "SourceDetails": details}
    return {"ConfigRuleName": "judge", "Source": source}


def subscribed_queue(clients: dict[str, Any]) -> tuple[str, str]:
    topic = clients["sns"].create_topic(Name="notifications")["TopicArn"]
    queue = clients["sqs"].create_queue(QueueName="heard")["QueueUrl"]
    arn = clients["sqs"].get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clients["sns"].subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, queue


def received(sqs: Any, queue: str) -> Iterator[dict[str, Any]]:
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        yield from messages
