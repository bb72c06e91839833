"""A record's summary, which the journal's indexes have."""

from dataclasses import dataclass

from chalicelib.journal.record import Record

OPEN = "open"


@dataclass(frozen=True)
class Summary:
    """A record in a history.

    Attributes
    ----------
    resource : str
        ``<account>/<region>/<type>/<id>``.
    status : str
        The outcome's status, or ``open``.
    gist : str
        What was removed and added; if nothing, the violations.
    """

    remediation_id: str
    opened_at: str
    resource: str
    rule: str
    status: str
    gist: str
    undoes: str = ""
    undone_by: str = ""


def summary(record: Record) -> Summary:
    """The summary of a record."""
    return Summary(
        record.remediation_id,
        record.opened_at,
        record.resource,
        record.opening.finding.raised_by_rule,
        record.closing.outcome.status.value if record.closing else OPEN,
        _gist(record),
        record.opening.undoes,
        record.undone_by,
    )


def _gist(record: Record) -> str:
    if record.closing:
        outcome = record.closing.outcome
        changes = [*(f"- {line}" for line in outcome.removed), *(f"+ {line}" for line in outcome.added)]
    else:
        changes = []
    reasons = changes or [violation.reason for violation in record.opening.finding.violations]
    more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return "; ".join(line[:200] for line in reasons[:3]) + more
