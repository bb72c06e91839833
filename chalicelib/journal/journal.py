"""Where a remediator writes down what it does; or nowhere, in a stage that was deployed without."""

from collections.abc import Sequence
from typing import Protocol

from chalicelib.journal.record import Attempt, Record


class Journal(Protocol):
    """Where records are kept; every method raises NotDone where that cannot be done."""

    def read(self, remediation_id: str, /) -> Record | None: ...

    def open(self, record: Record) -> None: ...

    def attempt(self, record: Record, attempt: Attempt) -> None: ...

    def answer(self, record: Record, attempt: Attempt) -> None: ...

    def close(self, record: Record) -> None: ...

    def reopen(self, record: Record) -> None: ...

    def mark_told(self, record: Record) -> None: ...


class NoJournal:
    """Of a stage that was deployed without one: nothing is kept."""

    def read(self, _remediation_id: str) -> Record | None:
        return None

    def _keep_nothing(self, *_: object) -> None:
        """Whatever there is to write."""

    open = attempt = answer = close = reopen = mark_told = _keep_nothing


def latest(record_ids: Sequence[str], delivery: str, journal: Journal) -> tuple[Record | None, str, str]:
    """The last page of a finding, if there is one, its id, and the id of the page after it.

    A page follows one on which the finding was solved; what settled that page is about no page after it.
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
