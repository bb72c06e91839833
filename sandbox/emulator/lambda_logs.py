"""A function's output reaches CloudWatch Logs with the permissions of its role, or not at all."""

import functools
import importlib
from pathlib import Path
from typing import Any

from sandbox.emulator.roles import may
from sandbox.environment import ACCOUNT_ID, REGION


def guard(record: Path) -> None:
    """Ask the function's role before ministack writes its output."""
    lambda_service: Any = importlib.import_module("ministack.services.lambda_svc")
    write = lambda_service._emit_lambda_logs

    @functools.wraps(write)
    def write_if_allowed(function: dict[str, Any], *arguments: Any, **options: Any) -> None:
        config = function.get("config") or function
        if _may_log(record, config["Role"], config["FunctionName"]):
            write(function, *arguments, **options)

    lambda_service._emit_lambda_logs = write_if_allowed


def _may_log(record: Path, role: str, function: str) -> bool:
    group = f"/aws/lambda/{function}"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    if group not in importlib.import_module("ministack.services.cloudwatch_logs")._log_groups:
        actions.insert(0, "logs:CreateLogGroup")
    stream = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{group}:log-stream:any"
    return all(may(record, role, action, stream) for action in actions)
