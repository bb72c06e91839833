"""Stored evaluation results, and the tokens with which functions report new ones."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Invocation:
    """One run of a rule's function, identified by its result token."""

    rule_arn: str
    invoked: datetime


@dataclass(frozen=True)
class Result:
    """A rule's evaluation result for a resource."""

    rule_name: str
    resource_type: str
    resource_id: str
    compliance_type: str
    annotation: str | None
    ordering_timestamp: datetime
    recorded: datetime
    invoked: datetime


type ResultKey = tuple[str, str, str]
"""Rule ARN, resource type, resource id."""
