"""An AWS Config in a world of fakes: one made-up resource type, a clock that is set by hand, and ears on all exits."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from sandbox.awsconfig import Account, ConfigService, Outside
from sandbox.awsconfig.resource import Resource, ResourceType
from tests.sandbox.awsconfig.shapes import assert_answer_has_the_shape_of

ACCOUNT = Account("123456789012", "eu-west-1")
CALLER = "arn:aws:iam::123456789012:root"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
ROLE = "arn:aws:iam::123456789012:role/config"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:notifications"
BUCKET = "delivered-history"
THING = "AWS::S3::AccessPoint"
"""A type that AWS Config's model knows, so that recorders accept it; the fakes share nothing else with it."""

type Json = dict[str, Any]


@dataclass(frozen=True)
class Published:
    topic_arn: str
    subject: str
    message: Json
    attributes: Mapping[str, str]


def client_error(code: str, operation: str = "Operation") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"{code}, says the fake"}}, operation)


def permission(account_id: str = ACCOUNT.account_id) -> Json:
    """What ``lambda add-permission`` for AWS Config leaves in a function's policy."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "config.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": FUNCTION,
                "Condition": {"StringEquals": {"AWS:SourceAccount": account_id}},
            }
        ],
    }


@dataclass(eq=False)
class World:
    options: Json = field(default_factory=dict)
    resource_type: str = THING
    account: Account = ACCOUNT
    now: datetime = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    things: dict[str, Resource] = field(default_factory=dict)
    policies: dict[str, Json] = field(default_factory=lambda: {FUNCTION: permission()})
    invoked: list[Json] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    judge: Callable[[Json], object] | None = None
    broken: dict[str, Exception] = field(default_factory=dict)
    polls: int = 0

    def __post_init__(self) -> None:
        outside = Outside(
            invoke=self._invoke,
            publish=self._publish,
            deliver_event=self._deliver_event,
            put_object=self._put_object,
            function_policy=self.policies.get,
        )
        thing = ResourceType(self.resource_type, "things", self._poll)
        clients = {"things": self}
        self.config = ConfigService(
            self.account, outside, clients, resource_types=[thing], clock=lambda: self.now, **self.options
        )

    def call(self, action: str, **request: Any) -> Json:
        answer = self.config.handle(action, request, CALLER)
        assert_answer_has_the_shape_of(action, answer)
        return answer

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def tick(self, **duration: float) -> None:
        """Let time pass (a second unless told otherwise), then poll."""
        self.pass_time(**(duration or {"seconds": 1}))
        self.config.tick()

    def put_thing(self, resource_id: str, *, tags: Mapping[str, str] | None = None, **configuration: Any) -> None:
        self.things[resource_id] = Resource(
            resource_type=self.resource_type,
            resource_id=resource_id,
            resource_name=f"name of {resource_id}",
            arn=f"arn:aws:s3:::{resource_id}",
            availability_zone="Regional",
            configuration=configuration,
            tags=tags or {},
        )

    def put_recorder(self, **definition: Any) -> None:
        self.call("PutConfigurationRecorder", ConfigurationRecorder={"roleARN": ROLE, **definition})

    def put_channel(self, **definition: Any) -> None:
        wanted = {"s3BucketName": BUCKET, "snsTopicARN": TOPIC, **definition}
        self.call("PutDeliveryChannel", DeliveryChannel={k: v for k, v in wanted.items() if v is not None})

    def start_recording(self, **definition: Any) -> None:
        self.put_recorder(**definition)
        self.put_channel()
        self.call("StartConfigurationRecorder", ConfigurationRecorderName="default")

    def put_rule(self, name: str = "judge", *message_types: str, **definition: Any) -> None:
        types = message_types or ("ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification")
        details = [{"EventSource": "aws.config", "MessageType": message_type} for message_type in types]
        source = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FUNCTION, "SourceDetails": details}
        self.call("PutConfigRule", ConfigRule={"ConfigRuleName": name, "Source": source, **definition})

    def put_verdict(self, event: Json, verdict: str, resource_id: str | None = None, **more: Any) -> Json:
        """Do what a rule's function does at its end."""
        return self.call(
            "PutEvaluations",
            ResultToken=event["resultToken"],
            Evaluations=[
                {
                    "ComplianceResourceType": THING,
                    "ComplianceResourceId": resource_id or concerned(event),
                    "ComplianceType": verdict,
                    "OrderingTimestamp": self.now.timestamp(),
                    **more,
                }
            ],
        )

    def verdicts(self) -> dict[str, str]:
        """What the rule ``judge`` says: resource id -> compliance type."""
        results = self.call("GetComplianceDetailsByConfigRule", ConfigRuleName="judge")["EvaluationResults"]
        return {
            result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]: result["ComplianceType"]
            for result in results
        }

    def messages(self, message_type: str) -> list[Json]:
        return [sent.message for sent in self.published if sent.message["messageType"] == message_type]

    def forget(self) -> None:
        """Turn a deaf ear to all that was said so far."""
        self.invoked.clear()
        self.published.clear()
        self.events.clear()

    def _poll(self, client: object, account: Account) -> Iterator[Resource]:
        assert (client, account) == (self, ACCOUNT)
        self.polls += 1
        self._break("poll")
        yield from self.things.values()

    def _invoke(self, function_arn: str, event: Json) -> None:
        assert function_arn == FUNCTION
        self._break("invoke")
        self.invoked.append(event)
        if self.judge:
            self.judge(event)

    def _publish(self, topic_arn: str, subject: str, message: Json, attributes: Mapping[str, str]) -> None:
        self._break("publish")
        self.published.append(Published(topic_arn, subject, message, attributes))

    def _deliver_event(self, event: Json) -> None:
        self._break("deliver_event")
        self.events.append(event)

    def _put_object(self, bucket: str, key: str, body: bytes) -> None:
        self._break("put_object")
        assert bucket == BUCKET
        self.objects[key] = body

    def _break(self, what: str) -> None:
        if what in self.broken:
            raise self.broken[what]


def invoking_event(event: Json) -> Json:
    parsed: Json = json.loads(event["invokingEvent"])
    return parsed


def concerned(event: Json) -> str:
    """The id of the resource that an event to a rule's function is about."""
    invoking = invoking_event(event)
    item = invoking.get("configurationItem") or invoking["configurationItemSummary"]
    return str(item["resourceId"])
