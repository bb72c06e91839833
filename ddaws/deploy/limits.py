"""AWS's limits, checked before anything is deployed: lengths and patterns from botocore's own model of each service."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from chalicelib.errors import BadInput
from chalicelib.findings import AwsCall

LONGEST_EVENT_PATTERN = 2_048
"""Characters (Amazon EventBridge quotas, "Event pattern size"); botocore's model has twice as many."""
LONGEST_INLINE_POLICY = 10_240
"""Characters of a role's inline policies, without white space (IAM and AWS STS quotas)."""
LARGEST_ENVIRONMENT = 4_096
"""Bytes of a function's environment variables (Lambda quotas)."""
MOST_CONFIG_RULES = 1_000
"""Config rules of an account in a region (AWS Config service limits)."""


def check(call: AwsCall, where: str) -> None:
    """Raise BadInput if AWS would refuse a call because of a value's length or form.

    Parameters
    ----------
    call : AwsCall
        The call, with boto3's service names and AWS's action names.
    where : str
        The name of the values' origin, for people: ``infrastructure/config_rules.yaml: some-rule``.
    """
    shape = _model(call.service).operation_model(call.action).input_shape
    for field, value, expected in _broken(shape, dict(call.parameters), ""):
        raise BadInput(f"{where}: {field}", value, expected)


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"))


def _broken(shape: Any, value: Any, field: str) -> Iterator[tuple[str, Any, str]]:
    """Each value that breaks a constraint of `shape`: its field, the value, and what AWS expects."""
    match shape.type_name:
        case "structure":
            for name, member in value.items():
                yield from _broken(shape.members[name], member, f"{field}.{name}".removeprefix("."))
        case "list":
            yield from _wrong_size(shape, value, field, "entries")
            for index, member in enumerate(value):
                yield from _broken(shape.member, member, f"{field}[{index}]")
        case "string":
            yield from _wrong_size(shape, value, field, "characters")
            pattern = shape.metadata.get("pattern")
            if pattern and not re.fullmatch(pattern, value, re.DOTALL):
                yield field, value, f"a text of the form {pattern}"


def _wrong_size(shape: Any, value: Any, field: str, unit: str) -> Iterator[tuple[str, Any, str]]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    if len(value) > most:
        yield field, value, f"at most {most} {unit}, and not {len(value)}"
    if len(value) < least:
        yield field, value, f"at least {least} {unit}"
