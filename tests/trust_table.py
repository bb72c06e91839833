"""The stage's table of decisions, in moto, as the foundation declares it."""

from typing import Any

from tests.infrastructure.declarations import named


def create(client: Any, name: str, stage: str) -> None:
    """Make the table `name` of a stage."""
    declared = named("AWS::DynamoDB::Table", "TableName", stage)[name]
    keys = ("AttributeDefinitions", "KeySchema", "BillingMode")
    client.create_table(TableName=name, **{key: declared[key] for key in keys})
