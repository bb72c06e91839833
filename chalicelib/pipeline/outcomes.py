"""Builds the outcome of a finding, for remediations and for undos."""

from typing import Any

from chalicelib.findings import Finding, whereabouts
from chalicelib.notify import Outcome, Status


def outcome_about(finding: Finding, remediation_id: str, status: Status, finished_at: str, **rest: Any) -> Outcome:
    """The outcome of a finding; `rest` has the fields of `Outcome` about the changes and their reasons."""
    return Outcome(
        remediation_id=remediation_id,
        status=status,
        **whereabouts(finding),
        detected_at=finding.detected_at,
        finished_at=finished_at,
        violations=finding.reasons,
        **rest,
    )
