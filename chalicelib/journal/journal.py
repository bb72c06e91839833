"""The journal as a remediator uses it; or no journal, in a stage that was deployed without one."""

from collections.abc import Sequence
from typing import Protocol

from chalicelib.journal.record import Attempt, Record


class Journal(Protocol):
    """The store of records; every method raises NotDone if it fails."""

    def read(self, remediation_id: str, /) -> Record | None: ...

    def open(self, record: Record) -> None: ...

    def attempt(self, record: Record, attempt: Attempt) -> None: ...

    def answer(self, record: Record, attempt: Attempt) -> None: ...

    def close(self, record: Record) -> None: ...

    def reopen(self, record: Record) -> None: ...

    def mark_told(self, record: Record) -> None: ...


class NoJournal:
    """The journal of a stage that was deployed without one: it keeps nothing."""

    def read(self, _remediation_id: str) -> Record | None:
        return None

    def _keep_nothing(self, *_: object) -> None:
        """Ignore all writes."""

    open = attempt = answer = close = reopen = mark_told = _keep_nothing


def latest(record_ids: Sequence[str], delivery: str, journal: Journal) -> tuple[Record | None, str, str]:
    """The last page of a finding, if there is one, its ID, and the ID of the next page.

    A finding that is true again after a page on which it was solved continues on the next page. The delivery that
    settled a page belongs to no later page.
    """
    last, last_id = None, record_ids[0]
    for record_id in record_ids:
        page = journal.read(record_id)
        if page is None:
            return last, last_id, record_id
        last, last_id = page, record_id
        if not page.is_solved or page.has_settled(delivery):
            break
    return last, last_id, last_id
