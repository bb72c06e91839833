"""Fakes of behavior that moto lacks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from ddaws.account import Account


def client_error(code: str, message: str = "", operation: str = "Operation") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class FakeAccount(Account):
    """An account whose clients are given; others do not exist."""

    def __init__(self, **clients: Any) -> None:
        self.account_id, self.region, self.partition = "123456789012", "eu-west-1", "aws"
        self.client = clients.__getitem__  # type: ignore[assignment]

    def speaks_https(self, service: str) -> bool:
        return True

    def pages(self, service: str, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
        yield from getattr(self.client(service), operation)(**parameters)[key]


class FakeQueues:
    """SQS's count of messages, by a queue's URL; a queue that is not counted does not exist."""

    class exceptions:  # noqa: N801
        QueueDoesNotExist = KeyError

    def __init__(self, **messages: int) -> None:
        self.messages = messages

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        return {"Attributes": {AttributeNames[0]: str(self.messages[QueueUrl]), AttributeNames[1]: "0"}}


class FakeTables:
    """DynamoDB's count of items, by a table's name; a table that is not counted does not exist."""

    class exceptions:  # noqa: N801
        ResourceNotFoundException = KeyError

    def __init__(self, **items: int) -> None:
        self.items = items

    def scan(self, TableName: str, Limit: int) -> dict[str, Any]:  # noqa: N803
        return {"Count": min(self.items[TableName], Limit)}


class FakeCloudFormation:
    """A CloudFormation that works through the statuses it is given, one at each look.

    Attributes
    ----------
    stack : dict or None
        The stack, None where there is none.
    upcoming : list of str
        The statuses that creating, updating or deleting leads to; `DELETE_COMPLETE` takes the stack away.
    calls : list
        What was asked for: the operation and its parameters.
    """

    def __init__(self, declared: Sequence[str] = ("Stage", "AlarmEmail", "AutoResponse", "RequireTls")) -> None:
        self.declared = declared
        self.stack: dict[str, Any] | None = None
        self.template = ""
        self.upcoming: list[str] = []
        self.events: list[dict[str, str]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refusal: ClientError | None = None
        self.queues: list[str] = []
        self.tables: dict[str, str] = {}

    def has(self, status: str, template: str = "", **parameters: str) -> None:
        """Create a stack."""
        values = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        self.stack = {"StackStatus": status, "Parameters": values}
        self.template = template

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        if self.upcoming and self.stack:
            self.stack["StackStatus"] = self.upcoming.pop(0)
        if self.stack is None or self.stack["StackStatus"] == "DELETE_COMPLETE":
            self.stack = None
            raise client_error("ValidationError", f"Stack with id {StackName} does not exist")
        return {"Stacks": [self.stack]}

    def describe_stack_resources(self, **_: str) -> dict[str, Any]:
        return {"StackResources": [{"ResourceStatus": "CREATE_COMPLETE"}, {"ResourceStatus": "CREATE_IN_PROGRESS"}]}

    def describe_stack_events(self, **_: str) -> dict[str, Any]:
        return {"StackEvents": self.events}

    def validate_template(self, **_: str) -> dict[str, Any]:
        return {"Parameters": [{"ParameterKey": name} for name in self.declared]}

    def get_template(self, **_: str) -> dict[str, Any]:
        return {"TemplateBody": self.template}

    def create_stack(self, **parameters: Any) -> None:
        self.calls.append(("create_stack", parameters))
        self.has("CREATE_IN_PROGRESS", parameters["TemplateBody"], **_values(parameters))

    def update_stack(self, **parameters: Any) -> None:
        self.calls.append(("update_stack", parameters))
        if self.refusal:
            raise self.refusal

    def delete_stack(self, **parameters: Any) -> None:
        self.calls.append(("delete_stack", parameters))

    def list_stack_resources(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        queues = [("AWS::SQS::Queue", "Queue", url) for url in self.queues]
        tables = [("AWS::DynamoDB::Table", logical, name) for logical, name in self.tables.items()]
        keys = ("ResourceType", "LogicalResourceId", "PhysicalResourceId")
        resources = [*queues, *tables, ("AWS::SNS::Topic", "Topic", "topic")]
        return {"StackResourceSummaries": [dict(zip(keys, resource, strict=True)) for resource in resources]}

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]


def _values(parameters: Mapping[str, Any]) -> dict[str, str]:
    given = {entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in parameters["Parameters"]}
    return {**dict.fromkeys(("Stage", "AlarmEmail", "AutoResponse", "RequireTls"), ""), **given}
