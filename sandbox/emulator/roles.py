"""Calls that Lambda itself makes with the function's role, and that need the role's permission.

ministack does these things without asking. A policy that lacks one of the actions would pass here, and fail on AWS.
"""

import importlib
from pathlib import Path
from typing import Any

from sandbox import calls
from sandbox.environment import ACCOUNT_ID, REGION


def role_of(function: str) -> str | None:
    """The ARN of a function's role; `function` is a name or an ARN. None where there is no such function."""
    name = function.split(":")[6] if function.startswith("arn:") else function.split(":")[0]
    record = importlib.import_module("ministack.services.lambda_svc")._functions.get(name)
    return record["config"]["Role"] if record else None


def may(file: Path, role: str, action: str, resource: str) -> bool:
    """Whether the role's policies allow an action; the decision is recorded in `file`."""
    evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
    context = evaluator.EvalContext(
        principal_arn=role,
        principal_type="AssumedRole",
        principal_account=ACCOUNT_ID,
        action=action,
        resource_arn=resource,
        region=REGION,
    )
    policies = evaluator._gather_role_policies(role.rpartition("/")[2], ACCOUNT_ID)
    allowed = bool(evaluator.evaluate(context, policies).decision == "Allow")
    calls.append(file, role, action, resource, allowed=allowed)
    return allowed
