"""Whether a resource is compliant because of another remediation of this stage: the journal says so."""

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
"""Seconds before each look at the journal's index, which shows a record shortly after it was written."""
LONGEST = timedelta(hours=1)
"""How long before its last call a remediation may have begun to still be found."""


class OwnChangeGateways(Protocol):
    """What it takes to find another remediation of a resource."""

    def past(self, resource: str, since: datetime) -> Iterable[Record]: ...

    def pause(self, seconds: float) -> None: ...


def own_change(
    finding: Finding, found: Sequence[Violation], rule: Rule, open_record: str, gateways: OwnChangeGateways
) -> str:
    """The id of the remediation that closes, or has closed, what the finding is about; empty: there is none.

    Parameters
    ----------
    found : sequence of Violation
        What was non-compliant when it was read, and was not any more when it was to be changed; empty: it was compliant
        when it was read, and the finding's own violations count.
    open_record : str
        The id of the record of the finding itself, which does not count; empty where it is closed.
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
            logger.warning("it is not known who has changed %s: %s", resource, error)
            return ""
    return ""


def _closed(record: Record, since: datetime, rule: Rule) -> Iterator[str]:
    """The parts of violations that a remediation closes; none where it has made no call since then."""
    made = (each for each in record.attempts if each.counts)
    if record.opening.undoes or not any(instant(each.attempted_at, "attemptedAt") >= since for each in made):
        return
    parameters = rule.parameters(record.opening.rule_parameters)

    def judged(resource: Resource | None) -> set[str]:
        return _parts(rule.violations(resource, parameters)) if resource else set()

    yield from judged(record.opening.before) - judged(record.closing.after if record.closing else None)


def _parts(violations: Iterable[Violation]) -> set[str]:
    return {part for violation in violations for part in parts(violation)}
