"""The conditions at the end, wherever a process died."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws.calls import make
from chalicelib.journal.index import JournalIndex
from chalicelib.journal.record import Answer, Record
from chalicelib.journal.store import Journal
from chalicelib.limits.limits import Limits
from chalicelib.limits.store import Controls
from chalicelib.rules import live
from chalicelib.rules.undo import Drift, Undo
from chalicelib.slack.messages.kinds import Kind
from chalicelib.undo import FACTS, undo
from tests.handlers.conftest import ACCOUNT, REGION, SETTINGS, Account

from .points import POST, Call, Point
from .stories import Story

SAID = {"fixed": Kind.FIXED, "unconfirmed": Kind.UNCONFIRMED}
TELLING = ("sns:Publish", "sqs:GetQueueUrl", "sqs:SendMessage")
"""The calls of a remediator before it records the notification: it notifies people, and asks who opened the
violation."""


def records(account: Account) -> list[Record]:
    """All records of the journal, the latest first."""
    now = datetime.now(UTC)
    found = JournalIndex(account.dynamodb, SETTINGS.journal_table).of_days(now - timedelta(hours=1), now)
    journal = Journal(account.dynamodb, SETTINGS.journal_table)
    return [record for each in found if (record := journal.read(each.remediation_id))]


def demand_completed(record: Record) -> None:
    """The record is closed, and unconfirmed exactly if AWS's response was lost."""
    assert record.closing
    assert record.told
    unconfirmed = [each for each in record.attempts if each.answer is Answer.UNKNOWN]
    assert record.closing.outcome.status == ("unconfirmed" if unconfirmed else "fixed")
    for each in record.attempts:
        assert (each.answer is Answer.MADE) == bool(each.request_id)


def demand_told(record: Record, posts: Sequence[dict[str, Any]], point: Point | None) -> None:
    """People are notified of the outcome once; twice if the process died before it could record the notification."""
    assert record.closing
    outcome = record.closing.outcome
    kind = SAID[outcome.status]
    beginning = f"{kind.emoji} {kind.title}: {outcome.target_resource_type} {outcome.target_resource_id}"
    assert [post["text"][: len(beginning)] for post in posts] == [beginning] * (2 if _is_told_twice(point) else 1)


def _is_told_twice(point: Point | None) -> bool:
    """Neither SNS nor Slack can be asked whether a notification was sent.

    Therefore, a process that dies after publishing, before that is recorded, publishes again; and a notifier that dies
    after posting to Slack posts again, since Lambda retries.
    """
    return point is not None and (_is_telling(point) or POST in point.done)


def _is_telling(point: Point) -> bool:
    return "sns:Publish" in point.done and point.after in TELLING


def demand_asked(done: Sequence[Call], point: Point | None) -> None:
    """The question who opened it is asked once; twice if the process died before it could record that."""
    asked = [each for each in done if each.name == "sqs:SendMessage" and _is_question(each)]
    assert len(asked) == (2 if point and _is_telling(point) and point.after == "sqs:SendMessage" else 1)


def _is_question(call: Call) -> bool:
    return bool(call.parameters["QueueUrl"].endswith(SETTINGS.investigation_queue))


def demand_queued_first(resource: str, done: Sequence[Call]) -> None:
    """AWS Config gets the result NON_COMPLIANT only after the finding was queued."""
    told = [each for each in done if each.name == "config:PutEvaluations" and _reports_non_compliance(each, resource)]
    for each in told:
        before = [earlier for earlier in done[: done.index(each)] if earlier.invocation == each.invocation]
        assert any(_queues(earlier, resource) for earlier in before)
    assert told, "AWS Config was not told at all"


def _reports_non_compliance(call: Call, resource: str) -> bool:
    said = {each["ComplianceResourceId"]: each["ComplianceType"] for each in call.parameters["Evaluations"]}
    return said.get(resource) == "NON_COMPLIANT"


def _queues(call: Call, resource: str) -> bool:
    return (
        call.name == "sqs:SendMessageBatch"
        and call.parameters["QueueUrl"].endswith(SETTINGS.remediation_queue)
        and any(resource in entry["MessageBody"] for entry in call.parameters["Entries"])
    )


def demand_one_slot(account: Account) -> None:
    """One change was made and counted once."""
    [slot] = Controls(account.dynamodb, SETTINGS.trust_table, Limits(50)).ledger().slots
    assert slot.used_at


def undone(record: Record, story: Story, *, is_forced: bool = False) -> None:
    """Undo a record's changes; with `--force`, even if the resource has changed."""
    reader = live.reader(story.resource_type, ACCOUNT, REGION)
    now = reader.get(record.opening.finding.target_resource_id)
    assert now
    work = undo(record, live.with_facts(now, FACTS[type(now)]))
    if is_forced and isinstance(work, Drift):
        work = work.anyway
    assert isinstance(work, Undo), work
    assert not work.plan.obstacles
    for call in work.plan.calls:
        make(call, ACCOUNT, REGION)
