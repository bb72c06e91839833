"""Messages about what stops a stage, and who resumes it."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.notify import Flapping, LimitReached, Notification, Paused, Resumed, to_json
from chalicelib.slack.messages import Kind, SlackMessage, compose
from tests.notify.block_kit import complaints
from tests.notify.samples import STAGE, TOPIC_ARN
from tests.notify.test_any_message import HOSTILE, texts, tried
from tests.notify.test_messages import shown

ANN, AT = "arn:aws:iam::123456789012:user/ann", "2026-11-05T03:12:07+00:00"


def told(notification: Notification) -> SlackMessage:
    message = compose(json.loads(to_json(notification)), TOPIC_ARN, STAGE)
    assert message is not None
    assert complaints(message.text, message.blocks) == []
    return message


def test_a_pause_says_who_why_since_when_and_how_to_go_on() -> None:
    message = told(Paused("dev", ANN, "a fix broke the shop", AT))
    assert message.kind is Kind.PAUSED
    for fact in (ANN, "a fix broke the shop", "2026-11-05 03:12:07 UTC", "`ddaws resume --stage dev`"):
        assert fact in shown(message.blocks)
    assert message.text == f"⏸️ Paused: stage dev by `{ANN}`: a fix broke the shop"


def test_to_resume_says_what_goes_on() -> None:
    message = told(Resumed("dev", ANN, "The stage was paused. It goes on within a minute.", AT))
    assert message.kind is Kind.RESUMED
    assert "It goes on within a minute." in shown(message.blocks)


def test_a_limit_says_whose_it_is_how_much_waits_and_what_one_can_do() -> None:
    message = told(LimitReached("dev", "The stage has reached its limit: 50 changes within an hour.", "17"))
    assert message.kind is Kind.LIMIT_REACHED
    for fact in (
        "The stage has reached its limit: 50 changes",
        "`17`",
        "`ddaws pending --stage dev`",
        "`ddaws resume --stage dev`",
    ):
        assert fact in shown(message.blocks)
    assert message.text.endswith("within an hour. 17 findings wait.")


FLAPPING = Flapping(
    stage="dev",
    raised_by_rule="dd-aws-dev-security-group-prohibited-ports",
    aws_account_id="123456789012",
    aws_region="eu-west-1",
    target_resource_type="AWS::EC2::SecurityGroup",
    target_resource_id="sg-1",
    violations=("tcp 22 is open to 0.0.0.0/0",),
    fixed_at=(AT,),
    left_until="2026-11-06T03:12:07+00:00",
)


def test_flapping_says_what_comes_back_until_when_it_stays_open_and_what_people_can_do() -> None:
    message = told(FLAPPING)
    assert message.kind is Kind.FLAPPING
    for fact in (
        "tcp 22 is open to 0.0.0.0/0",
        "2026-11-05 03:12:07 UTC",
        "The violation stays open until",
        "2026-11-06 03:12:07 UTC",
        "`ddaws resume --stage dev --resource sg-1`",
    ):
        assert fact in shown(message.blocks)


def test_flapping_that_is_fixed_each_time_does_not_claim_that_anything_stays_open() -> None:
    message = told(replace(FLAPPING, left_until=""))
    assert "stays open" not in shown(message.blocks)
    assert "`FLAP_ACTION` is `keep`" in shown(message.blocks)
    assert message.text.endswith("fixed each time")


@tried
@given(texts, texts, st.sampled_from([Paused, Resumed]))
def test_whatever_people_write_slack_takes_it(who: str, what: str, kind: type[Paused] | type[Resumed]) -> None:
    assert told(kind(HOSTILE, who, what, AT))
    assert told(LimitReached(HOSTILE, who, what))
    assert told(replace(FLAPPING, target_resource_id=who, violations=(what, HOSTILE), fixed_at=(who,), left_until=who))
