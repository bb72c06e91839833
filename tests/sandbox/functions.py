"""Functions that call a service as they are told to, deployed into a sandbox without Chalice."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox import Sandbox

SOURCE = """
import os
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    if event["operation"] == "environment":
        return dict(os.environ)
    try:
        getattr(boto3.client(event["service"]), event["operation"])(**event["parameters"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@dataclass(frozen=True)
class Function:
    """A deployed function; calling it tells ``done``, or the error code that its own call to a service got."""

    box: Sandbox
    name: str

    def __call__(self, service: str, operation: str, **parameters: Any) -> Any:
        event = {"service": service, "operation": operation, "parameters": parameters}
        answer = self.box.client("lambda").invoke(FunctionName=self.name, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())


def create_function(box: Sandbox, name: str, actions: Sequence[str]) -> Function:
    client = box.client("lambda")
    client.create_function(
        FunctionName=name,
        Role=_create_role(box, name, actions),
        Runtime="python3.13",
        Handler="caller.handler",
        Code={"ZipFile": _zipped("caller.py", SOURCE)},
        Environment={"Variables": box.function_environment},
        Timeout=30,
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    return Function(box, name)


def _create_role(box: Sandbox, name: str, actions: Sequence[str]) -> str:
    iam = box.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(TRUST))["Role"]["Arn"]
    if actions:
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=_policy(allowed))
    return str(role)


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _zipped(name: str, source: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr(name, source)
    return archive.getvalue()
