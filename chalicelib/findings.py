"""The messages between the functions: frozen dataclasses and their JSON.

Every reader checks its input and raises :class:`~chalicelib.errors.BadInput`, which names the field and the value.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from chalicelib.errors import BadInput, shortened
from chalicelib.json_values import a_text, a_time, an_object, as_text, many, parsed_message, some

VERSION = "1"
ACCOUNT_ID = re.compile(r"[0-9]{12}")
REGION = re.compile(r"[a-z]{2,4}(-[a-z]{1,20}){1,3}-[0-9]")
NAME = re.compile(r"(?=.*\S).{1,128}", re.DOTALL)
"""The name of a Config rule or resource type: AWS Config's limit for rule names. No resource type's name is as long."""
RESOURCE_ID = re.compile(r"(?!arn:)[ -~]{1,255}")
"""Not an ARN: given the ARN of an access point, S3 would read that instead of a bucket.

The longest IDs are names of old buckets in us-east-1. The slots of an hour must fit into one DynamoDB item."""
AN_ID = "an ID (not an ARN) of at most 255 ASCII characters"
LISTS = ("cidrs", "prefixListIds", "statements", "grants")
"""The lists in a violation's details of which each member, a text or an object, opens the resource by itself."""
FINDING_BYTES = 200_000
"""The maximum size of a finding as JSON, for the evaluators, which write findings, and for every reader."""
MOST_ENTRIES = 1000
"""The maximum number each of violations, steps and notes in a finding: a security group cannot have more rules."""
LONGEST_NOTE = 10_000
"""The maximum number of characters of a note and of a violation's reason."""
MOST_PARAMETERS, LONGEST_PARAMETER = 50, 1024
"""Parameters of a Config rule: AWS Config's limit for all of them together is 1,024 characters."""
MOST_HANDLES, LONGEST_HANDLE = 100, 2048
"""Receipt handles of one work order: a round of the coordinator receives no more messages. SQS's handles have about 400
characters."""
HANDLE = re.compile(rf"[!-~]{{1,{LONGEST_HANDLE}}}")
ORDER_BYTES = FINDING_BYTES + MOST_HANDLES * LONGEST_HANDLE + 10_000


@dataclass(frozen=True)
class AwsCall:
    """One AWS call: printable, comparable and complete.

    Attributes
    ----------
    service : str
        boto3's name of the service: ``ec2``, ``s3``.
    action : str
        The API's name of the action: ``RevokeSecurityGroupIngress``.
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
        data = an_object(raw, where)
        return cls(
            a_text(data, "service", where),
            a_text(data, "action", where),
            an_object(data.get("parameters"), f"{where}.parameters"),
        )


@dataclass(frozen=True)
class Violation:
    """One violation of a rule by a resource.

    Attributes
    ----------
    violation_type : str
        ``EC2_SG_PROHIBITED_PORT``, ``S3_BUCKET_PUBLIC_ACL`` or ``S3_BUCKET_PUBLIC_POLICY``.
    violation_details : Mapping
        What exactly violates the rule, JSON-compatible; always has ``reason``, a sentence for people.
    """

    violation_type: str
    violation_details: Mapping[str, Any]

    @property
    def reason(self) -> str:
        return str(self.violation_details.get("reason", self.violation_type))

    @property
    def is_presumed(self) -> bool:
        """Whether a fact that could not be read might show that there is no violation."""
        return bool(self.violation_details.get("presumed"))

    def fitted(self, longest: int, most: int) -> Self:
        """The violation with texts of at most `longest` characters, and lists of at most `most` items."""
        details = {key: _fitted(value, longest, most) for key, value in self.violation_details.items()}
        return replace(self, violation_details=details)

    def to_json(self) -> dict[str, Any]:
        return {"violationType": self.violation_type, "violationDetails": dict(self.violation_details)}

    @classmethod
    def from_json(cls, raw: object, where: str) -> Self:
        data = an_object(raw, where)
        details = an_object(data.get("violationDetails"), f"{where}.violationDetails")
        for key in LISTS:
            if key in details:
                many(details, key, f"{where}.violationDetails", _text_or_object)
        return cls(a_text(data, "violationType", where), details)


@dataclass(frozen=True)
class Finding:
    """The message on the remediation queue: one non-compliant resource, and the steps that would fix it.

    Attributes
    ----------
    notes : tuple of str
        What people should know before the steps are carried out, and what the steps do not fix.
    """

    raised_by_rule: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    detected_at: str
    violations: tuple[Violation, ...]
    required_steps: tuple[AwsCall, ...]
    notes: tuple[str, ...] = ()
    rule_parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the resource is non-compliant, in words."""
        return tuple(violation.reason for violation in self.violations)

    @property
    def resource(self) -> tuple[str, str, str, str]:
        """The key by which the coordinator folds findings."""
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
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, raw: object, where: str = "message") -> Self:
        data = an_object(raw, where)
        version = a_text(data, "version", where)
        if version != VERSION:
            raise BadInput(f"{where}.version", version, f"version {VERSION}")
        return cls(
            raised_by_rule=a_text(data, "raisedByRule", where, NAME, "at most 128 characters"),
            aws_account_id=a_text(data, "awsAccountId", where, ACCOUNT_ID, "twelve digits"),
            aws_region=a_text(data, "awsRegion", where, REGION, "a region such as eu-west-1"),
            target_resource_type=a_text(data, "targetResourceType", where, NAME, "at most 128 characters"),
            target_resource_id=a_text(data, "targetResourceId", where, RESOURCE_ID, AN_ID),
            detected_at=a_time(data, "detectedAt", where),
            violations=some(data, "violations", where, Violation.from_json, MOST_ENTRIES),
            required_steps=many(data, "requiredSteps", where, AwsCall.from_json, MOST_ENTRIES),
            notes=many({"notes": [], **data}, "notes", where, _note, MOST_ENTRIES),
            rule_parameters=_parameters(data.get("ruleParameters", {}), f"{where}.ruleParameters"),
        )

    @classmethod
    def from_body(cls, body: str) -> Self:
        """The finding in a message's body; BadInput if the body is too large or invalid."""
        finding = cls.from_json(parsed_message(body, FINDING_BYTES))
        if (size := len(json.dumps(finding.to_json()))) > FINDING_BYTES:
            raise BadInput("message", f"{size} bytes as ASCII", f"at most {FINDING_BYTES} bytes")
        return finding

    @property
    def body(self) -> str:
        """The finding as a message's body, which every reader accepts."""
        return json.dumps(self.fitted().to_json())

    def fitted(self) -> Self:
        """The finding, cut to the size that readers accept; a note says so. Only the resource that it names matters."""
        notes = tuple(shortened(note, LONGEST_NOTE) for note in self.notes)
        violations = tuple(each.fitted(LONGEST_NOTE, MOST_ENTRIES) for each in self.violations)
        fitted, most = replace(self, violations=violations, notes=notes), MOST_ENTRIES
        while most and (fitted.most_entries > MOST_ENTRIES or len(json.dumps(fitted.to_json())) > FINDING_BYTES):
            most //= 2
            fitted = replace(
                self,
                violations=tuple(each.fitted(LONGEST_NOTE * most // MOST_ENTRIES + 200, most) for each in violations)[
                    : max(1, most)
                ],
                required_steps=self.required_steps[:most],
                notes=(*(shortened(note, 1000) for note in notes[:most]), self._cut_note),
            )
        return fitted

    @property
    def most_entries(self) -> int:
        return max(len(self.violations), len(self.required_steps), len(self.notes))

    @property
    def _cut_note(self) -> str:
        return (
            f"Cut to fit one message: {len(self.violations)} violations and {len(self.required_steps)} steps in all. "
            "A fix is planned from the resource itself, not from this list."
        )


WHEREABOUTS = ("raised_by_rule", "aws_account_id", "aws_region", "target_resource_type", "target_resource_id")


def whereabouts(of: object) -> dict[str, Any]:
    """The fields that say what a finding is about, by name; every message about the finding has the same fields."""
    return {name: getattr(of, name) for name in WHEREABOUTS}


@dataclass(frozen=True)
class WorkOrder:
    """The message on a work queue: a copy of a finding, and the source messages to delete after the fix."""

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
        data = an_object(raw, where)
        return cls(
            source_queue_url=a_text(data, "sourceQueueUrl", where),
            receipt_handle=a_text(data, "receiptHandle", where, HANDLE, "an SQS receipt handle"),
            finding=Finding.from_json(data.get("messageBody"), f"{where}.messageBody"),
            also_satisfies=many({"alsoSatisfies": [], **data}, "alsoSatisfies", where, _handle, MOST_HANDLES),
        )

    @classmethod
    def from_body(cls, body: str) -> Self:
        """The work order in a message's body; BadInput if the body is too large or invalid."""
        return cls.from_json(parsed_message(body, ORDER_BYTES))


def _handle(raw: object, where: str) -> str:
    if not isinstance(raw, str) or not HANDLE.fullmatch(raw):
        raise BadInput(where, raw, "an SQS receipt handle")
    return raw


def _note(raw: object, where: str) -> str:
    note = as_text(raw, where)
    if len(note) > LONGEST_NOTE:
        raise BadInput(where, note, f"at most {LONGEST_NOTE} characters")
    return note


def _parameters(raw: object, where: str) -> dict[str, str]:
    data = an_object(raw, where)
    if len(data) > MOST_PARAMETERS:
        raise BadInput(where, f"{len(data)} parameters", f"at most {MOST_PARAMETERS}")
    for name, value in data.items():
        if len(name) > LONGEST_PARAMETER or len(as_text(value, f"{where}.{name}")) > LONGEST_PARAMETER:
            raise BadInput(f"{where}.{name}", value, f"at most {LONGEST_PARAMETER} characters")
    return data


def _fitted(value: Any, longest: int, most: int) -> Any:
    if isinstance(value, str):
        return shortened(value, longest)
    if isinstance(value, list | tuple):
        return [_fitted(each, longest, most) for each in value[: max(1, most)]]
    if isinstance(value, dict):
        return {key: _fitted(each, longest, most) for key, each in list(value.items())[: max(20, most)]}
    return value


def _text_or_object(raw: object, where: str) -> object:
    if not isinstance(raw, str | dict):
        raise BadInput(where, raw, "a text or a JSON object")
    return raw
