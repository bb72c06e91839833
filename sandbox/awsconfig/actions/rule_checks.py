"""AWS Config's checks of a rule that go beyond the request's shape."""

import json
import re

from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.notifications import SCHEDULED
from sandbox.awsconfig.permissions import lets_config_invoke
from sandbox.awsconfig.resource import Json
from sandbox.awsconfig.state import State

FUNCTION_ARN = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?")
MANAGED = re.compile(r"[A-Z0-9_]+")
UNAVAILABLE = {"ROOT_ACCOUNT_MFA_ENABLED": ("me-central-1", "il-central-1", "ca-west-1", "ap-southeast-5")}
"""Regions without a managed rule: AWS Config Developer Guide, on that rule ("AWS Region")."""


def check(state: State, rule: Json) -> None:
    """Raise the ConfigError that PutConfigRule would answer."""
    _check_parameters(rule)
    _check_scope(rule.get("Scope", {}))
    source = rule["Source"]
    match source["Owner"]:
        case "CUSTOM_LAMBDA":
            _check_custom(source)
            _check_permission(state, source["SourceIdentifier"])
        case "AWS":
            _check_managed(source, state.account.region)
        case _:
            _require("CustomPolicyDetails" in source, "CustomPolicyDetails is required when the owner is CUSTOM_POLICY")


def _check_parameters(rule: Json) -> None:
    text = rule.get("InputParameters")
    if text is None:
        return
    try:
        parameters = json.loads(text)
    except ValueError:
        parameters = None
    _require(isinstance(parameters, dict), f"Invalid json {text} passed in the InputParameters field")
    for name, value in (parameters or {}).items():
        _require(
            not isinstance(value, str) or bool(value.strip()),
            f"Blank spaces are not acceptable for input parameter: {name}",
        )


def _check_scope(scope: Json) -> None:
    _require(
        "ComplianceResourceId" not in scope or len(scope.get("ComplianceResourceTypes", [])) == 1,
        "A single resourceType should be provided when resourceId is provided in scope",
    )
    _require(
        "TagValue" not in scope or "TagKey" in scope,
        "TagKey should not be empty when TagValue is provided in scope",
    )


def _check_custom(source: Json) -> None:
    _require(
        FUNCTION_ARN.fullmatch(source.get("SourceIdentifier", "")) is not None,
        f"The sourceIdentifier {source.get('SourceIdentifier')} is not the ARN of a Lambda function",
    )
    details = source.get("SourceDetails", [])
    _require(bool(details), "SourceDetails should be specified if the owner is CUSTOM_LAMBDA")
    for detail in details:
        _require(
            detail.get("EventSource", "aws.config") == "aws.config" and "MessageType" in detail,
            "SourceDetails needs the EventSource aws.config and a MessageType",
        )
        _require(
            detail["MessageType"] == SCHEDULED or "MaximumExecutionFrequency" not in detail,
            f"A maximum execution frequency is not allowed if MessageType is {detail['MessageType']}",
        )


def _check_permission(state: State, function_arn: str) -> None:
    if not lets_config_invoke(state.outside.function_policy(function_arn), state.account.account_id):
        raise ConfigError(
            "InsufficientPermissionsException",
            f"The AWS Lambda function {function_arn} cannot be invoked. Check the specified function ARN, and check "
            "the function's permissions.",
        )


def _check_managed(source: Json, region: str) -> None:
    identifier = source.get("SourceIdentifier", "")
    _require(
        MANAGED.fullmatch(identifier) is not None and region not in UNAVAILABLE.get(identifier, ()),
        f"The sourceIdentifier {identifier} is invalid. Please refer to the documentation for a list of valid "
        "sourceIdentifiers that can be used when AWS is the Owner",
    )
    _require(not source.get("SourceDetails"), "SourceDetails should be null/empty if the owner is AWS")


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ConfigError("InvalidParameterValueException", message)
