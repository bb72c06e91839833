"""The foundation's DynamoDB tables in an emulated account, as the template declares them."""

from collections.abc import Callable
from threading import Lock
from typing import Any

from tests.infrastructure.declarations import named

GIVEN = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def create_table(dynamodb: Any, name: str, stage: str) -> str:
    """Make a table of `stage` by its whole name; its name."""
    declared = named("AWS::DynamoDB::Table", "TableName", stage)[name]
    dynamodb.create_table(TableName=name, **{key: declared[key] for key in GIVEN if key in declared})
    return name


class Atomic:
    """A client each of whose calls is done before the next begins, as DynamoDB's writes to one item are.

    Moto reads the item, compares the condition and writes, and another thread may come between these. What happens
    between two calls of ours is left to the threads.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._one = Lock()

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._client, name)
        return self._alone(member) if callable(member) else member

    def _alone(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def alone(*args: Any, **parameters: Any) -> Any:
            with self._one:
                return call(*args, **parameters)

        return alone
