"""What holds a stage up, on moto's DynamoDB."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.errors import NotDeployed
from chalicelib.gateways.controls import Controls
from chalicelib.trust.pause import Pause

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
        yield client


@pytest.fixture
def controls(dynamodb: Any) -> Controls:
    return Controls(dynamodb, TABLE)


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


def test_to_end_a_pause_that_is_none_is_told_apart(controls: Controls) -> None:
    assert controls.end_pause() is None


def test_a_stage_without_the_table_is_held_up_by_nothing_and_says_so(
    dynamodb: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert Controls(dynamodb, "dd-aws-dev-missing").paused() is None
    assert "neither a pause nor a limit" in caplog.text


def test_a_stage_without_the_table_cannot_be_paused(dynamodb: Any) -> None:
    with pytest.raises(NotDeployed, match=r"foundation\.yaml"):
        Controls(dynamodb, "dd-aws-dev-missing").pause(ANN)
