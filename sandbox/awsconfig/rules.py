"""A Config rule, as it is kept."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.awsconfig.resource import Json


@dataclass
class Rule:
    """A Config rule.

    Attributes
    ----------
    definition : dict
        ``ConfigRule`` as DescribeConfigRules answers it.
    status : dict
        The times and errors of ``ConfigRuleEvaluationStatus``.
    next_periodic : datetime or None
        When its own schedule evaluates it next; None: it has no schedule.
    last_on_demand : datetime or None
        When StartConfigRulesEvaluation last evaluated it.
    """

    definition: Json
    status: Json
    next_periodic: datetime | None = None
    last_on_demand: datetime | None = None

    @property
    def name(self) -> str:
        return str(self.definition["ConfigRuleName"])

    @property
    def arn(self) -> str:
        return str(self.definition["ConfigRuleArn"])

    @property
    def function_arn(self) -> str | None:
        """The function that evaluates; None for a managed or Guard rule."""
        source = self.definition["Source"]
        return source["SourceIdentifier"] if source["Owner"] == "CUSTOM_LAMBDA" else None

    def listens_to(self, message_type: str) -> bool:
        """Whether this type of message invokes the function."""
        details = self.definition["Source"].get("SourceDetails", [])
        return bool(self.function_arn) and any(detail["MessageType"] == message_type for detail in details)
