"""What travels between the functions: frozen dataclasses, and their JSON.

Every reader checks what it reads and raises :class:`~chalicelib.errors.BadInput`, which names the field and the value.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from chalicelib.errors import BadInput

VERSION = "1"
ACCOUNT_ID = re.compile(r"\d{12}")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


@dataclass(frozen=True)
class AwsCall:
    """One AWS call, as it is: printable, comparable, and all that an executor needs.

    Attributes
    ----------
    service : str
        boto3's name of the service: ``ec2``, ``s3``.
    action : str
        The API's own name of the action: ``RevokeSecurityGroupIngress``.
    parameters : Mapping
        The action's parameters, JSON-compatible.
    """

    service: str
    action: str
    parameters: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"service": self.service, "action": self.action, "parameters": dict(self.parameters)}

    @classmethod
    def from_json(cls, raw: object, where: str) -> Self:
        data = _object(raw, where)
        return cls(
            _text(data, "service", where),
            _text(data, "action", where),
            _object(data.get("parameters"), f"{where}.parameters"),
        )


@dataclass(frozen=True)
class Violation:
    """One thing that a rule condemns about a resource.

    Attributes
    ----------
    violation_type : str
        ``EC2_SG_PROHIBITED_PORT``, ``S3_BUCKET_PUBLIC_ACL`` or ``S3_BUCKET_PUBLIC_POLICY``.
    violation_details : Mapping
        What exactly offends, JSON-compatible; always has ``reason``, a sentence for people.
    """

    violation_type: str
    violation_details: Mapping[str, Any]

    @property
    def reason(self) -> str:
        return str(self.violation_details.get("reason", self.violation_type))

    def to_json(self) -> dict[str, Any]:
        return {"violationType": self.violation_type, "violationDetails": dict(self.violation_details)}

    @classmethod
    def from_json(cls, raw: object, where: str) -> Self:
        data = _object(raw, where)
        return cls(
            _text(data, "violationType", where), _object(data.get("violationDetails"), f"{where}.violationDetails")
        )


@dataclass(frozen=True)
class Finding:
    """The message on the remediation queue: one non-compliant resource, and the steps that would fix it."""

    raised_by_rule: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    detected_at: str
    violations: tuple[Violation, ...]
    required_steps: tuple[AwsCall, ...]
    rule_parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def resource(self) -> tuple[str, str, str, str]:
        """What the coordinator folds by."""
        return self.aws_account_id, self.aws_region, self.target_resource_type, self.target_resource_id

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "raisedByRule": self.raised_by_rule,
            "ruleParameters": dict(self.rule_parameters),
            "awsAccountId": self.aws_account_id,
            "awsRegion": self.aws_region,
            "targetResourceType": self.target_resource_type,
            "targetResourceId": self.target_resource_id,
            "detectedAt": self.detected_at,
            "violations": [violation.to_json() for violation in self.violations],
            "requiredSteps": [step.to_json() for step in self.required_steps],
        }

    @classmethod
    def from_json(cls, raw: object, where: str = "message") -> Self:
        data = _object(raw, where)
        version = _text(data, "version", where)
        if version != VERSION:
            raise BadInput(f"{where}.version", version, f"version {VERSION}")
        return cls(
            raised_by_rule=_text(data, "raisedByRule", where),
            aws_account_id=_text(data, "awsAccountId", where, ACCOUNT_ID, "twelve digits"),
            aws_region=_text(data, "awsRegion", where, REGION, "a region such as eu-west-1"),
            target_resource_type=_text(data, "targetResourceType", where),
            target_resource_id=_text(data, "targetResourceId", where),
            detected_at=_text(data, "detectedAt", where),
            violations=_some(data, "violations", where, Violation.from_json),
            required_steps=_many(data, "requiredSteps", where, AwsCall.from_json),
            rule_parameters=_object(data.get("ruleParameters", {}), f"{where}.ruleParameters"),
        )


@dataclass(frozen=True)
class WorkOrder:
    """The message on a work queue: a copy of a finding, and the source messages to delete once it is fixed."""

    source_queue_url: str
    receipt_handle: str
    finding: Finding
    also_satisfies: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "sourceQueueUrl": self.source_queue_url,
            "receiptHandle": self.receipt_handle,
            "messageBody": self.finding.to_json(),
            "alsoSatisfies": list(self.also_satisfies),
        }

    @classmethod
    def from_json(cls, raw: object, where: str = "message") -> Self:
        data = _object(raw, where)
        return cls(
            source_queue_url=_text(data, "sourceQueueUrl", where),
            receipt_handle=_text(data, "receiptHandle", where),
            finding=Finding.from_json(data.get("messageBody"), f"{where}.messageBody"),
            also_satisfies=_many({"alsoSatisfies": [], **data}, "alsoSatisfies", where, _is_text),
        )


def parsed(text: str, where: str = "message") -> object:
    """`text` as JSON, or BadInput."""
    try:
        return json.loads(text)
    except (TypeError, ValueError) as error:
        raise BadInput(where, text, "JSON") from error


def _object(raw: object, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise BadInput(where, raw, "a JSON object")
    return raw


def _text(
    data: Mapping[str, Any], key: str, where: str, pattern: re.Pattern[str] | None = None, expected: str = "a text"
) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value or (pattern and not pattern.fullmatch(value)):
        raise BadInput(f"{where}.{key}", value, expected)
    return value


def _is_text(raw: object, where: str) -> str:
    if not isinstance(raw, str):
        raise BadInput(where, raw, "a text")
    return raw


def _many[T](data: Mapping[str, Any], key: str, where: str, reader: Callable[[object, str], T]) -> tuple[T, ...]:
    raw = data.get(key)
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise BadInput(f"{where}.{key}", raw, "a list")
    return tuple(reader(item, f"{where}.{key}[{index}]") for index, item in enumerate(raw))


def _some[T](data: Mapping[str, Any], key: str, where: str, reader: Callable[[object, str], T]) -> tuple[T, ...]:
    items = _many(data, key, where, reader)
    if not items:
        raise BadInput(f"{where}.{key}", [], "at least one entry")
    return items
