import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.approvals.holds import held
from chalicelib.errors import NotDone
from chalicelib.findings import Finding, Violation
from chalicelib.modes import Handling
from chalicelib.notify import Rejection
from chalicelib.pipeline.coordinate import HOUR_OF_WORK, UNTIL_THERE_IS_ROOM, coordinate
from chalicelib.resources import S3_BUCKET
from chalicelib.rules import RULES

from .coordinator import FakeCoordinator, FakeMessage, Untold
from .fakes import SOURCE_URL, finding


def message(handle: str, body: Finding | str) -> FakeMessage:
    return FakeMessage(handle, body if isinstance(body, str) else json.dumps(body.to_json()))


def detailed(details: dict[str, Any]) -> str:
    """A finding's body with such details of its one violation."""
    violation = {"violationType": "EC2_SG_PROHIBITED_PORT", "violationDetails": details}
    return json.dumps({**finding().to_json(), "violations": [violation]})


def nested(levels: int) -> str:
    return detailed({"statements": []}).replace(": []}", f": {'[' * levels}{']' * levels}}}", 1)


def test_a_copy_goes_to_the_remediator_of_the_violation_and_the_source_stays_hidden() -> None:
    gateways = FakeCoordinator([message("h1", finding())])
    coordinate(0, gateways)
    assert gateways.forwarded == {
        "remediate_security_group": [
            {
                "sourceQueueUrl": SOURCE_URL,
                "receiptHandle": "h1",
                "messageBody": finding().to_json(),
                "alsoSatisfies": [],
            }
        ]
    }
    assert gateways.hidden == ["h1"]
    assert gateways.deleted == []


def test_messages_about_one_resource_are_folded_into_what_the_latest_says_under_the_earliests_id() -> None:
    old = finding(detected_at="2025-12-31T00:00:00Z")
    new = finding(detected_at="2026-01-01T00:00:00Z", rule_parameters={"prohibitedPorts": "22"})
    gateways = FakeCoordinator([message("new", new), message("old", old), message("other", finding("sg-2"))])
    coordinate(0, gateways)
    orders = {
        order["messageBody"]["targetResourceId"]: order for order in gateways.forwarded["remediate_security_group"]
    }
    assert orders["sg-1"]["receiptHandle"] == "new"
    assert orders["sg-1"]["messageBody"] == {**new.to_json(), "detectedAt": old.detected_at}
    assert orders["sg-1"]["alsoSatisfies"] == ["old"]
    assert orders["sg-2"]["alsoSatisfies"] == []
    assert set(gateways.hidden) == {"new", "old", "other"}


def test_findings_of_two_rules_about_one_resource_are_not_folded() -> None:
    gateways = FakeCoordinator([message("a", finding()), message("b", finding(raised_by_rule="other"))])
    coordinate(0, gateways)
    assert len(gateways.forwarded["remediate_security_group"]) == 2


def test_a_work_order_that_sqs_does_not_accept_is_an_error_and_its_message_stays_visible() -> None:
    gateways = FakeCoordinator([message("a", finding("sg-1")), message("b", finding("sg-2"))], refuse={0})
    with pytest.raises(NotDone, match="did not accept 1 of 2"):
        coordinate(0, gateways)
    assert gateways.hidden == ["b"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("not json", "message"),
        ("[]", "message"),
        (json.dumps({**finding().to_json(), "version": "9"}), "version"),
        (json.dumps({**finding().to_json(), "awsAccountId": "12"}), "awsAccountId"),
        (json.dumps({**finding().to_json(), "awsRegion": "evil.example/#"}), "awsRegion"),
        (json.dumps({**finding().to_json(), "violations": []}), "violations"),
        (
            json.dumps({**finding().to_json(), "violations": [{"violationType": "UNKNOWN", "violationDetails": {}}]}),
            "UNKNOWN",
        ),
        (json.dumps({**finding().to_json(), "targetResourceType": "AWS::S3::Bucket"}), "EC2_SG_PROHIBITED_PORT"),
        ("[" * 100_000, "message: expected JSON"),
        (nested(5000), "message: expected JSON of at most 100 levels"),
        (detailed({"cidrs": 5}), "violations[0].violationDetails.cidrs: expected a list; got 5"),
        (detailed({"statements": None}), "violations[0].violationDetails.statements: expected a list; it is missing"),
        (
            detailed({"grants": [7]}),
            "violations[0].violationDetails.grants[0]: expected a text or a JSON object; got 7",
        ),
    ],
)
def test_an_invalid_message_is_rejected_with_the_reason_and_the_others_continue(body: str, named: str) -> None:
    gateways = FakeCoordinator([message("bad", body), message("good", finding())])
    coordinate(0, gateways)
    [(rejected, reason)] = gateways.rejected
    assert rejected == body
    assert named in reason
    assert [type(note) for note in gateways.published] == [Rejection]
    assert gateways.deleted == ["bad"]
    assert gateways.hidden == ["good"]


REMEDIATORS = tuple(rule.remediator for rule in RULES)


def of_both() -> list[FakeMessage]:
    return [message("group", finding()), message("bucket", bucket_finding())]


def bucket_finding() -> Finding:
    public = Violation("S3_BUCKET_PUBLIC_ACL", {"reason": "everybody may read it"})
    return finding("b-1", target_resource_type=S3_BUCKET, violations=(public,), required_steps=())


def test_a_full_work_queue_of_one_remediator_lets_the_other_one_have_its_findings() -> None:
    gateways = FakeCoordinator(of_both(), backlogs={"remediate_security_group": HOUR_OF_WORK})
    coordinate(0, gateways)
    assert list(gateways.forwarded) == ["remediate_s3_bucket"]
    [(waiting, seconds)] = gateways.requeued
    assert (waiting["targetResourceId"], seconds) == ("sg-1", UNTIL_THERE_IS_ROOM)
    assert (gateways.deleted, gateways.hidden) == (["group"], ["bucket"])


def test_what_waits_for_its_remediator_takes_no_slot_of_the_hour() -> None:
    gateways = FakeCoordinator(of_both(), backlogs={"remediate_security_group": HOUR_OF_WORK})
    before = gateways.controls.free()
    coordinate(0, gateways)
    assert before is not None
    assert gateways.controls.free() == before - 1


def test_nothing_is_received_while_every_work_queue_holds_more_than_an_hours_work() -> None:
    gateways = FakeCoordinator(of_both(), backlogs=dict.fromkeys(REMEDIATORS, HOUR_OF_WORK))
    coordinate(50, gateways)
    assert gateways.receives == 0


def test_a_work_queue_that_cannot_be_read_gets_nothing_and_the_other_one_has_its_findings() -> None:
    gateways = FakeCoordinator(of_both(), unreadable_backlogs={"remediate_security_group": NotDone("denied")})
    with pytest.raises(NotDone, match="denied"):
        coordinate(50, gateways)
    assert list(gateways.forwarded) == ["remediate_s3_bucket"]
    assert [body["targetResourceId"] for body, _ in gateways.requeued] == ["sg-1"]


def test_nothing_is_received_while_no_backlog_can_be_read() -> None:
    denied = dict.fromkeys(REMEDIATORS, PermissionError("denied"))
    gateways = FakeCoordinator(of_both(), unreadable_backlogs=denied)
    with pytest.raises(PermissionError):
        coordinate(50, gateways)
    assert gateways.receives == 0


def test_what_is_due_is_queued_although_a_message_could_not_be_forwarded() -> None:
    gateways = FakeCoordinator([message("a", finding())], refuse={0})
    december = datetime(2025, 12, 1, tzinfo=UTC)
    waiting = replace(held(finding("sg-2"), Handling(grace=timedelta(minutes=1)), december), is_told=True)
    gateways.holds.change(waiting.hold_id, lambda _: waiting, december)
    with pytest.raises(NotDone, match="did not accept 1 of 1"):
        coordinate(0, gateways)
    assert [body["targetResourceId"] for body, _ in gateways.requeued] == ["sg-2"]


def test_everything_that_waits_is_drained_in_one_tick() -> None:
    gateways = FakeCoordinator([message(f"h{n}", finding(f"sg-{n}")) for n in range(250)])
    coordinate(0, gateways)
    assert len(gateways.forwarded["remediate_security_group"]) == 250


def test_polling_goes_on_until_its_time_is_over_and_ends_before_the_next_tick() -> None:
    gateways = FakeCoordinator()
    coordinate(50, gateways)
    assert 48 <= gateways.clock <= 55
    assert max(gateways.waits) == 20


def test_a_tick_ends_in_time_however_much_waits() -> None:
    endless = [message(f"h{n}", finding(f"sg-{n}")) for n in range(2000)]
    gateways = FakeCoordinator(endless, seconds_per_receive=2.0)
    coordinate(50, gateways)
    assert gateways.clock < 75
    assert gateways.queue != []


def test_an_invalid_message_is_rejected_once_even_if_the_notification_fails() -> None:
    gateways = Untold([message("bad", "not json")])
    with pytest.raises(ConnectionError):
        coordinate(0, gateways)
    assert len(gateways.rejected) == 1
    assert gateways.deleted == ["bad"]


def test_two_invalid_messages_are_both_rejected_even_if_the_notifications_fail() -> None:
    gateways = Untold([message("one", "not json"), message("two", "[]"), message("good", finding())])
    with pytest.raises(ConnectionError):
        coordinate(0, gateways)
    assert gateways.deleted == ["one", "two"]
    assert gateways.hidden == ["good"]


def test_a_work_queue_that_cannot_be_reached_holds_up_no_other_remediator() -> None:
    class Unreachable(FakeCoordinator):
        def forward(self, remediator: str, bodies: Sequence[str]) -> set[int]:
            if remediator == "remediate_security_group":
                raise ConnectionError("SQS")
            return super().forward(remediator, bodies)

    bucket = finding(
        "leak", target_resource_type="AWS::S3::Bucket", violations=(Violation("S3_BUCKET_PUBLIC_ACL", {}),)
    )
    gateways = Unreachable([message("group", finding()), message("bucket", bucket)])
    with pytest.raises(ConnectionError):
        coordinate(0, gateways)
    assert gateways.hidden == ["bucket"]


def test_what_would_not_fit_a_work_order_is_rejected_and_stops_no_neighbour() -> None:
    large = finding(notes=("ü" * 9_000,) * 5)  # within the limit as received, above it as ASCII
    raw = FakeMessage("large", json.dumps(large.to_json(), ensure_ascii=False))
    gateways = FakeCoordinator([raw, message("good", finding("sg-2"))])
    coordinate(0, gateways)
    [(_, reason)] = gateways.rejected
    assert "at most 200000 bytes" in reason
    assert gateways.hidden == ["good"]
