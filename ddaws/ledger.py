"""The record of the last complete deployment, kept in the account: SSM parameter /dd-aws/<stage>/deployment.

It holds no secrets: only digests, and which account-wide resources the deployment created.
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.settings import APP
from ddaws.account import error_code
from ddaws.plan import Call, Target, call


def parameter(target: Target) -> str:
    """The parameter's name."""
    return f"/{APP}/{target.stage.name}/deployment"


def read(target: Target) -> Mapping[str, Any]:
    """The ledger; empty if nothing was deployed or if its text cannot be parsed."""
    try:
        text = target.account.client("ssm").get_parameter(Name=parameter(target))["Parameter"]["Value"]
    except ClientError as error:
        if error_code(error) == "ParameterNotFound":
            return {}
        raise
    try:
        entries = json.loads(text)
    except ValueError:
        return {}
    return entries if isinstance(entries, dict) else {}


def write(target: Target, **entries: Any) -> Call:
    """The change that adds entries to the ledger and keeps the others."""
    text = json.dumps({**read(target), **entries}, sort_keys=True)
    name = parameter(target)
    return call(
        "update", f"parameter {name}", "ssm", "PutParameter", Name=name, Value=text, Type="String", Overwrite=True
    )


def delete(target: Target) -> Call:
    """The change that deletes the ledger."""
    name = parameter(target)
    return call("delete", f"parameter {name}", "ssm", "DeleteParameter", Name=name)
