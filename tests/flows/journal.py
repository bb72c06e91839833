"""A journal in memory."""

from dataclasses import dataclass, field

from chalicelib.errors import NotDone
from chalicelib.journal.record import Answer, Attempt, Record


@dataclass
class FakeJournal:
    """Records by ID; a step in `broken` raises instead of writing."""

    steps: list[str] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)

    def read(self, remediation_id: str) -> Record | None:
        if "looked up" in self.broken:
            raise self.broken["looked up"]
        return self.records.get(remediation_id)

    def open(self, record: Record) -> None:
        if record.remediation_id in self.records:
            raise NotDone("somebody else has opened it")
        self._write("opened", record)

    def attempt(self, record: Record, attempt: Attempt) -> None:
        self._write("attempted", record.with_attempt(attempt))

    def answer(self, record: Record, attempt: Attempt) -> None:
        kept = self.records[record.remediation_id].attempts[attempt.number]
        if attempt.answer is Answer.WITHOUT_EFFECT and kept.answer is not Answer.UNKNOWN:
            raise NotDone("somebody else knows better")
        self._write("answered", record.with_attempt(attempt))

    def close(self, record: Record) -> None:
        self._write("closed", record)

    def reopen(self, record: Record) -> None:
        self._write("reopened", record)

    def mark_told(self, record: Record) -> None:
        self._write("noted", record)

    def _write(self, step: str, record: Record) -> None:
        if step in self.broken:
            raise self.broken[step]
        self.steps.append(step)
        self.records[record.remediation_id] = record
