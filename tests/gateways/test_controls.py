"""Pause and limits of a stage, on moto's DynamoDB."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from chalicelib.errors import NotDeployed, Unreadable
from chalicelib.limits.limits import MOST, MOST_PARTS, Claim, Ledger, Limits, Refusal, Slot, Use, closing
from chalicelib.limits.pause import Pause
from chalicelib.limits.store import Controls
from tests.tables import Atomic

NOW = 1_800_000_000.0
TABLE = "dd-aws-dev-trust"
ANN, BEN = (
    Pause(f"arn:aws:iam::123456789012:user/{who}", "why", "2026-01-01T00:00:00+00:00") for who in ("ann", "ben")
)


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "name", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("kind", "name")],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Atomic(client)


@pytest.fixture
def controls(dynamodb: Any) -> Controls:
    return Controls(dynamodb, TABLE, Limits(10), lambda: NOW)


def test_a_pause_stands_until_it_is_ended(controls: Controls) -> None:
    assert controls.paused() is None
    assert controls.pause(ANN) == ANN
    assert controls.paused() == ANN
    assert controls.end_pause() == ANN
    assert controls.paused() is None


def test_the_first_pause_stands_and_a_second_is_told_so(controls: Controls) -> None:
    controls.pause(ANN)
    assert controls.pause(BEN) == ANN
    assert controls.paused() == ANN


def test_ending_a_pause_of_a_stage_that_is_not_paused_is_reported(controls: Controls) -> None:
    assert controls.end_pause() is None


def test_whether_a_stage_without_the_table_is_paused_is_unknown(dynamodb: Any) -> None:
    with pytest.raises(NotDeployed, match="deploy the stage"):
        Controls(dynamodb, "dd-aws-dev-missing", Limits(10)).paused()


def test_a_stage_without_the_table_cannot_be_paused(dynamodb: Any) -> None:
    with pytest.raises(NotDeployed, match="deploy the stage"):
        Controls(dynamodb, "dd-aws-dev-missing", Limits(10)).pause(ANN)


def claim(number: int) -> Claim:
    return Claim(f"r-{number}", "ports", f"sg-{number}", frozenset({"a"}))


def at_once[T](work: Callable[[int], T], number: int) -> list[T]:
    """The results of `number` threads that start at the same moment."""
    together = Barrier(number)

    def run(index: int) -> T:
        together.wait()
        return work(index)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def test_of_thirty_who_reserve_at_once_ten_get_a_slot(dynamodb: Any) -> None:
    refused = at_once(lambda n: Controls(dynamodb, TABLE, Limits(10)).reserve([claim(n)]), 30)
    assert sum(not each for each in refused) == 10
    assert Controls(dynamodb, TABLE, Limits(10)).free() == 0


def test_of_thirty_who_use_a_slot_at_once_without_a_reservation_ten_may(dynamodb: Any) -> None:
    used = at_once(lambda n: Controls(dynamodb, TABLE, Limits(10)).use(claim(n)), 30)
    assert sum(isinstance(each, Use) for each in used) == 10


def test_a_limit_is_news_until_it_is_written_down_that_people_know(controls: Controls) -> None:
    refusal = Refusal("stage", "why", 60)
    assert [controls.is_news(refusal), controls.is_news(refusal)] == [True, True]
    controls.note_told(refusal)
    assert not controls.is_news(refusal)


def test_slots_that_many_give_back_at_once_all_come_back(controls: Controls) -> None:
    controls.reserve([claim(n) for n in range(10)])
    at_once(lambda n: controls.release(claim(n)), 10)
    assert controls.free() == 10


def test_the_slots_are_read_as_they_were_written(controls: Controls) -> None:
    controls.reserve([claim(0)])
    use = controls.use(claim(1))
    controls.note_told(Refusal("stage", "why", 60))
    assert isinstance(use, Use)
    assert controls.ledger() == Ledger(
        (Slot(claim(0), NOW), Slot(claim(1), NOW, NOW)), let_through=0, let_through_at=0.0, told={"stage": NOW}
    )


def test_a_change_of_which_nothing_came_and_a_reservation_come_back(controls: Controls) -> None:
    controls.reserve([claim(0)])
    use = controls.use(claim(1))
    assert isinstance(use, Use)
    controls.give_back(use)
    controls.release(claim(0))
    assert controls.free() == 10


def test_what_a_person_lets_through_is_there_at_once(controls: Controls) -> None:
    controls.reserve([claim(n) for n in range(10)])
    controls.lift(20)
    assert controls.free() == 20


@pytest.mark.parametrize(("let_through", "length"), [(MOST, 63), (0, 255)])
def test_all_the_slots_that_there_can_be_fit_the_item(dynamodb: Any, let_through: int, length: int) -> None:
    """A bucket name has up to 63 characters, or 255 if it is old. A message with a longer name is rejected."""
    controls = Controls(dynamodb, TABLE, Limits(500))
    controls.lift(let_through)
    most = closing(f"{part:08x}" for part in range(MOST_PARTS))
    longest = [
        Claim(f"r-{n:012}", f"{n % 2}" * 128, f"123456789012/ap-southeast-2/AWS::S3::Bucket/{n:0{length}}", most)
        for n in range(500 + let_through)
    ]
    assert controls.reserve(longest) == {}
    assert controls.free() == 0


def test_a_stage_without_the_table_has_no_limit(dynamodb: Any) -> None:
    controls = Controls(dynamodb, "dd-aws-dev-missing", Limits(1))
    assert controls.free() is None
    assert controls.reserve([claim(0), claim(1)]) == {}
    assert controls.use(claim(0)) is None


def test_who_may_not_use_the_table_is_told_so(dynamodb: Any) -> None:
    with Stubber(dynamodb) as stub:
        stub.add_client_error("query", "AccessDeniedException", "no")
        with pytest.raises(Unreadable, match=r"AccessDeniedException.*Allow Query to the function's role"):
            Controls(dynamodb, TABLE, Limits(10)).free()
