"""More than twenty messages a minute become one digest, exactly once, and none is lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import AwsRefused, NotDone
from chalicelib.notify import Status, to_json
from chalicelib.slack.notify import notify
from tests.notify.fakes import FakeGateways
from tests.notify.samples import outcome, sns_event

MINUTE = "2026-11-05T03:12"


def told(number: int, timestamp: str = "2026-11-05T03:12:10.000Z") -> dict[str, Any]:
    """An event about its own resource."""
    message = to_json(outcome(target_resource_id=f"sg-{number}"))
    return sns_event(message, timestamp=timestamp, message_id=f"m{number}")


@pytest.fixture
def full(gateways: FakeGateways) -> FakeGateways:
    """A minute in which twenty messages have been posted."""
    for number in range(20):
        notify(told(number), gateways)
    assert len(gateways.slack.posted) == 20
    return gateways


@pytest.fixture
def claimed_elsewhere(full: FakeGateways) -> FakeGateways:
    """A full minute whose digest another container has claimed."""
    full.rate.claims[MINUTE] = "another delivery"
    return full


def test_the_twentieth_message_of_a_minute_is_still_posted_at_once(full: FakeGateways) -> None:
    assert full.pauses == []


def test_the_next_minute_starts_from_nothing(full: FakeGateways) -> None:
    full.pause(60)
    notify(told(20, "2026-11-05T03:13:10.000Z"), full)
    assert "Fixed" in full.slack.texts[20]


def test_who_claims_the_digest_posts_it_five_seconds_after_the_minute(full: FakeGateways) -> None:
    notify(told(20), full)
    assert full.time == datetime(2026, 11, 5, 3, 13, 5, tzinfo=UTC)
    assert full.slack.texts[20:] == ["📬 1 more notification at 03:12 UTC: 1 resource fixed"]
    assert full.rate.posted == {MINUTE}


def test_whoever_does_not_hold_the_claim_neither_waits_nor_posts(claimed_elsewhere: FakeGateways) -> None:
    notify(told(20), claimed_elsewhere)
    assert claimed_elsewhere.pauses == []
    assert len(claimed_elsewhere.slack.posted) == 20
    assert len(claimed_elsewhere.rate.entries) == 1


def test_the_digest_tells_everything_kept_and_failures_first(claimed_elsewhere: FakeGateways) -> None:
    gateways = claimed_elsewhere
    for number in range(20, 24):
        notify(told(number), gateways)
    notify(sns_event(to_json(outcome(Status.FAILED, reason="AccessDenied")), message_id="f"), gateways)
    gateways.rate.claims.clear()
    notify(told(24), gateways)
    [(text, blocks)] = gateways.slack.posted[20:]
    assert text == "📬 6 more notifications at 03:12 UTC: 1 remediation failed, 5 resources fixed"
    assert "AccessDenied" in blocks[1]["text"]["text"]
    assert all(f"sg-{number} " in blocks[2]["text"]["text"] for number in range(20, 25))


def test_a_message_delivered_twice_is_kept_once(claimed_elsewhere: FakeGateways) -> None:
    for _ in range(2):
        notify(told(20), claimed_elsewhere)
    assert len(claimed_elsewhere.rate.kept(MINUTE)) == 1


def test_records_beyond_the_limit_in_one_event_share_one_digest_and_hold_up_none(gateways: FakeGateways) -> None:
    messages = [to_json(outcome(target_resource_id=f"sg-{number}")) for number in range(25)]
    notify(sns_event(*messages), gateways)
    assert len(gateways.slack.posted) == 21
    assert gateways.slack.texts[20] == "📬 5 more notifications at 03:12 UTC: 5 resources fixed"
    assert gateways.pauses == [55]


def test_lambdas_retry_of_a_failed_digest_posts_it(full: FakeGateways) -> None:
    full.slack.refused = {"more notification"}
    with pytest.raises(NotDone):
        notify(told(20), full)
    full.slack.refused = set()
    full.pause(60)
    notify(told(20), full)
    assert full.slack.texts[20:] == ["📬 1 more notification at 03:12 UTC: 1 resource fixed"]


def test_a_redrive_days_later_posts_the_digest_at_once(full: FakeGateways) -> None:
    full.slack.refused = {"more notification"}
    with pytest.raises(NotDone):
        notify(told(20), full)
    full.slack.refused = set()
    full.time += timedelta(days=9)
    pauses = len(full.pauses)
    notify(told(20), full)
    assert len(full.slack.posted) == 21
    assert len(full.pauses) == pauses


def test_a_claim_is_found_though_snss_clock_is_ahead_of_ours(gateways: FakeGateways) -> None:
    gateways.rate.counts[MINUTE] = 20
    gateways.time = datetime(2026, 11, 5, 3, 12, 59, 900_000, tzinfo=UTC)
    gateways.slack.refused = {"more notification"}
    ahead = told(20, "2026-11-05T03:13:00.050Z")
    with pytest.raises(NotDone):
        notify(ahead, gateways)
    gateways.slack.refused = set()
    gateways.pause(60)
    notify(ahead, gateways)
    assert gateways.slack.texts == ["📬 1 more notification at 03:12 UTC: 1 resource fixed"]


def test_a_digest_that_was_posted_is_not_posted_again_by_a_second_delivery(full: FakeGateways) -> None:
    notify(told(20), full)
    full.pause(60)
    notify(told(20), full)
    assert len(full.slack.posted) == 21


def test_a_message_kept_too_late_to_be_in_the_digest_is_posted_at_once(claimed_elsewhere: FakeGateways) -> None:
    gateways = claimed_elsewhere
    keep = gateways.rate.keep

    def slowly(minute: str, delivery_id: str, kind: str, summary: str) -> None:
        keep(minute, delivery_id, kind, summary)
        gateways.pause(53)

    gateways.rate.keep = slowly  # type: ignore[method-assign]
    notify(told(20), gateways)
    assert "Fixed" in gateways.slack.texts[20]


@pytest.mark.parametrize("failure", [AwsRefused("no such table", "create it"), NotDone("throttled")])
def test_where_the_table_cannot_be_used_every_message_is_posted_and_a_warning_logged(
    failure: Exception, gateways: FakeGateways, caplog: pytest.LogCaptureFixture
) -> None:
    gateways.rate.failure = failure
    for number in range(25):
        notify(told(number), gateways)
    assert len(gateways.slack.posted) == 25
    assert "individually" in caplog.text


def test_a_digest_is_not_repeated_because_the_table_could_not_be_told(full: FakeGateways) -> None:
    def fails(minute: str) -> None:
        raise NotDone(f"no {minute}")

    full.rate.mark_posted = fails  # type: ignore[method-assign]
    notify(told(20), full)
    assert len(full.slack.posted) == 21
