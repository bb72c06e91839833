"""A process dies at any of its calls, from the evaluation to what people read; then everything is delivered again."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

import pytest

from tests.answers import policy_status
from tests.handlers.conftest import SETTINGS, Account, clients, stage_of
from tests.notify.slack_server import SlackServer, slack
from tests.tables import create_table

from . import demands
from .chain import Chain, left
from .points import POST, Point, Processes, every_point
from .stories import STORIES, Story

__all__ = ["clients", "slack"]

pytestmark = pytest.mark.e2e

CALLS = {
    "evaluate": {"sqs:SendMessageBatch", "config:PutEvaluations"},
    "coordinator": {
        "sqs:ReceiveMessage",
        "dynamodb:PutItem",
        "sqs:SendMessageBatch",
        "sqs:ChangeMessageVisibilityBatch",
    },
    "remediate": {"dynamodb:PutItem", "dynamodb:UpdateItem", "sns:Publish", "sqs:DeleteMessage"},
    "notifier": {"ssm:GetParameter", "dynamodb:UpdateItem", POST, "dynamodb:GetItem", "dynamodb:PutItem"},
}
"""Some of the calls of each function: an enumeration that misses one of these is none."""


@contextmanager
def stage(clients: Account, slack: SlackServer) -> Iterator[Account]:
    """An account with all that the chain needs, and nothing in it."""
    slack.received.clear()
    with stage_of(clients) as account, policy_status(is_public=True):
        tables = (SETTINGS.trust_table, SETTINGS.journal_table, SETTINGS.rate_table, SETTINGS.incidents_table)
        for table in tables:
            create_table(account.dynamodb, table, SETTINGS.stage)
        account.ssm.put_parameter(Name=SETTINGS.webhook_parameter, Type="SecureString", Value=slack.url)
        yield account


@pytest.mark.parametrize("name", list(STORIES))
def test_wherever_a_process_dies_the_next_delivery_ends_what_it_began(
    name: str, clients: Account, slack: SlackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    points = list(every_point(lambda processes: _tell(STORIES[name], processes, clients, slack)))
    _print(name, points, capsys)
    for function, calls in CALLS.items():
        assert calls <= {point.after for point in points if point.function.startswith(function)}


@pytest.mark.parametrize("name", ["a group, carved", "a bucket, taken out"])
def test_it_ends_so_where_what_comes_again_comes_last(
    name: str, clients: Account, slack: SlackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The finding is fixed before its evaluation is asked for again, or before it is received again."""
    points = every_point(lambda processes: _tell(STORIES[name], processes, clients, slack, is_late=True))
    early = list(takewhile(lambda point: not point.function.startswith("remediate"), points))
    _print(f"{name}, late", early, capsys)
    assert {point.function for point in early} == {STORIES[name].evaluator, "coordinator"}


def _print(name: str, points: Sequence[Point], capsys: pytest.CaptureFixture[str]) -> None:
    of = ", ".join(f"{number} of {function}" for function, number in Counter(each.function for each in points).items())
    with capsys.disabled():
        print(f"\n{name}: died at {len(points)} points ({of}), fixed and undone from each")


def _tell(story: Story, processes: Processes, clients: Account, slack: SlackServer, is_late: bool = False) -> None:
    """Let a process die at its point, deliver all again, and see what has come of it."""
    with stage(clients, slack) as account:
        resource, event = story.plant(account)
        before, beside = story.state(account, resource), story.neighbour(account)
        chain = Chain(account, processes, is_late)
        chain.evaluate(story.evaluator, event)
        chain.run()
        try:
            assert story.fixed(story.state(account, resource))
            assert left() == {}
            [record] = demands.records(account)
            demands.demand_completed(record)
            demands.demand_told(record, slack.received, processes.reached)
            demands.demand_queued_first(resource, processes.done)
            demands.demand_one_slot(account)
            demands.undone(record, story)
            assert story.state(account, resource) == before
            assert story.neighbour(account) == beside
        except AssertionError as error:
            error.add_note(f"died: {processes.reached}")
            raise
