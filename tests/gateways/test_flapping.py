"""The history of fixes, on moto's DynamoDB."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.errors import NotDeployed
from chalicelib.flapping.flapping import DAY
from chalicelib.flapping.store import FlapHistories
from tests.tables import Atomic, create_table

NOW = 1_800_000_000.0
GROUP, OTHER = (f"123456789012/eu-west-1/AWS::EC2::SecurityGroup/{name}" for name in ("sg-1", "sg-11"))


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        create_table(client, "dd-aws-dev-trust", "dev")
        yield Atomic(client)


@pytest.fixture
def histories(dynamodb: Any) -> FlapHistories:
    return FlapHistories(dynamodb, "dd-aws-dev-trust", lambda: NOW)


def fix(histories: FlapHistories, resource: str, key: str = "k", times: int = 3) -> None:
    for number in range(times):
        histories.fixed(resource, key, "tcp 22 is open", f"r-{number}")


def test_a_resource_has_its_own_fights_and_not_those_of_one_whose_name_begins_alike(histories: FlapHistories) -> None:
    fix(histories, OTHER)
    fix(histories, GROUP, times=2)
    assert histories.known(GROUP).flapping(["k"]) == {}
    fix(histories, GROUP)
    assert set(histories.known(GROUP).flapping(["k"])) == {"k"}
    assert histories.known(GROUP).histories["k"].reason == "tcp 22 is open"
    assert set(histories.everything()) == {(GROUP, "k"), (OTHER, "k")}


def test_fixes_that_are_told_at_once_all_count(dynamodb: Any, histories: FlapHistories) -> None:
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda n: histories.fixed(GROUP, "k", "why", f"r-{n}"), range(10)))
    assert len(histories.known(GROUP).histories["k"].fixes) == 10


def test_once_people_were_told_no_reminder_is_due(histories: FlapHistories) -> None:
    fix(histories, GROUP)
    assert histories.known(GROUP).is_reminder_due
    histories.note_told(GROUP, "k")
    assert not histories.known(GROUP).is_reminder_due


def test_what_stands_beside_is_kept_and_no_fight(histories: FlapHistories) -> None:
    histories.found(GROUP, "other", "udp 161 is open")
    assert histories.known(GROUP).histories["other"].found_at == NOW
    assert histories.everything() == {}


def test_somebodys_decision_ends_the_fight(histories: FlapHistories) -> None:
    fix(histories, GROUP)
    histories.decide(GROUP, "k")
    assert histories.known(GROUP).flapping(["k"]) == histories.everything() == {}


def test_it_is_forgotten_once_it_counts_no_more(dynamodb: Any, histories: FlapHistories) -> None:
    fix(histories, GROUP)
    [item] = dynamodb.scan(TableName="dd-aws-dev-trust")["Items"]
    assert item["expiresAt"] == {"N": str(int(NOW + 3 * DAY))}


def test_a_stage_without_the_table_knows_of_no_fights_and_counts_none(dynamodb: Any) -> None:
    missing = FlapHistories(dynamodb, "dd-aws-dev-missing")
    assert missing.known(GROUP).histories == {}
    with pytest.raises(NotDeployed):
        missing.fixed(GROUP, "k", "why", "r-1")
