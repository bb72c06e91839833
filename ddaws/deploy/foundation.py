"""The foundation: queues, topic, log groups and alarms, as one CloudFormation stack."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.errors import AwsRefused
from ddaws.account import Account
from ddaws.deploy import stacks, templates
from ddaws.plan import Change, Plan, Target, Tell

TEMPLATE = "infrastructure/foundation.yaml"
DEAD_ON_ARRIVAL = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS")
"""A stack in these states was never complete: CloudFormation only lets it be deleted."""


def plan(target: Target, tell: Tell) -> Plan:
    """Create the stack, or update it where its template or a parameter differs."""
    name = target.stage.named("foundation")
    template = (target.stage.project_dir / TEMPLATE).read_text()
    stack = stacks.settled(target.account, name, tell)
    wanted = _wanted(target, template)
    tags = {"dd-aws-stage": target.stage.name}
    if stack is not None and stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        raise AwsRefused(
            f"The stack {name} is UPDATE_ROLLBACK_FAILED.",
            f"aws cloudformation continue-update-rollback --stack-name {name}; then deploy again.",
        )
    if stack is None or stack["StackStatus"] in DEAD_ON_ARRIVAL:
        remains: tuple[Change, ...] = (stacks.DeleteStack(name),) if stack else ()
        given: dict[str, str | None] = {key: value for key, value in wanted.items() if value is not None}
        return Plan("not there yet", (*remains, stacks.PutStack("create", name, template, given, tags)))
    if templates.agree(_template_of(target.account, name), template) and _agree(stack, wanted):
        return Plan(f"{name} is as {TEMPLATE} says")
    values = {key: value for key, value in wanted.items() if value is not None or key in _parameters(stack)}
    return Plan(f"{name} differs from {TEMPLATE}", (stacks.PutStack("update", name, template, values, tags),))


def removal(target: Target, tell: Tell) -> Plan:
    """Delete the stack, and say which messages are lost with its queues."""
    name = target.stage.named("foundation")
    if stacks.settled(target.account, name, tell) is None:
        return Plan("no stack")
    return Plan(name, (stacks.DeleteStack(name),), tuple(_losses(target.account, name)))


def _losses(account: Account, stack_name: str) -> Iterator[str]:
    """A line for each queue of the stack that is not empty."""
    sqs = account.client("sqs")
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    resources = account.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack_name)
    urls = [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::SQS::Queue"]
    for url in urls:
        try:
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(counts))["Attributes"]
        except sqs.exceptions.QueueDoesNotExist:
            continue
        messages = sum(int(attributes[count]) for count in counts)
        if messages:
            yield f"{messages} messages in {url.rpartition('/')[2]} are lost"


def _wanted(target: Target, template: str) -> dict[str, str | None]:
    """A value for each parameter that the template declares and we know; None: as it is, or the template's default."""
    known: dict[str, str | None] = {
        "Stage": target.stage.name,
        "AlarmEmail": target.alarm_email,
        "AutoResponse": str(target.stage.settings.enable_auto_response).lower(),
        "RequireTls": str(target.account.speaks_https("sqs")).lower(),
    }
    declared = target.account.client("cloudformation").validate_template(TemplateBody=template)["Parameters"]
    return {parameter["ParameterKey"]: known.get(parameter["ParameterKey"]) for parameter in declared}


def _template_of(account: Account, name: str) -> str:
    answer: Any = account.client("cloudformation").get_template(StackName=name, TemplateStage="Original")
    return str(answer["TemplateBody"])


def _parameters(stack: Mapping[str, Any]) -> dict[str, str]:
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack.get("Parameters", [])}


def _agree(stack: Mapping[str, Any], wanted: Mapping[str, str | None]) -> bool:
    live = _parameters(stack)
    return live.keys() == wanted.keys() and all(value in (None, live[key]) for key, value in wanted.items())
