"""The message on the investigation queue: who opened a violation, and what have our puts overwritten?

The message is delayed, since CloudTrail lags by minutes. S3's puts have no precondition: a change between our last
reading and our put is lost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from chalicelib.errors import BadInput
from chalicelib.findings import (
    ACCOUNT_ID,
    AN_ID,
    FINDING_BYTES,
    MOST_ENTRIES,
    NAME,
    REGION,
    RESOURCE_ID,
    VERSION,
    Finding,
    Violation,
    whereabouts,
)
from chalicelib.json_values import a_text, a_time, an_object, instant, parsed_message, some
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP

PUTS = ("PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl", "PutPublicAccessBlock")
SLACK = timedelta(seconds=2)
"""The maximum difference between our times and CloudTrail's, which are in whole seconds and from another clock."""
MOST_PUTS = 20
REMEDIATION_ID = re.compile(r"[!-~]{1,64}")


@dataclass(frozen=True)
class OwnPut:
    """A call of ours that replaced a part of a bucket's settings.

    Attributes
    ----------
    action : str
        One of `PUTS`.
    read_at, put_at : str
        When the call was about to be made (the bucket was read once more after that), and when S3 had responded. ISO
        8601, UTC.
    saw : str
        A hash of the settings that it replaced, as last read (:mod:`chalicelib.investigation.overwritten`).
    """

    action: str
    read_at: str
    put_at: str
    saw: str

    @property
    def read(self) -> datetime:
        return instant(self.read_at, "message.puts.readAt")

    @property
    def put(self) -> datetime:
        return instant(self.put_at, "message.puts.putAt")

    def to_json(self) -> dict[str, str]:
        return {"action": self.action, "readAt": self.read_at, "putAt": self.put_at, "saw": self.saw}

    @classmethod
    def from_json(cls, raw: object, where: str) -> Self:
        data = an_object(raw, where)
        made = cls(
            a_text(data, "action", where),
            a_time(data, "readAt", where),
            a_time(data, "putAt", where),
            a_text(data, "saw", where),
        )
        if made.action not in PUTS:
            raise BadInput(f"{where}.action", made.action, " or ".join(PUTS))
        if not timedelta(0) <= made.put - made.read <= timedelta(hours=1):
            raise BadInput(f"{where}.putAt", made.put_at, "a time within an hour after readAt")
        return made


@dataclass(frozen=True)
class Inquiry:
    """Who opened these violations, and have these calls of ours overwritten somebody else's change?

    Attributes
    ----------
    remediation_id : str
        The remediation whose outcome was reported, or that does not happen since the violation is flapping.
    detected_at, asked_at : str
        When AWS Config detected the violations, and when the inquiry was sent; ISO 8601.
    violations : tuple of Violation
        The violations whose opener is wanted; empty if not asked, or already answered.
    puts : tuple of OwnPut
        The calls that may have overwritten a change; may be empty, but not together with `violations`.
    """

    remediation_id: str
    raised_by_rule: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    target_resource_id: str
    detected_at: str
    asked_at: str
    violations: tuple[Violation, ...]
    puts: tuple[OwnPut, ...] = ()

    @classmethod
    def about(
        cls,
        finding: Finding,
        violations: Sequence[Violation],
        remediation_id: str,
        asked_at: str,
        puts: Sequence[OwnPut] = (),
    ) -> Self:
        """The inquiry about `violations` of a finding, cut to fit one message."""
        asked = replace(finding, violations=tuple(violations), required_steps=(), notes=()).fitted()
        return cls(
            remediation_id=remediation_id,
            **whereabouts(finding),
            detected_at=finding.detected_at,
            asked_at=asked_at,
            violations=asked.violations,
            puts=tuple(puts)[-MOST_PUTS:],
        )

    @property
    def detected(self) -> datetime:
        return instant(self.detected_at, "message.detectedAt")

    @property
    def asked(self) -> datetime:
        return instant(self.asked_at, "message.askedAt")

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "remediationId": self.remediation_id,
            "raisedByRule": self.raised_by_rule,
            "awsAccountId": self.aws_account_id,
            "awsRegion": self.aws_region,
            "targetResourceType": self.target_resource_type,
            "targetResourceId": self.target_resource_id,
            "detectedAt": self.detected_at,
            "askedAt": self.asked_at,
            "violations": [violation.to_json() for violation in self.violations],
            "puts": [put.to_json() for put in self.puts],
        }

    @classmethod
    def from_json(cls, raw: object, where: str = "message") -> Self:
        data = an_object(raw, where)
        version = a_text(data, "version", where)
        if version != VERSION:
            raise BadInput(f"{where}.version", version, f"version {VERSION}")
        resource_type = a_text(data, "targetResourceType", where)
        if resource_type not in (SECURITY_GROUP, S3_BUCKET):
            raise BadInput(f"{where}.targetResourceType", resource_type, f"{SECURITY_GROUP} or {S3_BUCKET}")
        puts = some(data, "puts", where, OwnPut.from_json, MOST_ENTRIES) if data.get("puts") else ()
        if puts and resource_type != S3_BUCKET:
            raise BadInput(f"{where}.targetResourceType", resource_type, f"{S3_BUCKET} where there are puts")
        return cls(
            remediation_id=a_text(data, "remediationId", where, REMEDIATION_ID, "at most 64 ASCII characters"),
            raised_by_rule=a_text(data, "raisedByRule", where, NAME, "at most 128 characters"),
            aws_account_id=a_text(data, "awsAccountId", where, ACCOUNT_ID, "twelve digits"),
            aws_region=a_text(data, "awsRegion", where, REGION, "a region such as eu-west-1"),
            target_resource_type=resource_type,
            target_resource_id=a_text(data, "targetResourceId", where, RESOURCE_ID, AN_ID),
            detected_at=a_time(data, "detectedAt", where),
            asked_at=a_time(data, "askedAt", where),
            violations=()
            if puts and data.get("violations") == []
            else some(data, "violations", where, Violation.from_json, MOST_ENTRIES),
            puts=puts[-MOST_PUTS:],
        )

    @classmethod
    def from_body(cls, body: str) -> Self:
        """The inquiry in a message's body; BadInput if the body is too large or invalid."""
        return cls.from_json(parsed_message(body, FINDING_BYTES))
