"""A process dies at any of its calls while a finding waits for a decision: it is fixed only after the decision."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from chalicelib.approvals.holds import Hold, State
from chalicelib.approvals.store import Holds
from chalicelib.modes import Mode
from chalicelib.per_rule import PerRule
from chalicelib.settings import Settings
from chalicelib.slack.messages.kinds import Kind
from chalicelib.wiring.shared import Gateways
from tests.handlers.conftest import SETTINGS, Account, clients
from tests.notify.slack_server import SlackServer, slack

from . import demands
from .chain import Chain, left
from .points import Processes, every_point
from .stage import Recorder, note_points, stage
from .stories import STORIES, Story

__all__ = ["clients", "slack"]

pytestmark = pytest.mark.e2e

APPROVE = replace(SETTINGS, rule_modes=PerRule(Mode.APPROVE, {}))
GRACE = replace(SETTINGS, grace_minutes=PerRule(30, {}))
ENOUGH = 3
"""The number of ticks after which a dead process's work is completed."""


@pytest.mark.parametrize(
    ("name", "settings", "kind"),
    [
        ("a group, revoked", APPROVE, Kind.WAITING_FOR_APPROVAL),
        ("a bucket, taken out", GRACE, Kind.WAITING_FOR_GRACE),
    ],
)
def test_wherever_a_process_dies_a_waiting_finding_is_fixed_after_the_decision_and_not_before(
    name: str, settings: Settings, kind: Kind, clients: Account, slack: SlackServer, record_property: Recorder
) -> None:
    points = list(every_point(lambda processes: _tell(STORIES[name], settings, kind, processes, clients, slack)))
    note_points(f"{name}, {kind.title.lower()}", points, record_property)
    coordinator = {point.after for point in points if point.function == "coordinator"}
    assert {"dynamodb:PutItem", "sqs:SendMessage"} <= coordinator
    remediator = {point.after for point in points if point.function == STORIES[name].remediator}
    assert {"dynamodb:PutItem", "sns:Publish", "sqs:DeleteMessageBatch"} <= remediator


def _tell(
    story: Story, settings: Settings, kind: Kind, processes: Processes, clients: Account, slack: SlackServer
) -> None:
    with stage(clients, slack) as account:
        resource, event = story.plant(account)
        before = story.state(account, resource)
        chain = Chain(account, processes, settings=settings)
        chain.evaluate(story.evaluator, event)
        chain.run()
        try:
            assert story.state(account, resource) == before
            [hold] = _holds(account).waiting()
            with _let_go(account, hold):
                for _ in range(ENOUGH):
                    chain.tick()
                    chain.run()
            assert story.fixed(story.state(account, resource))
            assert left() == {}
            [record] = demands.records(account)
            demands.demand_completed(record)
            demands.demand_one_slot(account)
            _demand_told(kind, record.closing and demands.SAID[record.closing.outcome.status], slack)
            assert _state(account, hold) is State.DONE
            demands.undone(record, story)
            assert story.state(account, resource) == before
        except AssertionError as error:
            error.add_note(f"died: {processes.reached}")
            raise


def _holds(account: Account) -> Holds:
    return Holds(account.dynamodb, SETTINGS.journal_table)


def _state(account: Account, hold: Hold) -> State | None:
    now = _holds(account).read(hold.hold_id)
    return now and now.state


@contextmanager
def _let_go(account: Account, hold: Hold) -> Iterator[None]:
    """Somebody approves the finding, or its grace period ends."""
    now = datetime.now(UTC)
    if hold.state is State.APPROVAL:
        _holds(account).change(
            hold.hold_id, lambda known: known and known.decided(State.APPROVED, known.finding, "ann", "", now), now
        )
        yield
        return
    later = (now + timedelta(hours=1)).isoformat(timespec="seconds")
    with patch.object(Gateways, "timestamp", lambda _: later):
        yield


def _demand_told(waiting: Kind, fixed: Kind | None, slack: SlackServer) -> None:
    """People are notified of the hold, then of the fix; twice of one if a process died before it recorded that."""
    said = [post["text"].partition(" ")[0] for post in slack.received]
    assert fixed
    assert said[0] == waiting.emoji
    assert said[-1] == fixed.emoji
    assert set(said) == {waiting.emoji, fixed.emoji}
    assert len(said) <= 3
