"""Finds out from the journal whether another remediation of this stage made a resource compliant."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.approvals.holds import SETTLED
from chalicelib.errors import DdAwsError
from chalicelib.exposure.parts import parts
from chalicelib.findings import Finding, Violation
from chalicelib.journal.record import Record
from chalicelib.json_values import instant
from chalicelib.resources import Resource
from chalicelib.rules import Rule

logger = logging.getLogger(__name__)

INDEX_LAGS = (0.0, 1.0, 2.0)
"""Seconds before each query of the journal's index, which is eventually consistent."""
LONGEST = timedelta(hours=1)
"""The maximum time between a remediation's start and its last call, for it to be found."""


class OwnChangeGateways(Protocol):
    """What `own_change` needs of the outside."""

    def past(self, resource: str, since: datetime) -> Iterable[Record]: ...

    def pause(self, seconds: float) -> None: ...


def own_change(
    finding: Finding, found: Sequence[Violation], rule: Rule, open_record: str, gateways: OwnChangeGateways
) -> str:
    """The ID of the remediation that closes, or has closed, the finding's violations; empty if there is none.

    Parameters
    ----------
    found : sequence of Violation
        The violations at the first reading, which were closed before they could be fixed. If empty, the resource was
        compliant at the first reading, and the finding's violations count.
    open_record : str
        The ID of the finding's own open record, which does not count; empty if there is none.
    """
    resource = "/".join(finding.resource)
    since = instant(finding.detected_at, "detectedAt") - SETTLED
    wanted = _parts(found or finding.violations)
    for delay in INDEX_LAGS if found else INDEX_LAGS[:1]:
        gateways.pause(delay)
        try:
            for record in gateways.past(resource, since - LONGEST):
                if record.remediation_id != open_record and wanted <= set(_closed(record, since, rule)):
                    return record.remediation_id
        except DdAwsError as error:
            logger.warning("the remediations of %s cannot be read: %s", resource, error)
            return ""
    return ""


def _closed(record: Record, since: datetime, rule: Rule) -> Iterator[str]:
    """The parts of violations that a remediation closes; none if it made no call since `since`."""
    made = (each for each in record.attempts if each.counts)
    if record.opening.undoes or not any(instant(each.attempted_at, "attemptedAt") >= since for each in made):
        return
    parameters = rule.parameters(record.opening.rule_parameters)

    def judged(resource: Resource | None) -> set[str]:
        return _parts(rule.violations(resource, parameters)) if resource else set()

    yield from judged(record.opening.before) - judged(record.closing.after if record.closing else None)


def _parts(violations: Iterable[Violation]) -> set[str]:
    return {part for violation in violations for part in parts(violation)}
