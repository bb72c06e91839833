"""A record in a line: what the journal's indexes hold of it."""

from dataclasses import dataclass

from chalicelib.journal.record import Record

OPEN = "open"


@dataclass(frozen=True)
class Summary:
    """What a history shows of a record.

    Attributes
    ----------
    resource : str
        ``<account>/<region>/<type>/<id>``.
    status : str
        How it ended, or ``open``.
    gist : str
        What was taken away and what was added, else why it was opened.
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
    """The record in a line."""
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
