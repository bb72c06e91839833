"""Config rules of a moto account, with the stage's evaluators."""

import io
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import boto3

from .conftest import ACCOUNT, REGION, SETTINGS

DETAILS = [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}]


def put_rule(event: Mapping[str, Any], evaluator: str) -> None:
    """Put the Config rule of an event, with its name and parameters, for `evaluator`."""
    put(event["configRuleName"], event["ruleParameters"], SETTINGS.name(evaluator))


def put(name: str, parameters: str = "{}", function: str = SETTINGS.name("evaluate_security_group")) -> None:
    """Put a custom rule; `parameters` is JSON. moto requires that the function exists."""
    lambdas = _client("lambda")
    with suppress(lambdas.exceptions.ResourceConflictException):
        lambdas.create_function(
            FunctionName=function, Runtime="python3.13", Role=_role(), Handler="app.handler", Code={"ZipFile": _code()}
        )
    source = {
        "Owner": "CUSTOM_LAMBDA",
        "SourceIdentifier": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}",
        "SourceDetails": DETAILS,
    }
    _client("config").put_config_rule(
        ConfigRule={"ConfigRuleName": name, "Source": source, "InputParameters": parameters}
    )


def _role() -> str:
    iam = _client("iam")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName="evaluator", AssumeRolePolicyDocument="{}")
    return f"arn:aws:iam::{ACCOUNT}:role/evaluator"


@cache
def _client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


@cache
def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("app.py", "")
    return packed.getvalue()
