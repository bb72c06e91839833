"""The journal in a table: every record is read as it was written, whatever its size."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from chalicelib.errors import NotDeployed, NotDone
from chalicelib.journal.documents import INLINE
from chalicelib.journal.record import Answer, Attempt, Closing, Record
from chalicelib.journal.store import Journal
from chalicelib.resources import IpPermission, SecurityGroup, Source
from tests.tables import create_table
from tests.trust.records import AT, GROUP, REVOKE, REVOKED, outcome, record

TABLE = "dd-aws-dev-journal"


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("dynamodb", region_name="eu-west-1")


@pytest.fixture
def journal(dynamodb: Any) -> Journal:
    return Journal(dynamodb, create_table(dynamodb, TABLE, "dev"))


def large() -> SecurityGroup:
    """A group that is larger than a piece even when compressed."""
    chance = random.Random(1)  # noqa: S311 - no secret
    names = ("".join(chance.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=250)) for _ in range(4000))
    rules = tuple(IpPermission("tcp", 22, 22, (Source("ipv4", "10.0.0.0/8", name),)) for name in names)
    return replace(GROUP, ingress=rules)


def test_a_record_is_read_as_it_was_written(journal: Journal) -> None:
    opened = record()
    journal.open(opened)
    assert journal.read(opened.remediation_id) == opened


def test_there_is_no_record_before_it_is_opened(journal: Journal) -> None:
    assert journal.read("r-0") is None


def test_a_call_is_known_before_it_is_answered_and_afterwards(journal: Journal) -> None:
    opened = record()
    journal.open(opened)
    about_to = replace(REVOKED, answer=Answer.UNKNOWN, answered_at="", request_id="")
    journal.attempt(opened, about_to)
    assert journal.read(opened.remediation_id) == opened.with_attempt(about_to)
    journal.answer(opened, REVOKED)
    assert journal.read(opened.remediation_id) == opened.with_attempt(REVOKED)


def test_calls_are_read_in_the_order_in_which_they_were_made(journal: Journal) -> None:
    opened = record()
    journal.open(opened)
    for number in range(12):
        journal.attempt(opened, Attempt(number, REVOKE, GROUP, AT))
    read = journal.read(opened.remediation_id)
    assert read
    assert [attempt.number for attempt in read.attempts] == list(range(12))


def test_a_record_is_closed_told_tried_again_and_undone(journal: Journal) -> None:
    closed = record(closing=Closing(AT, outcome(), GROUP, "set aside"))
    journal.open(replace(closed, closing=None))
    journal.close(closed)
    told = replace(closed, told="0123")
    journal.mark_told(told)
    assert journal.read(closed.remediation_id) == told
    again = replace(told, closing=None, delivery="m-2", told="")
    journal.reopen(again)
    assert journal.read(closed.remediation_id) == again
    undone = replace(again, undone_by="u-1")
    journal.mark_undone(undone)
    assert journal.read(closed.remediation_id) == undone


def test_what_is_too_large_for_an_item_is_cut_into_pieces_and_put_together_again(
    journal: Journal, dynamodb: Any
) -> None:
    opened = record(before=large())
    closed = replace(opened, closing=Closing(AT, outcome(), large()))
    journal.open(opened)
    journal.close(closed)
    assert journal.read(opened.remediation_id) == closed
    pages = dynamodb.get_paginator("scan").paginate(TableName=TABLE)
    items = [item for page in pages for item in page["Items"]]
    assert len(items) > 3
    assert all("expiresAt" in item for item in items)


def test_a_small_record_can_be_read_by_anybody(journal: Journal, dynamodb: Any) -> None:
    journal.open(record())
    [item] = dynamodb.scan(TableName=TABLE)["Items"]
    assert "0.0.0.0/0" in item["opening"]["S"]
    assert len(item["opening"]["S"]) < INLINE


def test_it_is_kept_for_four_hundred_days(journal: Journal, dynamodb: Any) -> None:
    journal.open(record())
    [item] = dynamodb.scan(TableName=TABLE)["Items"]
    assert int(item["expiresAt"]["N"]) - 1795489200 == 400 * 24 * 3600


def test_of_two_that_open_one_record_the_second_is_refused(journal: Journal) -> None:
    journal.open(record())
    with pytest.raises(NotDone, match="ConditionalCheckFailed"):
        journal.open(replace(record(), delivery="m-2"))
    read = journal.read(record().remediation_id)
    assert read
    assert read.delivery == "m-1"


def test_of_two_that_make_the_same_call_the_second_is_refused(journal: Journal) -> None:
    journal.open(record())
    journal.attempt(record(), REVOKED)
    with pytest.raises(NotDone, match="ConditionalCheckFailed"):
        journal.attempt(record(), REVOKED)


@pytest.fixture
def unanswered(journal: Journal) -> Record:
    """A record with a call whose result is not known yet."""
    opened = record()
    journal.open(opened)
    about_to = replace(REVOKED, answer=Answer.UNKNOWN, answered_at="", request_id="")
    journal.attempt(opened, about_to)
    return opened.with_attempt(about_to)


WITHOUT_EFFECT = replace(REVOKED, answer=Answer.WITHOUT_EFFECT, request_id="")


def test_that_nothing_came_of_a_call_is_written_while_nobody_knows_better(unanswered: Record, journal: Journal) -> None:
    journal.answer(unanswered, WITHOUT_EFFECT)
    assert journal.read(unanswered.remediation_id) == unanswered.with_attempt(WITHOUT_EFFECT)


def test_that_nothing_came_of_a_call_is_not_written_over_what_aws_answered(
    unanswered: Record, journal: Journal
) -> None:
    journal.answer(unanswered, REVOKED)
    with pytest.raises(NotDone, match="ConditionalCheckFailed"):
        journal.answer(unanswered, WITHOUT_EFFECT)
    assert journal.read(unanswered.remediation_id) == unanswered.with_attempt(REVOKED)


def test_what_is_not_there_cannot_be_closed(journal: Journal) -> None:
    with pytest.raises(NotDone, match="ConditionalCheckFailed"):
        journal.close(record(closing=Closing(AT, outcome())))


def test_a_table_that_is_not_there_was_never_deployed(dynamodb: Any) -> None:
    with pytest.raises(NotDeployed):
        Journal(dynamodb, TABLE).read("r-0")


def test_whatever_else_fails_may_be_over_later() -> None:
    class Unreachable:
        def get_paginator(self, _: str) -> Any:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.eu-west-1.amazonaws.com")

    with pytest.raises(NotDone, match="the journal") as caught:
        Journal(Unreachable(), TABLE).read("r-0")
    assert not isinstance(caught.value, NotDeployed)
