"""Makes in moto what Chalice makes on AWS, and applies plans."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from ddaws.plan import Change, Plan, Target

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
FUNCTIONS = (
    "notifier",
    "coordinator",
    "evaluate_security_group",
    "evaluate_s3_bucket",
    "remediate_security_group",
    "remediate_s3_bucket",
    "investigator",
)


def silently(_: str) -> None:
    """Ignore a step's progress."""


def apply(changes: Plan | Sequence[Change], target: Target) -> None:
    """Apply changes as the executor does."""
    for change in changes.changes if isinstance(changes, Plan) else changes:
        change.apply(target.account, silently)


def make_function(target: Target, name: str, *, with_role: bool = True, **settings: Any) -> None:
    """A function and its role, as Chalice names them; the account may have the role already."""
    role = target.stage.named(name)
    if with_role:
        target.account.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    target.account.client("lambda").create_function(
        **{
            "FunctionName": target.stage.named(name),
            "Role": f"arn:aws:iam::{target.account.account_id}:role/{role}",
            "Runtime": "python3.13",
            "Handler": f"app.{name}",
            "Code": {"ZipFile": _package()},
            **settings,
        },
    )


def make_functions(target: Target) -> None:
    for name in FUNCTIONS:
        make_function(target, name)


def make_app(target: Target, wanted: Mapping[str, Any]) -> None:
    """All that Chalice would make for an app model."""
    for name, function in wanted["functions"].items():
        fields = ("Runtime", "Handler", "Timeout", "MemorySize", "Architectures")
        settings = {field: function[field] for field in fields}
        make_function(target, name, **settings, Environment={"Variables": function["Environment"]})
    for name, document in wanted["roles"].items():
        role = target.stage.named(name)
        put_policy = target.account.client("iam").put_role_policy
        put_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(document))
    for name in wanted["queues"]:
        make_queue(target, name.replace("_", "-"))
        make_event_source(target, name, wanted["queues"][name])
    for name in wanted["topics"]:
        subscribe(target, name)
    for name, expression in wanted["schedules"].items():
        schedule(target, name, expression)


def make_event_source(target: Target, function: str, queue: Mapping[str, Any]) -> str:
    """An event source mapping; its UUID."""
    mapping = target.account.client("lambda").create_event_source_mapping(
        EventSourceArn=target.account.arn("sqs", queue["queue"]),
        FunctionName=target.stage.named(function),
        BatchSize=queue["BatchSize"],
        MaximumBatchingWindowInSeconds=queue["MaximumBatchingWindowInSeconds"],
        ScalingConfig={"MaximumConcurrency": queue["MaximumConcurrency"]},
    )
    return str(mapping["UUID"])


def subscribe(target: Target, function: str) -> None:
    topic_arn, arn = make_topic(target), target.function_arn(function)
    target.account.client("sns").subscribe(TopicArn=topic_arn, Protocol="lambda", Endpoint=arn)
    admit(target, function, "sns.amazonaws.com", topic_arn)


def schedule(target: Target, function: str, expression: str) -> None:
    events, rule = target.account.client("events"), target.stage.named(f"{function}-event")
    rule_arn = events.put_rule(Name=rule, ScheduleExpression=expression)["RuleArn"]
    events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": target.function_arn(function)}])
    admit(target, function, "events.amazonaws.com", rule_arn)


def admit(target: Target, function: str, service: str, source_arn: str) -> None:
    target.account.client("lambda").add_permission(
        FunctionName=target.stage.named(function),
        StatementId=service.partition(".")[0],
        Action="lambda:InvokeFunction",
        Principal=service,
        SourceArn=source_arn,
    )


def make_topic(target: Target) -> str:
    return str(target.account.client("sns").create_topic(Name=target.stage.settings.topic)["TopicArn"])


def make_queue(target: Target, suffix: str) -> str:
    """A queue; its ARN."""
    client = target.account.client("sqs")
    url = client.create_queue(QueueName=target.stage.named(suffix))["QueueUrl"]
    return str(client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


def _package() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("app.py", "")
    return buffer.getvalue()
