"""The foundation's DynamoDB tables in an emulated account, as the template declares them."""

from typing import Any

from tests.infrastructure.declarations import named

GIVEN = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def create_table(dynamodb: Any, name: str, stage: str) -> str:
    """Make a table of `stage` by its whole name; its name."""
    declared = named("AWS::DynamoDB::Table", "TableName", stage)[name]
    dynamodb.create_table(TableName=name, **{key: declared[key] for key in GIVEN if key in declared})
    return name
