"""One record of the journal as text: the changes, the AWS calls, and the outcome."""

from collections.abc import Iterator

from chalicelib.errors import BadInput
from chalicelib.journal.record import Attempt, Record
from chalicelib.journal.store import Journal
from chalicelib.journal.summary import summary
from chalicelib.resources import Resource
from chalicelib.rules import RULES
from ddaws.pending import as_lines
from ddaws.plan import Target
from ddaws.terminal import Cell, Terminal, styled

STYLES = {"- ": "red", "+ ": "green"}
COLUMNS = (("Call", 5), ("Attempted", 2), ("Answered", 2), ("Request id", 3))


def journal(target: Target) -> Journal:
    return Journal(target.account.client("dynamodb"), target.stage.settings.journal_table)


def record(target: Target, record_id: str) -> Record:
    """The record; BadInput if it does not exist."""
    found = journal(target).read(record_id)
    if found is None:
        raise BadInput("ID", record_id, "the ID of a remediation or an undo, as `ddaws history` shows it")
    return found


def show(found: Record, terminal: Terminal) -> None:
    """Print a record."""
    for name, value in _facts(found):
        terminal.say(styled("bold", name), f" {value}")
    terminal.say()
    terminal.say(styled("bold", "What changed"))
    for line in difference(found):
        terminal.say(styled(STYLES.get(line[:2], ""), line))
    if found.attempts:
        terminal.table(COLUMNS, map(_cells, found.attempts))


def difference(found: Record) -> Iterator[str]:
    """The resource before and after, line by line in any order: ``-`` for removed, ``+`` for added, else unchanged."""
    before = rule_lines(found, found.opening.before)
    if found.closing is None:
        yield from (f"  {line}" for line in before)
        return
    after = before if found.closing.after is None else rule_lines(found, found.closing.after)
    yield from (f"{' ' if line in after else '-'} {line}" for line in before)
    yield from (f"+ {line}" for line in after if line not in before)


def rule_lines(found: Record, resource: Resource | None) -> tuple[str, ...]:
    """The resource as lines of the rule that evaluated it."""
    finding = found.opening.finding
    [rule] = [rule for rule in RULES if rule.resource_type == finding.target_resource_type]
    return rule.lines(resource, rule.parameters(found.opening.rule_parameters)) if resource else ()


def _facts(found: Record) -> Iterator[tuple[str, str]]:
    opening, closing = found.opening, found.closing
    yield "Record", f"{found.remediation_id}, {summary(found).status}"
    yield "Resource", found.resource
    yield "Rule", f"{opening.finding.raised_by_rule} {dict(opening.rule_parameters)}"
    yield from (("Because", violation.reason) for violation in opening.finding.violations)
    yield "Detected", opening.finding.detected_at
    yield "Opened", f"{found.opened_at} by {found.delivery or 'hand'}"
    if opening.undoes:
        yield "Undoes", opening.undoes
    if found.undone_by:
        yield "Undone by", found.undone_by
    yield from (("Note", note) for note in opening.notes)
    if closing:
        yield "Closed", closing.closed_at
        told = closing.outcome
        yield from (("Note", note) for note in told.notes if note not in opening.notes)
        yield from (("Left", line) for line in told.left)
        yield from ((name, text) for name, text in (("Why", told.reason), ("Next step", told.next_step)) if text)


def _cells(attempt: Attempt) -> tuple[Cell, ...]:
    answered = [text for text in (attempt.answer.value, attempt.answered_at, attempt.error) if text]
    return as_lines(attempt.call), attempt.attempted_at, answered, attempt.request_id
