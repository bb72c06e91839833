"""The foundation as a stack: made, changed, broken and deleted in an emulator."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.settings import MAX_RECEIVE_COUNT
from tests.infrastructure.declarations import TEMPLATE, queues

pytestmark = pytest.mark.e2e

STACK = "dd-aws-dev-foundation"
ARN = "arn:aws:sqs:eu-west-1:000000000000:"
REFUSED = """
  Refused:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt RemediationDeadLetterQueue.Arn
        maxReceiveCount: 1001 # AWS ends at 1000
"""


class Foundation:
    """A stack that can be put, again and again."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._cloudformation = client("cloudformation")
        self.sqs = client("sqs")
        self.client = client

    def put(self, operation: str, template: str = TEMPLATE.read_text(), **parameters: str) -> str:
        """Create or update the stack; its status once it has settled."""
        given = {"Stage": "dev", "RequireTls": "false", **parameters}
        getattr(self._cloudformation, operation)(
            StackName=STACK,
            TemplateBody=template,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        )
        return self._settled()

    def delete(self) -> None:
        self._cloudformation.delete_stack(StackName=STACK)
        self._cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 10}
        )

    def outputs(self) -> dict[str, str]:
        (stack,) = self._cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def attributes(self, queue: str) -> dict[str, str]:
        url = self.url(queue)
        result: dict[str, str] = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return result

    def url(self, queue: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=queue)["QueueUrl"])

    def alarms(self) -> dict[str, list[str]]:
        """Name -> whom it tells."""
        found = self.client("cloudwatch").describe_alarms(AlarmNamePrefix="dd-aws-dev-")["MetricAlarms"]
        return {alarm["AlarmName"]: [arn.rpartition(":")[2] for arn in alarm["AlarmActions"]] for alarm in found}

    def _settled(self) -> str:
        for _ in range(100):
            (stack,) = self._cloudformation.describe_stacks(StackName=STACK)["Stacks"]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return str(stack["StackStatus"])
            time.sleep(0.1)
        return pytest.fail(f"{STACK} is still {stack['StackStatus']}")


@pytest.fixture
def foundation(emulator: Callable[[str], Any]) -> Iterator[Foundation]:
    stack = Foundation(emulator)
    assert stack.put("create_stack") == "CREATE_COMPLETE"
    yield stack
    stack.delete()


def test_the_queues_come_out_as_they_were_declared(foundation: Foundation) -> None:
    work = foundation.attributes("dd-aws-dev-remediate-s3-bucket")
    assert json.loads(work["RedrivePolicy"]) == {
        "deadLetterTargetArn": f"{ARN}dd-aws-dev-remediate-s3-bucket-dlq",
        "maxReceiveCount": MAX_RECEIVE_COUNT,
    }
    for name, declared in queues().items():
        found = foundation.attributes(name)
        assert int(found["MessageRetentionPeriod"]) == declared["MessageRetentionPeriod"]
        assert int(found["VisibilityTimeout"]) == declared.get("VisibilityTimeout", 30)
        assert found["SqsManagedSseEnabled"] == "true"
        assert "Policy" not in found


def test_the_outputs_lead_to_the_on_failure_queues_and_the_topic(foundation: Foundation) -> None:
    outputs = foundation.outputs()
    assert outputs["NotifierDeadLetterQueueArn"] == f"{ARN}dd-aws-dev-notifier-dlq"
    assert outputs["EvaluatorDeadLetterQueueArn"] == f"{ARN}dd-aws-dev-evaluator-dlq"
    topic = foundation.client("sns").get_topic_attributes(TopicArn=outputs["NotificationsTopicArn"])
    assert topic["Attributes"]["TopicArn"].endswith(":dd-aws-dev-notifications")


def test_the_key_rotates_and_has_its_alias(foundation: Foundation) -> None:
    kms = foundation.client("kms")
    key = kms.describe_key(KeyId="alias/dd-aws-dev-notifications")["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_alarms_tell_the_topic_and_once_there_is_an_address_also_by_mail(foundation: Foundation) -> None:
    assert {tuple(topics) for topics in foundation.alarms().values()} == {("dd-aws-dev-notifications",)}
    assert foundation.put("update_stack", AlarmEmail="ops@example.com") == "UPDATE_COMPLETE"
    both = ("dd-aws-dev-notifications", "dd-aws-dev-alarms")
    assert {tuple(topics) for topics in foundation.alarms().values()} == {both}
    (mail,) = foundation.client("sns").list_subscriptions()["Subscriptions"]
    assert (mail["Protocol"], mail["Endpoint"]) == ("email", "ops@example.com")


def test_the_age_of_waiting_problems_is_watched_only_while_auto_response_is_on(foundation: Foundation) -> None:
    alarm = "dd-aws-dev-remediation-waits-too-long"
    assert alarm not in foundation.alarms()
    foundation.put("update_stack", AutoResponse="true")
    assert alarm in foundation.alarms()
    foundation.put("update_stack", AutoResponse="false")
    assert alarm not in foundation.alarms()


def test_plain_http_is_denied_where_tls_is_required(foundation: Foundation) -> None:
    url = foundation.url("dd-aws-dev-remediation")
    foundation.put("update_stack", RequireTls="true")
    with pytest.raises(ClientError, match="AccessDenied"):
        foundation.sqs.receive_message(QueueUrl=url)
    foundation.put("update_stack", RequireTls="false")
    assert "Messages" not in foundation.sqs.receive_message(QueueUrl=url)


def test_a_message_survives_an_update_that_succeeds_and_one_that_fails(foundation: Foundation) -> None:
    url = foundation.url("dd-aws-dev-remediation")
    foundation.sqs.send_message(QueueUrl=url, MessageBody="found")
    assert foundation.put("update_stack", AutoResponse="true") == "UPDATE_COMPLETE"
    broken = TEMPLATE.read_text().replace("\nOutputs:", f"{REFUSED}\nOutputs:")
    assert foundation.put("update_stack", template=broken, AutoResponse="true") == "UPDATE_ROLLBACK_COMPLETE"
    (message,) = foundation.sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "found"


def test_deleting_the_stack_leaves_nothing_but_a_key_that_awaits_its_deletion(foundation: Foundation) -> None:
    key = foundation.client("kms").describe_key(KeyId="alias/dd-aws-dev-notifications")["KeyMetadata"]["KeyId"]
    foundation.delete()
    assert not foundation.sqs.list_queues().get("QueueUrls")
    assert not foundation.client("sns").list_topics()["Topics"]
    assert not foundation.client("logs").describe_log_groups()["logGroups"]
    assert not foundation.client("dynamodb").list_tables()["TableNames"]
    assert not foundation.client("kms").list_aliases()["Aliases"]
    assert not foundation.alarms()
    assert foundation.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
