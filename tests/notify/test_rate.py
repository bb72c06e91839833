"""The table of notification rates, against moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.errors import NotDeployed
from chalicelib.notify import to_json
from chalicelib.slack.notify import notify
from chalicelib.slack.rate_store import KEPT_FOR, NotificationRate
from tests.notify.fakes import FakeGateways
from tests.notify.samples import outcome, sns_event

TABLE = "dd-aws-dev-notification-rate"
MINUTE, NEXT = "2026-11-05T03:12", "2026-11-05T03:13"


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "minute", "KeyType": "HASH"},
                {"AttributeName": "entry", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "minute", "AttributeType": "S"},
                {"AttributeName": "entry", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def rate(dynamodb: Any) -> NotificationRate:
    return NotificationRate(dynamodb, TABLE)


def test_each_minute_is_counted_by_itself(rate: NotificationRate) -> None:
    assert [rate.count(MINUTE), rate.count(MINUTE), rate.count(NEXT)] == [1, 2, 1]


def test_a_minute_keeps_its_own_messages_each_once(rate: NotificationRate) -> None:
    rate.count(MINUTE)
    for delivery in ("a", "b", "a"):
        rate.keep(MINUTE, delivery, "FIXED", f"Fixed: {delivery}")
    rate.keep(NEXT, "c", "ALARM", "Alarm: c")
    assert rate.kept(MINUTE) == [("FIXED", "Fixed: a"), ("FIXED", "Fixed: b")]


def test_messages_beyond_the_megabyte_of_one_answer_are_found_too(rate: NotificationRate) -> None:
    for number in range(4):
        rate.keep(MINUTE, str(number), "FIXED", "x" * 350_000)
    assert len(rate.kept(MINUTE)) == 4


def test_the_first_to_claim_a_digest_keeps_it(rate: NotificationRate) -> None:
    assert [rate.claimant(MINUTE, each) for each in ("a", "b", "a")] == ["a", "a", "a"]
    assert rate.claimant(NEXT, "b") == "b"


def test_a_delivery_finds_its_claim_and_no_other(rate: NotificationRate) -> None:
    rate.claimant(MINUTE, "a")
    rate.claimant(NEXT, "b")
    assert rate.claimed_minute("b", "") == NEXT
    assert rate.claimed_minute("b", NEXT) == NEXT
    assert rate.claimed_minute("a", NEXT) is None
    assert rate.claimed_minute("c", "") is None


def test_a_digest_is_posted_once_it_is_marked(rate: NotificationRate) -> None:
    rate.claimant(MINUTE, "a")
    assert not rate.is_posted(MINUTE)
    rate.mark_posted(MINUTE)
    assert rate.is_posted(MINUTE)
    assert rate.claimant(MINUTE, "b") == "a"


def test_every_item_expires_once_no_redrive_can_need_it(rate: NotificationRate, dynamodb: Any) -> None:
    rate.count(MINUTE)
    rate.keep(MINUTE, "a", "FIXED", "Fixed: a")
    rate.claimant(MINUTE, "a")
    rate.mark_posted(MINUTE)
    items = dynamodb.scan(TableName=TABLE)["Items"]
    assert {item["expiresAt"]["N"] for item in items} == {str(1793848320 + int(KEPT_FOR.total_seconds()))}
    assert len(items) == 3


def test_a_table_that_does_not_exist_is_refused_with_a_next_step(dynamodb: Any) -> None:
    missing = NotificationRate(dynamodb, "dd-aws-dev-missing")
    with pytest.raises(NotDeployed, match=r"ResourceNotFoundException.*deploy the stage"):
        missing.count(MINUTE)
    with pytest.raises(NotDeployed):
        missing.kept(MINUTE)


def test_the_whole_way_from_a_burst_to_one_digest(rate: NotificationRate, gateways: FakeGateways) -> None:
    gateways.rate = rate  # type: ignore[assignment]
    notify(sns_event(*(to_json(outcome(target_resource_id=f"sg-{number}")) for number in range(30))), gateways)
    assert len(gateways.slack.posted) == 21
    assert gateways.slack.texts[20] == "📬 10 more notifications at 03:12 UTC: 10 resources fixed"
