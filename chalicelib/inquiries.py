"""The message that asks who opened what was found: it waits in a delayed queue, since CloudTrail lags by minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from chalicelib.errors import BadInput
from chalicelib.messages import ACCOUNT_ID, REGION, VERSION, Finding, Violation, whereabouts
from chalicelib.reading import a_text, a_time, an_object, instant, some
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP


@dataclass(frozen=True)
class Inquiry:
    """Who has opened this?

    Attributes
    ----------
    remediation_id : str
        The remediation whose outcome people were told, or that is left alone because of a fight.
    detected_at, asked_at : str
        When AWS Config saw it, and when the question came up; ISO 8601.
    violations : tuple of Violation
        What to look for.
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

    @classmethod
    def about(cls, finding: Finding, violations: Sequence[Violation], remediation_id: str, asked_at: str) -> Self:
        """The question that a finding raises, about those `violations` of it that matter."""
        return cls(
            remediation_id=remediation_id,
            **whereabouts(finding),
            detected_at=finding.detected_at,
            asked_at=asked_at,
            violations=tuple(violations),
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
        return cls(
            remediation_id=a_text(data, "remediationId", where),
            raised_by_rule=a_text(data, "raisedByRule", where),
            aws_account_id=a_text(data, "awsAccountId", where, ACCOUNT_ID, "twelve digits"),
            aws_region=a_text(data, "awsRegion", where, REGION, "a region such as eu-west-1"),
            target_resource_type=resource_type,
            target_resource_id=a_text(data, "targetResourceId", where),
            detected_at=a_time(data, "detectedAt", where),
            asked_at=a_time(data, "askedAt", where),
            violations=some(data, "violations", where, Violation.from_json),
        )
