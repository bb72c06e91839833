"""The evaluations that AWS Config gets."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.wiring import HUB
from tests.answers import calls


def verdicts(evaluator: Callable[[Mapping[str, Any], None], None], event: Mapping[str, Any]) -> dict[str, str]:
    """The compliance type of each resource, by ID, that the evaluator reports to AWS Config."""
    with calls("config", account_id=HUB) as made:
        evaluator(event, None)
    return {
        each["ComplianceResourceId"]: each["ComplianceType"]
        for operation, parameters in made
        if operation == "PutEvaluations"
        for each in parameters["Evaluations"]
    }
