import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from chalicelib.aws.clients import client
from chalicelib.aws.queues import BATCH, BATCH_BYTES, Queues, batches
from chalicelib.errors import AwsRefused
from tests.answers import ACCOUNT, REGION, answered

CLIENT = client("sqs", ACCOUNT, REGION)


@pytest.fixture
def queues() -> Iterator[Queues]:
    with mock_aws():
        CLIENT.create_queue(QueueName="work")
        yield Queues(CLIENT)


@given(st.lists(st.sampled_from([1, 1000, BATCH_BYTES // 4, BATCH_BYTES]), max_size=25))
def test_batches_keep_every_message_in_order_within_the_limits_of_sqs(sizes: list[int]) -> None:
    bodies = ["x" * size for size in sizes]
    runs = list(batches(bodies))
    assert [index for run in runs for index in run] == list(range(len(bodies)))
    for run in runs:
        assert len(run) <= BATCH
        assert len(run) == 1 or sum(len(json.dumps(bodies[index])) for index in run) <= BATCH_BYTES


def test_large_messages_are_not_put_into_one_batch() -> None:
    large = "x" * 200_000
    assert [len(run) for run in batches([large] * 6)] == [4, 2]


def test_what_is_sent_is_received_with_its_count_and_can_be_deleted(queues: Queues) -> None:
    assert queues.send_all("work", [f"m{n}" for n in range(12)]) == {}
    assert queues.backlog("work") == 12
    first = queues.receive("work", visibility=60, wait=0)
    assert len(first) == 10
    assert {message.receive_count for message in first} == {1}
    queues.delete("work", [message.receipt_handle for message in first])
    assert queues.backlog("work") == 2


def test_hidden_messages_do_not_come_back_yet(queues: Queues) -> None:
    queues.send_all("work", ["one"])
    [message] = queues.receive("work", visibility=0, wait=0)
    queues.hide("work", [message.receipt_handle], 7200)
    assert queues.receive("work", visibility=0, wait=0) == []


def test_deleting_what_has_gone_is_no_error(queues: Queues) -> None:
    queues.send_all("work", ["one"])
    [message] = queues.receive("work", visibility=60, wait=0)
    for _ in range(2):
        queues.delete("work", [message.receipt_handle])
    queues.delete("work", ["never-was-one"])


def test_a_hundred_messages_are_deleted_by_ten_calls(queues: Queues) -> None:
    made: list[str] = []
    CLIENT.meta.events.register("before-call.sqs", lambda model, **_: made.append(model.name), unique_id="counted")
    queues.delete("work", [f"handle-{n}" for n in range(100)])
    CLIENT.meta.events.unregister("before-call.sqs", unique_id="counted")
    assert [name for name in made if name.startswith("Delete")] == ["DeleteMessageBatch"] * 10


def test_what_sqs_takes_in_no_message_is_replaced_and_what_is_too_long_is_cut(queues: Queues) -> None:
    queues.send("work", "a\x00b\ud800c\uffff" + "ü" * 600_000, {"reason": "too long"})
    [message] = queues.receive("work", visibility=60, wait=0)
    assert message.body.startswith("a\ufffdb\ufffdc\ufffdüüü")
    assert len(message.body.encode()) <= 1_000_000


def test_a_message_travels_with_its_attributes(queues: Queues) -> None:
    queues.send("work", "body", {"reason": "version: expected 1"})
    [raw] = CLIENT.receive_message(QueueUrl=queues.url("work"), MessageAttributeNames=["All"])["Messages"]
    assert raw["MessageAttributes"]["reason"]["StringValue"] == "version: expected 1"


def test_a_url_is_asked_for_once(queues: Queues) -> None:
    asked: list[Any] = []
    CLIENT.meta.events.register("before-call.sqs.GetQueueUrl", lambda **call: asked.append(call))
    for _ in range(3):
        queues.url("work")
    assert len(asked) == 1


def test_a_batch_that_fails_keeps_no_other_from_being_sent_and_each_of_its_messages_is_told(queues: Queues) -> None:
    calls = iter(({"Error": {"Code": "AccessDenied", "Message": "no"}}, None))
    with answered("sqs", "SendMessageBatch", lambda _: next(calls)):
        refused = queues.send_all("work", [f"m{n}" for n in range(12)])
    assert {index: type(error) for index, error in refused.items()} == dict.fromkeys(range(10), AwsRefused)
    assert queues.backlog("work") == 2


def test_a_message_that_sqs_does_not_take_is_told_with_its_reason(queues: Queues) -> None:
    failed = {"Id": "1", "SenderFault": True, "Code": "InvalidMessageContents", "Message": "characters"}
    with answered("sqs", "SendMessageBatch", lambda _: {"Successful": [], "Failed": [failed]}):
        refused = queues.send_all("work", ["one", "two"])
    assert {index: str(error) for index, error in refused.items()} == {
        1: "SQS did not accept it: InvalidMessageContents: characters"
    }
