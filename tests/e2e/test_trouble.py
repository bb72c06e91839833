"""Whatever goes wrong is kept, with its reason, and told; and the rest goes on."""

import json
from datetime import datetime, timedelta

import pytest

from tests.e2e.account import REMEDIATION, WORK_QUEUES, telling
from tests.e2e.chapter_trouble import EVALUATORS, EVENT_ID, NOT_JSON, Trouble, unknown_violation

pytestmark = pytest.mark.e2e


def test_what_nobody_can_work_on_is_kept_with_the_reason(trouble: Trouble) -> None:
    reasons = {letter.body: letter.reason for letter in trouble.poison}
    assert set(reasons) == {NOT_JSON, json.dumps(unknown_violation())}
    assert reasons[NOT_JSON] == f"message: expected JSON; got '{NOT_JSON}'"
    assert "EC2_VOLUME_UNENCRYPTED" in reasons[json.dumps(unknown_violation())]


def test_slack_is_told_of_each_message_that_nobody_can_work_on(trouble: Trouble) -> None:
    told = [text for text in trouble.told_meanwhile if f" Message rejected: {REMEDIATION}-dlq" in text]
    assert len(told) == 2


def test_the_rest_goes_on_meanwhile(trouble: Trouble) -> None:
    assert trouble.facts_meanwhile == trouble.healed_meanwhile.fixed
    assert telling(trouble.told_meanwhile, "Fixed", trouble.healed_meanwhile.resource_id)


def test_a_slack_that_is_busy_is_waited_for(trouble: Trouble) -> None:
    [refused] = [post for post in trouble.posts if post.status == 429]
    [taken] = [post for post in trouble.posts if post.taken and post.payload == refused.payload]
    waited = datetime.fromisoformat(taken.at) - datetime.fromisoformat(refused.at)
    assert timedelta(seconds=1) <= waited < timedelta(seconds=20)


def test_all_other_posts_were_taken_as_they_were(trouble: Trouble) -> None:
    assert {post.status for post in trouble.posts} == {200, 429}


@pytest.mark.parametrize("queue", WORK_QUEUES)
def test_an_invalid_order_is_kept_with_the_reason(trouble: Trouble, queue: str) -> None:
    [letter] = trouble.orders[queue]
    assert letter.reason == "message.receiptHandle: expected an SQS receipt handle; it is missing"


def test_an_event_that_an_evaluator_cannot_read_ends_in_the_on_failure_queue(trouble: Trouble) -> None:
    assert trouble.events == sorted(f"for {name}" for name in EVALUATORS)


def test_more_news_than_anyone_reads_becomes_one_message(trouble: Trouble) -> None:
    assert "more notification" in trouble.digest


def test_news_that_slack_does_not_take_ends_in_the_on_failure_queue(trouble: Trouble) -> None:
    assert trouble.unheard == [EVENT_ID]
