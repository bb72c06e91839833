"""Findings that wait, on moto's DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.approvals.holds import Hold, State, held
from chalicelib.approvals.store import Holds
from chalicelib.errors import NotDeployed, NotDone
from chalicelib.modes import Handling, Mode
from tests.flows.fakes import finding
from tests.tables import create_table

NOW = datetime(2026, 1, 1, tzinfo=UTC)
APPROVE, GRACE = Handling(Mode.APPROVE), Handling(grace=timedelta(minutes=30))


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        create_table(client, "dd-aws-dev-journal", "dev")
        yield client


@pytest.fixture
def holds(dynamodb: Any) -> Holds:
    return Holds(dynamodb, "dd-aws-dev-journal")


def put(holds: Holds, hold: Hold) -> Hold:
    written = holds.change(hold.hold_id, lambda _: hold, NOW)
    assert written
    return written


def test_a_hold_is_read_as_it_was_written(holds: Holds) -> None:
    hold = put(holds, held(finding(), APPROVE, NOW))
    assert holds.read(hold.hold_id) == hold
    assert holds.read("w-000000000000") is None


def test_a_large_hold_is_read_as_it_was_written(holds: Holds) -> None:
    notes = tuple(f"{number * 7919:x}" * 100 for number in range(300))
    hold = put(holds, held(finding(notes=notes), APPROVE, NOW))
    assert holds.read(hold.hold_id) == hold


def test_only_what_has_a_time_and_has_reached_it_is_due_the_oldest_first(holds: Holds) -> None:
    first, second, third = (put(holds, held(finding(f"sg-{number}"), GRACE, NOW)) for number in range(3))
    put(holds, replace(second, due_at="2026-01-01T00:10:00Z"))
    put(holds, replace(third, due_at="2026-01-01T00:30:01Z"))
    put(holds, held(finding("sg-9"), APPROVE, NOW))
    assert list(holds.due(NOW + timedelta(minutes=30))) == [second.hold_id, first.hold_id]


def test_what_was_approved_is_due_at_once_and_what_was_rejected_never(holds: Holds) -> None:
    hold = put(holds, held(finding(), APPROVE, NOW))
    put(holds, hold.decided(State.APPROVED, hold.finding, "ann", "", NOW))
    assert list(holds.due(NOW)) == [hold.hold_id]
    put(holds, hold.decided(State.REJECTED, hold.finding, "ann", "", NOW))
    assert list(holds.due(NOW + timedelta(days=99))) == []


def test_all_that_waits_is_listed_and_what_is_done_is_not(holds: Holds) -> None:
    wait = [put(holds, held(finding(f"sg-{number}"), APPROVE, NOW)) for number in range(2)]
    put(holds, replace(held(finding("sg-9"), APPROVE, NOW), state=State.DONE))
    assert sorted(hold.hold_id for hold in holds.waiting()) == sorted(hold.hold_id for hold in wait)


def test_a_change_is_made_on_what_somebody_else_has_written_meanwhile(holds: Holds) -> None:
    hold = put(holds, held(finding(), APPROVE, NOW))

    def approve(known: Hold | None) -> Hold | None:
        if known and not known.reason:
            put(holds, replace(known, reason="by somebody else"))
        return known and known.decided(State.APPROVED, known.finding, "ann", "", NOW)

    written = holds.change(hold.hold_id, approve, NOW)
    assert written
    assert written.state is State.APPROVED
    assert holds.read(hold.hold_id) == written


def test_what_changes_without_end_is_not_done(holds: Holds) -> None:
    hold = put(holds, held(finding(), APPROVE, NOW))

    def change_concurrently(known: Hold | None) -> Hold | None:
        assert known
        put(holds, replace(known, reason=f"{known.reason}x"))
        return known.decided(State.APPROVED, known.finding, "ann", "", NOW)

    with pytest.raises(NotDone):
        holds.change(hold.hold_id, change_concurrently, NOW)


def test_a_hold_is_kept_for_a_month_after_it_was_written_last(holds: Holds, dynamodb: Any) -> None:
    hold = put(holds, held(finding(), APPROVE, NOW))
    key = {"remediationId": {"S": hold.hold_id}, "part": {"S": "hold"}}
    item = dynamodb.get_item(TableName="dd-aws-dev-journal", Key=key)["Item"]
    assert int(item["expiresAt"]["N"]) == int((NOW + timedelta(days=30)).timestamp())


def test_a_stage_without_a_journal_has_nowhere_to_let_wait(holds: Holds, dynamodb: Any) -> None:
    dynamodb.delete_table(TableName="dd-aws-dev-journal")
    with pytest.raises(NotDeployed):
        list(holds.due(NOW))
