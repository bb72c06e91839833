"""The journal's record of a remediation or an undo: written before anything is changed, read by later deliveries."""

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
    """What is written down of one remediation while it is worked on.

    Parameters
    ----------
    record_ids : sequence of str
        The id of its page, and of those that follow, for a finding that was solved and is true again.
    delivery : str
        SQS's id of the message that asks for it; or who does.
    now : callable
        The time, ISO 8601.

    Raises
    ------
    NotDone
        From every method that reads or writes: it failed, so nothing may be changed; or somebody else works on the
        same remediation.
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
        """Turn to the latest page, if there is one; a stage that has no journal at all works without."""
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
        """How it ended, if it has."""
        return self.record.closing if self.record else None

    @property
    def is_open(self) -> bool:
        """Whether something was begun that is not brought to its end."""
        return bool(self.record and self.record.closing is None)

    @property
    def is_settled(self) -> bool:
        """Whether an earlier delivery of the very same message has closed the page."""
        return bool(self.record and self.record.has_settled(self._delivery))

    @property
    def before(self) -> Resource | None:
        """The resource as it was before the first change of all."""
        return self.record.opening.before if self.record else None

    @property
    def made(self) -> list[AwsCall]:
        """The calls that were made so far, or may have been."""
        return [each.call for each in self.record.attempts if each.counts] if self.record else []

    @property
    def is_unconfirmed(self) -> bool:
        return bool(self.record and self.record.unconfirmed)

    def lacking(self, resource: Resource) -> frozenset[Fact]:
        """The facts without which the resource could not be put back as it was."""
        return lacking(resource) if self.is_kept else frozenset()

    def resume(self, live: Resource | None, *, is_condemned: bool) -> bool:
        """Whether there is something that an earlier delivery has left open; compared with the live resource.

        A page on which the finding was solved stays closed; if it is true again, that begins another page.
        """
        if self.record and self.record.is_solved and is_condemned:
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
        """Write down what is about to be done, unless something was done before: that counts from where it began."""
        if self.record is None:
            record = Record(self.record_id, self._now(), self._delivery, opening)
            self._journal.open(record)
            self.record = record
        elif not self.made and opening != self.record.opening:
            self._reopen(opening)

    def make(self, call: AwsCall, seen: Resource, maker: Maker) -> Mapping[str, Any]:
        """Make a call between two entries: that it is about to be made, and what AWS answered.

        Where that is never learnt, the second entry does not say so either: it may have been made, or not.
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
        """Write down how it ended; on a page of its own where nothing had to be changed."""
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
        """Whether people were told just this before."""
        return bool(self.record and self.record.told == told_as(outcome))

    def mark_told(self, outcome: Outcome) -> None:
        """Write down that people were told; where nothing was written down before, there is nothing to add."""
        if self.record:
            self.record = replace(self.record, told=told_as(outcome))
            self._journal.mark_told(self.record)

    def _doubted(self, attempt: Attempt, error: Superseded) -> Mapping[str, Any]:
        """No answer: AWS says that it is as if the call had been made, and it was sent more than once."""
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
