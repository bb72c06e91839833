"""On-failure destinations: where Lambda sends an asynchronous event after its last failed try."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.findings import AwsCall
from chalicelib.rules import RULES
from ddaws.account import error_code
from ddaws.plan import Call, Plan, Target, Tell, Verb

SETTLES = ("InvalidParameterValueException", "ResourceConflictException")
"""Lambda may not yet know the role's permission for the queue, or an update may still be in progress."""

DEFAULT_RETRIES, DEFAULT_AGE = 2, 21_600
"""Lambda's defaults: two retries, of events that are up to six hours old."""
TICK_AGE = 60
"""Lambda's minimum, and the time between two ticks: throttled ticks do not pile up."""


def wanted(target: Target) -> dict[str, dict[str, Any]]:
    """Each asynchronously invoked function's event invoke configuration.

    The coordinator is not retried, and a tick that Lambda throttles is dropped when the next one is due: the next tick
    does the same work.
    """
    evaluators = {rule.evaluator: _retried(target.queue_arn("evaluator-dlq")) for rule in RULES}
    return {
        "notifier": _retried(target.queue_arn("notifier-dlq")),
        **evaluators,
        "coordinator": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": TICK_AGE, "DestinationConfig": {}},
    }


def _retried(queue_arn: str) -> dict[str, Any]:
    return {
        "MaximumRetryAttempts": DEFAULT_RETRIES,
        "MaximumEventAgeInSeconds": DEFAULT_AGE,
        "DestinationConfig": {"OnFailure": {"Destination": queue_arn}},
    }


def plan(target: Target, tell: Tell) -> Plan:
    """Put the configurations that differ."""
    changes: list[Call] = []
    for function, configuration in wanted(target).items():
        tell(function)
        name = target.stage.named(function)
        live = _live(target, name)
        if live != configuration:
            put = AwsCall("lambda", "PutFunctionEventInvokeConfig", {"FunctionName": name, **configuration})
            verb: Verb = "update" if live else "create"
            changes.append(Call(verb, f"{function}: {_words(configuration)}", put, SETTLES))
    return Plan("retries and on-failure queues", tuple(changes))


def _live(target: Target, name: str) -> dict[str, Any]:
    try:
        answer: Mapping[str, Any] = target.account.client("lambda").get_function_event_invoke_config(FunctionName=name)
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return {}
        raise
    kept = {kind: value for kind, value in answer.get("DestinationConfig", {}).items() if value}
    return {
        "MaximumRetryAttempts": answer.get("MaximumRetryAttempts", DEFAULT_RETRIES),
        "MaximumEventAgeInSeconds": answer.get("MaximumEventAgeInSeconds", DEFAULT_AGE),
        "DestinationConfig": kept,
    }


def _words(configuration: Mapping[str, Any]) -> str:
    failure = configuration["DestinationConfig"].get("OnFailure")
    if not failure:
        return f"not retried, dropped after {configuration['MaximumEventAgeInSeconds']} s"
    return f"{configuration['MaximumRetryAttempts']} retries, then to {failure['Destination'].rpartition(':')[2]}"
