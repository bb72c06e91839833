"""What people are told about a finding, whoever dealt with it."""

from typing import Any

from chalicelib.findings import Finding, whereabouts
from chalicelib.notify import Outcome, Status


def outcome_about(finding: Finding, remediation_id: str, status: Status, finished_at: str, **rest: Any) -> Outcome:
    """The outcome of a finding; `rest` are the fields of `Outcome` that tell what was done, and why."""
    return Outcome(
        remediation_id=remediation_id,
        status=status,
        **whereabouts(finding),
        detected_at=finding.detected_at,
        finished_at=finished_at,
        violations=finding.reasons,
        **rest,
    )
