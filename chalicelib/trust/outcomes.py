"""What people are told about a finding, whoever dealt with it."""

from typing import Any

from chalicelib.messages import Finding
from chalicelib.notifications import Outcome, Status


def outcome_about(finding: Finding, remediation_id: str, status: Status, finished_at: str, **rest: Any) -> Outcome:
    """The outcome of a finding; `rest` are the fields of `Outcome` that tell what was done, and why."""
    return Outcome(
        remediation_id=remediation_id,
        status=status,
        raised_by_rule=finding.raised_by_rule,
        aws_account_id=finding.aws_account_id,
        aws_region=finding.aws_region,
        target_resource_type=finding.target_resource_type,
        target_resource_id=finding.target_resource_id,
        detected_at=finding.detected_at,
        finished_at=finished_at,
        violations=tuple(violation.reason for violation in finding.violations),
        **rest,
    )
