"""Messages about fixes that wait for people, and about decisions."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.notify import Decided, Decision, Held, to_json
from chalicelib.slack.messages import Kind, compose
from tests.notify.samples import STAGE, TOPIC_ARN
from tests.notify.test_any_message import harmless, texts, tried
from tests.notify.test_messages import shown
from tests.notify.test_stops import ANN, AT, told

ABOUT = {
    "hold_id": "w-0123456789ab",
    "raised_by_rule": "dd-aws-dev-security-group-prohibited-ports",
    "aws_account_id": "123456789012",
    "aws_region": "eu-west-1",
    "target_resource_type": "AWS::EC2::SecurityGroup",
    "target_resource_id": "sg-1",
    "violations": ("tcp 22 is open to 0.0.0.0/0",),
}
HELD = Held(
    **ABOUT,  # type: ignore[arg-type]
    stage="dev",
    detected_at=AT,
    due_at="",
    calls=("ec2:RevokeSecurityGroupIngress GroupId=sg-1",),
    notes=("a remark",),
)
DECIDED = Decided(
    **ABOUT,  # type: ignore[arg-type]
    decision=Decision.APPROVED,
    who=ANN,
    reason="",
    what_now="It is fixed within a minute.",
    at=AT,
)


def test_what_waits_for_approval_says_what_would_be_done_and_how_to_decide() -> None:
    message = told(HELD)
    assert message.kind is Kind.WAITING_FOR_APPROVAL
    for fact in (
        "tcp 22 is open to 0.0.0.0/0",
        "ec2:RevokeSecurityGroupIngress GroupId=sg-1",
        "a remark",
        "`ddaws approve w-0123456789ab --stage dev`",
        "`ddaws reject w-0123456789ab --stage dev --reason 'why it has to stay open'`",
    ):
        assert fact in shown(message.blocks)


def test_what_is_announced_says_when_it_comes_and_how_to_stop_it() -> None:
    message = told(replace(HELD, due_at="2026-11-05T03:42:07+00:00"))
    assert message.kind is Kind.WAITING_FOR_GRACE
    assert "fixed at 2026-11-05 03:42:07 UTC unless" in shown(message.blocks)
    assert "`ddaws reject w-0123456789ab --stage dev --reason '" in shown(message.blocks)
    assert message.text.endswith(": at 2026-11-05 03:42:07 UTC")


@pytest.mark.parametrize(
    ("decision", "kind"), [(Decision.APPROVED, Kind.APPROVED), (Decision.REJECTED, Kind.NOT_APPROVED)]
)
def test_a_decision_says_whose_it_is_and_what_follows(decision: Decision, kind: Kind) -> None:
    message = told(replace(DECIDED, decision=decision, reason="OPS-7"))
    assert message.kind is kind
    for fact in (ANN, "OPS-7", "It is fixed within a minute.", "2026-11-05 03:12:07 UTC"):
        assert fact in shown(message.blocks)


@tried
@given(st.sampled_from([HELD, DECIDED]), st.data())
def test_whatever_they_say_slack_takes_the_blocks(one: Held | Decided, data: st.DataObject) -> None:
    odd: dict[str, Any] = {
        each.name: data.draw(st.lists(texts, max_size=40).map(tuple) if "tuple" in str(each.type) else texts)
        for each in fields(one)
        if each.name != "decision"
    }
    assert harmless(compose(json.loads(to_json(replace(one, **odd))), TOPIC_ARN, STAGE))
