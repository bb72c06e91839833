"""The foundation: queues, topics, tables, log groups and alarms, as one CloudFormation stack."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.errors import AwsRefused
from ddaws.account import Account
from ddaws.deploy import stacks, templates
from ddaws.plan import Change, Plan, Target, Tell

TEMPLATE = "infrastructure/foundation.yaml"
NEVER_COMPLETE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS")
"""Statuses of a stack that can only be deleted: it was never complete, or is partly deleted."""
FAILED_ROLLBACKS = {
    "UPDATE_ROLLBACK_FAILED": "aws cloudformation continue-update-rollback --stack-name {}; then deploy again.",
    "IMPORT_ROLLBACK_FAILED": "aws cloudformation continue-update-rollback --stack-name {}; then deploy again.",
    "UPDATE_FAILED": "aws cloudformation rollback-stack --stack-name {}; then deploy again.",
}
"""Statuses that an operator must resolve, and how."""

LASTING = {
    "JournalTable": "the journal is lost, and fixes can no longer be undone",
    "TrustTable": "people's decisions are lost, such as exemptions",
}
"""What is lost with a table, by its logical ID in the template."""


def plan(target: Target, tell: Tell) -> Plan:
    """Create the stack, or update it if its template or a parameter differs."""
    name = target.stage.named("foundation")
    template = templates.compact((target.stage.project_dir / TEMPLATE).read_text(), TEMPLATE)
    stack = stacks.settled(target.account, name, tell)
    wanted = _wanted(target, template)
    tags = {"dd-aws-stage": target.stage.name}
    if stack is not None and stack["StackStatus"] in FAILED_ROLLBACKS:
        status = stack["StackStatus"]
        raise AwsRefused(f"The stack {name} is in {status}.", FAILED_ROLLBACKS[status].format(name))
    if stack is None or stack["StackStatus"] in NEVER_COMPLETE:
        remains: tuple[Change, ...] = (stacks.DeleteStack(name),) if stack else ()
        notes = tuple(_losses(target.account, name)) if stack else ()
        found = f"{name} is in {stack['StackStatus']}" if stack else "not deployed"
        given: dict[str, str | None] = {key: value for key, value in wanted.items() if value is not None}
        return Plan(found, (*remains, stacks.PutStack("create", name, template, given, tags)), notes)
    if templates.agree(_template_of(target.account, name), template) and _agree(stack, wanted):
        return Plan(f"{name} matches {TEMPLATE}")
    values = {key: value for key, value in wanted.items() if value is not None or key in _parameters(stack)}
    return Plan(f"{name} differs from {TEMPLATE}", (stacks.PutStack("update", name, template, values, tags),))


def removal(target: Target, tell: Tell) -> Plan:
    """Delete the stack, and report the messages and decisions that are lost with it."""
    name = target.stage.named("foundation")
    if stacks.settled(target.account, name, tell) is None:
        return Plan("no stack")
    return Plan(name, (stacks.DeleteStack(name),), tuple(_losses(target.account, name)))


def _losses(account: Account, stack_name: str) -> Iterator[str]:
    """A line for each queue and each lasting table of the stack that is not empty."""
    resources = account.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack_name)
    for resource in resources:
        name = resource.get("PhysicalResourceId", "")  # none if its creation failed
        if resource["ResourceType"] == "AWS::SQS::Queue" and (messages := _messages(account, name)):
            yield f"{messages} messages in {name.rpartition('/')[2]} are lost"
        if resource["LogicalResourceId"] in LASTING and _has_items(account, name):
            yield f"{LASTING[resource['LogicalResourceId']]} ({name}); DynamoDB keeps a backup for 35 days"


def _messages(account: Account, url: str) -> int:
    sqs = account.client("sqs")
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    try:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(counts))["Attributes"]
    except sqs.exceptions.QueueDoesNotExist:
        return 0
    return sum(int(attributes[count]) for count in counts)


def _has_items(account: Account, table: str) -> bool:
    dynamodb = account.client("dynamodb")
    try:
        return bool(dynamodb.scan(TableName=table, Limit=1)["Count"])
    except dynamodb.exceptions.ResourceNotFoundException:
        return False


def _wanted(target: Target, template: str) -> dict[str, str | None]:
    """The values of the template's parameters; None keeps the deployed value or uses the default."""
    known: dict[str, str | None] = {
        "Stage": target.stage.name,
        "AlarmEmail": target.alarm_email,
        "AutoResponse": str(target.stage.settings.enable_auto_response).lower(),
        "RequireTls": str(target.account.speaks_https("sqs")).lower(),
    }
    declared = target.account.client("cloudformation").validate_template(TemplateBody=template)["Parameters"]
    return {parameter["ParameterKey"]: known.get(parameter["ParameterKey"]) for parameter in declared}


def _template_of(account: Account, name: str) -> str | Mapping[str, Any]:
    """The deployed template; boto3 parses it if it was sent as JSON."""
    answer: Any = account.client("cloudformation").get_template(StackName=name, TemplateStage="Original")
    template: str | Mapping[str, Any] = answer["TemplateBody"]
    return template


def _parameters(stack: Mapping[str, Any]) -> dict[str, str]:
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack.get("Parameters", [])}


def _agree(stack: Mapping[str, Any], wanted: Mapping[str, str | None]) -> bool:
    live = _parameters(stack)
    return live.keys() == wanted.keys() and all(value in (None, live[key]) for key, value in wanted.items())
