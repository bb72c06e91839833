"""The coordinator accepts only messages about this deployment's account, region and Config rules."""

import json
from dataclasses import replace

import pytest

from chalicelib.errors import Unreadable
from chalicelib.notify import Rejection
from chalicelib.pipeline.coordinate import ROUND_BYTES, coordinate

from .coordinator import FakeCoordinator, FakeMessage
from .fakes import FakeConfigRule, finding
from .holds import APPROVE


def message(handle: str, body: object) -> FakeMessage:
    return FakeMessage(handle, body if isinstance(body, str) else json.dumps(body))


GOOD = message("good", finding().to_json())
OTHERS = FakeConfigRule({"prohibitedPorts": "0-65535"}, ("dd-aws-sandbox-evaluate_s3_bucket", "theirs"))
MANAGED = FakeConfigRule({}, (), is_managed=True)
OUR_NAME = "dd-aws-sandbox-security-group-prohibited-ports"
BUCKETS_NAME = "dd-aws-sandbox-s3-bucket-public-access"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"raisedByRule": "invented"}, "message.raisedByRule: expected a rule that AWS Config has now in 123456789012"),
        ({"raisedByRule": "theirs"}, "message.raisedByRule: expected a rule that dd-aws-sandbox-evaluate_security"),
        ({"raisedByRule": "managed"}, "message.raisedByRule: expected a rule that dd-aws-sandbox-evaluate_security"),
        ({"raisedByRule": BUCKETS_NAME}, "message.raisedByRule: expected a rule that dd-aws-sandbox-evaluate_security"),
        ({"raisedByRule": "  "}, "message.raisedByRule: expected at most 128 characters"),
        ({"awsAccountId": "999999999999"}, "message.awsAccountId: expected 123456789012, where"),
        ({"awsRegion": "us-east-1"}, "message.awsRegion: expected eu-west-1, where"),
        ({"detectedAt": "9999-12-31T23:59:59Z"}, "message.detectedAt: expected a time in the past"),
        ({"detectedAt": "2026-01-01T00:05:01Z"}, "message.detectedAt: expected a time in the past"),
        ({"detectedAt": "0001-01-01T00:00:00+14:00"}, "message.detectedAt: expected a time"),
        ({"detectedAt": "2014-11-11T23:59:59Z"}, "message.detectedAt: expected a time after 2014-11-12"),
        ({"notes": ["x" * 200_000]}, "message: expected at most 200000 bytes"),
    ],
)
def test_what_is_not_ours_is_rejected_with_its_field_before_it_is_held_or_forwarded(
    changes: dict[str, object], reason: str
) -> None:
    gateways = FakeCoordinator([message("bad", finding().to_json() | changes), GOOD])
    gateways.rules |= {"theirs": OTHERS, "managed": MANAGED, BUCKETS_NAME: MANAGED}
    gateways.handled = dict.fromkeys(("invented", "theirs", "managed", BUCKETS_NAME), APPROVE)
    coordinate(0, gateways)
    [(_, why)] = gateways.rejected
    assert why.startswith(reason)
    [told] = gateways.published
    assert isinstance(told, Rejection)
    assert told.reason == why
    assert (gateways.holds.holds, gateways.deleted, gateways.hidden) == ({}, ["bad"], ["good"])


@pytest.mark.parametrize("rule", [FakeConfigRule({}, ("dd-aws-sandbox-evaluate_security_group",)), MANAGED])
def test_the_rule_that_deployment_puts_is_ours(rule: FakeConfigRule) -> None:
    gateways = FakeCoordinator([message("m", finding(raised_by_rule=OUR_NAME).to_json())], rules={OUR_NAME: rule})
    coordinate(0, gateways)
    assert gateways.hidden == ["m"]


def test_findings_of_an_unreadable_rule_wait_with_a_new_receive_count_and_are_not_held() -> None:
    gateways = FakeCoordinator([GOOD, message("too", finding("sg-2").to_json())], unreadable_rule=Unreadable("denied"))
    gateways.handled = {"ports": APPROVE}
    with pytest.raises(Unreadable):
        coordinate(0, gateways)
    assert [(body["targetResourceId"], seconds) for body, seconds in gateways.requeued] == [
        ("sg-1", 120),
        ("sg-2", 120),
    ]
    assert gateways.deleted == ["good", "too"]
    assert (gateways.rejected, gateways.published, gateways.holds.holds, gateways.forwarded) == ([], [], {}, {})


def test_aws_config_is_asked_once_a_round_for_each_rule() -> None:
    same = [message(f"m{n}", finding(f"sg-{n}").to_json()) for n in range(20)]
    gateways = FakeCoordinator([*same, message("o", finding(raised_by_rule="other").to_json())])
    coordinate(0, gateways)
    assert sorted(gateways.rules_asked) == ["other", "ports"]


def test_a_round_ends_once_it_holds_so_many_bytes_and_real_findings_among_large_ones_survive() -> None:
    large = [message(f"large{n}", "[" * 880_000) for n in range(30)]
    gateways = FakeCoordinator([*large[:15], GOOD, *large[15:]])
    rounds: list[int] = []
    receive = gateways.receive

    def counted(visibility: int, wait: int, most: int) -> object:
        taken = receive(visibility, wait, most)
        rounds.append(sum(len(each.body) for each in taken))
        return taken

    gateways.receive = counted  # type: ignore[method-assign, assignment]
    coordinate(0, gateways)
    assert max(rounds) <= 10 * 880_000 < 10 * ROUND_BYTES
    assert gateways.hidden == ["good"]
    assert len(gateways.rejected) == 30


def test_the_latest_of_what_is_folded_is_so_by_its_time_and_not_by_how_that_is_written() -> None:
    earlier, later = (
        replace(finding(), detected_at=at, notes=(at,)) for at in ("2025-12-31T23:00:00-08:00", "2026-01-01T00:00:00Z")
    )
    gateways = FakeCoordinator([message("a", later.to_json()), message("b", earlier.to_json())])
    gateways.time = "2026-01-02T00:00:00+00:00"
    coordinate(0, gateways)
    [order] = gateways.forwarded["remediate_security_group"]
    assert (order["messageBody"]["notes"], order["receiptHandle"]) == ([earlier.detected_at], "b")
