"""Where a remediator writes down what it does; or nowhere, in a stage that was deployed without."""

from typing import Protocol

from chalicelib.trust.record import Attempt, Record


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
