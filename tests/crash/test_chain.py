"""A process dies at any of its calls, from the evaluation to the notification; then everything is delivered again."""

import pytest

from tests.handlers.conftest import Account, clients
from tests.notify.slack_server import SlackServer, slack

from . import demands
from .chain import Chain, left
from .points import POST, Processes, every_point
from .stage import Recorder, note_points, stage
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
    "remediate": {
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "sns:Publish",
        "sqs:SendMessage",
        "sqs:DeleteMessageBatch",
    },
    "notifier": {"ssm:GetParameter", "dynamodb:UpdateItem", POST, "dynamodb:GetItem", "dynamodb:PutItem"},
}
"""Some of the calls of each function, which every enumeration must contain."""


@pytest.mark.parametrize("name", list(STORIES))
def test_wherever_a_process_dies_the_next_delivery_ends_what_it_began(
    name: str, clients: Account, slack: SlackServer, record_property: Recorder
) -> None:
    points = list(every_point(lambda processes: _tell(STORIES[name], processes, clients, slack)))
    note_points(name, points, record_property)
    for function, calls in CALLS.items():
        assert calls <= {point.after for point in points if point.function.startswith(function)}


@pytest.mark.parametrize("name", ["a group, carved", "a bucket, taken out"])
def test_the_result_is_the_same_if_redeliveries_come_last(
    name: str, clients: Account, slack: SlackServer, record_property: Recorder
) -> None:
    """The finding is fixed before its evaluation is requested again, or before it is received again."""
    early = (STORIES[name].evaluator, "coordinator")
    points = list(
        every_point(
            lambda processes: _tell(STORIES[name], processes, clients, slack, is_late=True),
            lambda point: point.function in early,
        )
    )
    note_points(f"{name}, late", points, record_property)
    assert {point.function for point in points} == set(early)


def _tell(story: Story, processes: Processes, clients: Account, slack: SlackServer, is_late: bool = False) -> None:
    """Let a process die at a point, redeliver everything, and check the result."""
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
            demands.demand_asked(processes.done, processes.reached)
            demands.demand_queued_first(resource, processes.done)
            demands.demand_one_slot(account)
            demands.undone(record, story)
            assert story.state(account, resource) == before
            assert story.neighbour(account) == beside
        except AssertionError as error:
            error.add_note(f"died: {processes.reached}")
            raise
