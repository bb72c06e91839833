"""The table of incidents, against moto."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from chalicelib.errors import NotDeployed
from chalicelib.slack.incidents import Claim, Incident, Part, Place, Remark, Thread, noted, with_saying
from chalicelib.slack.incidents.threads import MOST_SAID, MOST_THREADS
from chalicelib.slack.store import KEPT_FOR, Incidents
from tests.notify.fakes import FakeGateways
from tests.notify.incident import CLEARED, FIXED, NON_COMPLIANT, UNDONE, hear, kinds
from tests.tables import create_table

TABLE = "dd-aws-dev-incidents"
INCIDENT = Incident("123456789012/eu-west-1/AWS::EC2::SecurityGroup/sg-1", "rule")
BEGAN = datetime(2026, 11, 5, 3, 12, 7, 123456, tzinfo=UTC)
characters = st.characters(exclude_categories=["Cs"])
words = st.text(characters, min_size=1, max_size=20)
times = st.datetimes(timezones=st.just(UTC))
places, claims = st.builds(Place, words, words), st.builds(Claim, words, times)
sayings = st.dictionaries(st.text("0123456789abcdef", min_size=1), st.text("0123456789abcdef", min_size=1), max_size=3)
threads_of_any_kind = st.lists(
    st.builds(
        Thread,
        times,
        st.none() | times,
        st.none() | times,
        st.none() | places,
        st.none() | claims,
        sayings,
        st.just("") | words,
        st.none() | times,
    ),
    max_size=3,
)


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        create_table(client, TABLE, "dev")
        yield client


@pytest.fixture
def incidents(dynamodb: Any) -> Incidents:
    for item in dynamodb.scan(TableName=TABLE)["Items"]:
        dynamodb.delete_item(TableName=TABLE, Key={key: item[key] for key in ("resource", "rule")})
    return Incidents(dynamodb, TABLE)


@settings(max_examples=30, deadline=None)
@given(threads_of_any_kind)
def test_whatever_is_written_is_read_back(dynamodb: Any, threads: list[Thread]) -> None:
    incidents = Incidents(dynamodb, TABLE)
    _, version = incidents.read(INCIDENT)
    assert incidents.write(INCIDENT, threads, version)
    assert incidents.read(INCIDENT) == (tuple(threads), version + 1)


def test_what_was_said_is_read_as_the_first_release_wrote_it(incidents: Incidents, dynamodb: Any) -> None:
    texts = {"began": BEGAN.isoformat(), "said": "0a1b", "saidBy": "2c3d"}
    thread = {"M": {name: {"S": text} for name, text in texts.items()}}
    key = {"resource": {"S": INCIDENT.resource}, "rule": {"S": INCIDENT.rule}}
    dynamodb.put_item(TableName=TABLE, Item={**key, "threads": {"L": [thread]}, "version": {"N": "1"}})
    assert incidents.read(INCIDENT) == ((Thread(BEGAN, said={"0a1b": "2c3d"}),), 1)


def test_an_item_stays_below_twelve_kilobytes_whatever_is_told(incidents: Incidents, dynamodb: Any) -> None:
    remark = Remark(INCIDENT, Part.MIDDLE, BEGAN, is_addition=True)
    full = Thread(
        BEGAN,
        BEGAN,
        BEGAN,
        Place("C" * 11, "1" * 17),
        Claim(uuid4().hex, BEGAN),
        first="NO_LONGER_EVALUATED",
        resolved=BEGAN,
    )
    for number in range(3 * MOST_SAID):
        said, delivery = (sha256(f"{name}{number}".encode()).hexdigest() for name in ("said", "told"))
        full = with_saying(full, replace(remark, said=said), delivery)
    threads: tuple[Thread, ...] = ()
    for day in range(2 * MOST_THREADS):
        at = BEGAN + timedelta(days=day)
        found = Remark(INCIDENT, Part.BEGINNING, at)
        threads = noted(threads, found, at, lambda _, at=at: replace(full, began=at, non_compliant_at=at))
    assert incidents.write(INCIDENT, threads, 0)
    [item] = dynamodb.scan(TableName=TABLE)["Items"]
    assert len(item["threads"]["L"]) == MOST_THREADS
    assert len(json.dumps(item)) < 12_000


def test_of_two_who_begin_at_once_one_is_refused(incidents: Incidents) -> None:
    assert incidents.read(INCIDENT) == ((), 0)
    assert [incidents.write(INCIDENT, [Thread(BEGAN)], 0) for _ in range(2)] == [True, False]


def test_of_two_who_change_the_same_one_is_refused(incidents: Incidents) -> None:
    incidents.write(INCIDENT, [Thread(BEGAN)], 0)
    assert [incidents.write(INCIDENT, [Thread(BEGAN, cleared=BEGAN)], 1) for _ in range(2)] == [True, False]
    assert incidents.read(INCIDENT) == ((Thread(BEGAN, cleared=BEGAN),), 2)


def test_an_item_that_expired_is_not_written_by_whoever_had_read_it(incidents: Incidents) -> None:
    assert not incidents.write(INCIDENT, [Thread(BEGAN)], 1)


def test_another_rule_or_resource_has_threads_of_its_own(incidents: Incidents) -> None:
    incidents.write(INCIDENT, [Thread(BEGAN)], 0)
    assert incidents.read(Incident(INCIDENT.resource, "another")) == ((), 0)
    assert incidents.read(Incident("another", INCIDENT.rule)) == ((), 0)


def test_an_item_expires_once_nothing_can_be_undone_any_more(incidents: Incidents, dynamodb: Any) -> None:
    incidents.write(INCIDENT, [Thread(BEGAN)], 0)
    [item] = dynamodb.scan(TableName=TABLE)["Items"]
    expires = datetime.fromtimestamp(int(item["expiresAt"]["N"]), UTC)
    assert timedelta(0) <= datetime.now(UTC) + KEPT_FOR - expires < timedelta(minutes=1)


def test_a_table_that_does_not_exist_is_refused_with_a_next_step(dynamodb: Any) -> None:
    missing = Incidents(dynamodb, "dd-aws-dev-missing")
    with pytest.raises(NotDeployed, match=r"ResourceNotFoundException.*deploy the stage"):
        missing.read(INCIDENT)
    with pytest.raises(NotDeployed):
        missing.write(INCIDENT, [], 0)


def test_the_whole_way_from_a_finding_to_its_undoing_is_one_thread(incidents: Incidents, bot: FakeGateways) -> None:
    bot.incidents = incidents  # type: ignore[assignment]
    hear(bot, NON_COMPLIANT, FIXED, CLEARED, UNDONE)
    assert kinds(bot) == [["Fixed", "Undone"]]
