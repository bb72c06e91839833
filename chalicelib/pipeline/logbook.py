"""The journal's record of a remediation or an undo: written before each change, read by later deliveries."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.errors import AwsRefused, NotDeployed, NotDone, Superseded
from chalicelib.findings import AwsCall, Finding
from chalicelib.journal.journal import Journal, NoJournal, latest
from chalicelib.journal.record import Answer, Attempt, Closing, Opening, Record, told_as
from chalicelib.notify import Outcome
from chalicelib.pipeline import answers
from chalicelib.resources import Fact, Resource
from chalicelib.rules.effects import Effect, effect, in_doubt
from chalicelib.rules.taken import lacking, taken

logger = logging.getLogger(__name__)

type Maker = Callable[[AwsCall, Resource], Mapping[str, Any]]


class Logbook:
    """The record of one remediation while it is worked on.

    Parameters
    ----------
    record_ids : sequence of str
        The IDs of its first page and of the following pages: a finding that is true again after it was solved begins a
        new page.
    delivery : str
        The SQS ID of the message that requests it, or who requests it.
    now : callable
        The time, ISO 8601.

    Raises
    ------
    NotDone
        From every method that reads or writes: the journal failed, so nothing may be changed; or another execution
        works on the same remediation.
    """

    def __init__(
        self, record_ids: Sequence[str], finding: Finding, delivery: str, journal: Journal, now: Callable[[], str]
    ) -> None:
        self._ids = record_ids
        self._next_id = self.record_id = record_ids[0]
        self.finding = finding
        self.record: Record | None = None
        self.notes: list[str] = []
        self._delivery = delivery
        self._journal = journal
        self._now = now

    def read(self) -> None:
        """Read the latest page, if there is one; a stage without a journal works without it."""
        try:
            self.record, self.record_id, self._next_id = latest(self._ids, self._delivery, self._journal)
        except NotDeployed as error:
            logger.warning("working without a journal: %s", error)
            self._journal = NoJournal()

    @property
    def is_kept(self) -> bool:
        return not isinstance(self._journal, NoJournal)

    @property
    def closing(self) -> Closing | None:
        """The closing, if the record is closed."""
        return self.record.closing if self.record else None

    @property
    def is_open(self) -> bool:
        """Whether there is a record that is not closed."""
        return bool(self.record and self.record.closing is None)

    @property
    def is_settled(self) -> bool:
        """Whether an earlier delivery of the same message has closed the page."""
        return bool(self.record and self.record.has_settled(self._delivery))

    @property
    def before(self) -> Resource | None:
        """The resource before the first change."""
        return self.record.opening.before if self.record else None

    @property
    def made(self) -> list[AwsCall]:
        """The calls that were made so far, or may have been."""
        return [each.call for each in self.record.attempts if each.counts] if self.record else []

    @property
    def is_unconfirmed(self) -> bool:
        return bool(self.record and self.record.unconfirmed)

    def lacking(self, resource: Resource) -> frozenset[Fact]:
        """The facts without which the resource could not be restored."""
        return lacking(resource) if self.is_kept else frozenset()

    def resume(self, live: Resource | None, *, is_non_compliant: bool) -> bool:
        """Whether an earlier delivery left the record open; its unconfirmed calls are compared with the live resource.

        A page on which the finding was solved stays closed; if the finding is true again, a new page begins.
        """
        if self.record and self.record.is_solved and is_non_compliant:
            self._turn_over()
        if self.record is None:
            return False
        if self.record.closing:
            if not self.record.is_solved:
                self._reopen(self.record.opening)
            return False
        for attempt in self.record.unconfirmed:
            found = effect(attempt, live)
            if found is Effect.AS_BEFORE:
                self._write(replace(attempt, answer=Answer.WITHOUT_EFFECT))
            else:
                self.notes.append(in_doubt(attempt, found))
        return True

    def open(self, opening: Opening) -> None:
        """Write the opening, unless calls were made before: then the earlier opening stays."""
        if self.record is None:
            record = Record(self.record_id, self._now(), self._delivery, opening)
            self._journal.open(record)
            self.record = record
        elif not self.made and opening != self.record.opening:
            self._reopen(opening)

    def make(self, call: AwsCall, seen: Resource, maker: Maker) -> Mapping[str, Any]:
        """Make a call between two entries: the attempt, and AWS's response.

        Without the second entry, it is unknown whether the call was made.
        """
        attempt = Attempt(len(self._page.attempts), call, taken(call, seen), self._now())
        self._journal.attempt(self._page, attempt)
        self.record = self._page.with_attempt(attempt)
        try:
            answer = maker(call, seen)
        except (Superseded, AwsRefused) as error:
            if isinstance(error, Superseded) and error.is_perhaps_ours:
                return self._doubted(attempt, error)
            self._write(answers.refused(attempt, error))
            raise
        except NotDone as error:
            self._write(replace(attempt, error=str(error)))
            raise
        self._write(answers.made(attempt, answer))
        return answer

    def close(self, outcome: Outcome, after: Resource | None, set_aside: str) -> None:
        """Write the closing; on a new page if nothing was changed."""
        closing = Closing(self._now(), outcome, after, set_aside)
        if self.record and self.record.is_solved:
            self._turn_over()
        if self.record:
            self.record = replace(self.record, closing=closing)
            self._journal.close(self.record)
            return
        opening = Opening(self.finding, self.finding.rule_parameters, after, ())
        record = Record(self.record_id, closing.closed_at, self._delivery, opening, closing=closing)
        self._journal.open(record)
        self.record = record

    def has_told(self, outcome: Outcome) -> bool:
        """Whether people were notified of the same outcome before."""
        return bool(self.record and self.record.told == told_as(outcome))

    def mark_told(self, outcome: Outcome) -> None:
        """Write that people were notified, if there is a record."""
        if self.record:
            self.record = replace(self.record, told=told_as(outcome))
            self._journal.mark_told(self.record)

    def _doubted(self, attempt: Attempt, error: Superseded) -> Mapping[str, Any]:
        """The empty response of a call that was sent more than once, if AWS says that its effect was already there."""
        doubted = replace(attempt, error=str(error))
        self._write(doubted)
        self.notes.append(in_doubt(doubted, Effect.AS_AFTER))
        return {}

    @property
    def _page(self) -> Record:
        if self.record is None:
            raise LookupError("a call needs an open page")
        return self.record

    def _turn_over(self) -> None:
        self.record, self.record_id = None, self._next_id

    def _reopen(self, opening: Opening) -> None:
        self.record = replace(self._page, opening=opening, closing=None, delivery=self._delivery, told="")
        self._journal.reopen(self.record)

    def _write(self, attempt: Attempt) -> None:
        answered = replace(attempt, answered_at=self._now())
        self._journal.answer(self._page, answered)
        self.record = self._page.with_attempt(answered)
