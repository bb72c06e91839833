"""Two findings of one violation: the result is the same, wherever a process dies."""

import pytest

from tests.handlers.conftest import Account, clients
from tests.notify.slack_server import SlackServer, slack

from . import demands
from .chain import Chain, left
from .points import Point, Processes, every_point
from .stage import Recorder, note_points, stage
from .stories import STORIES, Story

__all__ = ["clients", "slack"]

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("name", ["a group, carved", "a bucket, taken out"])
def test_an_item_that_is_evaluated_twice_is_one_remediation(
    name: str, clients: Account, slack: SlackServer, record_property: Recorder
) -> None:
    story = STORIES[name]

    def tell(processes: Processes) -> None:
        with stage(clients, slack) as account:
            resource, event = story.plant(account)
            before = story.state(account, resource)
            chain = Chain(account, processes)
            chain.evaluate(story.evaluator, event)
            chain.evaluate(story.evaluator, event)
            chain.run()
            _demand_the_end(story, resource, account, slack, before)
            assert len(demands.records(account)) == 1
            demands.demand_one_slot(account)

    points = list(every_point(tell, lambda point: _where_two_are_one(story, point)))
    note_points(f"{name}, evaluated twice", points, record_property)
    assert {point.function for point in points} == {"coordinator", story.remediator}


def _where_two_are_one(story: Story, point: Point) -> bool:
    return point.function == "coordinator" or (
        point.function == story.remediator and point.after in ("", "sqs:DeleteMessageBatch")
    )


@pytest.mark.parametrize(
    ("name", "is_received_again"),
    [("a group, carved", True), ("a group, carved", False), ("a bucket, taken out", True)],
)
def test_a_second_finding_of_what_is_half_done_leaves_no_record_open(
    name: str, is_received_again: bool, clients: Account, slack: SlackServer, record_property: Recorder
) -> None:
    """The next evaluation finds it while the remediator is dead; the first finding comes again with it, or not."""
    story = STORIES[name]

    def tell(processes: Processes) -> None:
        with stage(clients, slack) as account:
            resource, event = story.plant(account)
            before = story.state(account, resource)
            chain = Chain(account, processes, is_late=True)
            chain.evaluate(story.evaluator, event)
            assert chain.asks()
            assert chain.ticks()
            assert chain.works()
            if processes.reached:
                chain.evaluate(story.evaluator, story.later(account))
                assert chain.asks()
                if is_received_again:
                    chain.sources_reappear()
            chain.run()
            _demand_the_end(story, resource, account, slack, before, processes.reached)
            if is_received_again:
                [record] = demands.records(account)
                demands.demand_completed(record)

    points = list(every_point(tell, lambda point: point.function == story.remediator))
    note_points(f"{name}, found again, {'folded' if is_received_again else 'apart'}", points, record_property)
    assert {"dynamodb:PutItem", "sns:Publish", "sqs:DeleteMessageBatch"} <= {point.after for point in points}


def _demand_the_end(
    story: Story, resource: str, account: Account, slack: SlackServer, before: object, point: Point | None = None
) -> None:
    """Fixed, reported, queues empty, no record open; undoing all remediations, the latest first, restores the resource.

    An unconfirmed one needs `--force`: the other remediation may have made the change.
    """
    try:
        assert story.fixed(story.state(account, resource))
        assert left() == {}
        found = sorted(demands.records(account), key=lambda each: each.opening.finding.detected_at, reverse=True)
        assert all(each.closing and each.told for each in found)
        assert slack.received
        for each in found:
            if any(attempt.counts for attempt in each.attempts):
                demands.undone(each, story, is_forced=len(found) > 1 and bool(each.unconfirmed))
        assert story.state(account, resource) == before
    except AssertionError as error:
        error.add_note(f"died: {point}")
        raise


def test_a_group_that_is_opened_again_is_closed_again_with_the_slot_that_it_has(
    clients: Account, slack: SlackServer, record_property: Recorder
) -> None:
    story = STORIES["a group, revoked"]

    def tell(processes: Processes) -> None:
        with stage(clients, slack) as account:
            resource, event = story.plant(account)
            before = account.ec2.describe_security_groups(GroupIds=[resource])["SecurityGroups"][0]["IpPermissions"]
            chain = Chain(account, processes)
            chain.evaluate(story.evaluator, event)
            chain.run()
            assert story.fixed(story.state(account, resource))
            account.ec2.revoke_security_group_ingress(
                GroupId=resource,
                IpPermissions=account.ec2.describe_security_groups(GroupIds=[resource])["SecurityGroups"][0][
                    "IpPermissions"
                ],
            )
            account.ec2.authorize_security_group_ingress(GroupId=resource, IpPermissions=before)
            chain.evaluate(story.evaluator, story.later(account))
            chain.run()
            assert story.fixed(story.state(account, resource)), processes.reached
            assert left() == {}
            demands.demand_one_slot(account)

    points = list(every_point(tell, lambda point: point.function == story.remediator))
    note_points("a group, opened again", points, record_property)
    assert {"dynamodb:PutItem", "ec2:RevokeSecurityGroupIngress"} <= {point.after for point in points}
