"""Messages about who opened a violation."""

import json
from dataclasses import fields, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.notify import Actor, Certainty, to_json
from chalicelib.slack.messages import Kind, SlackMessage, compose
from tests.notify.block_kit import complaints
from tests.notify.samples import STAGE, TOPIC_ARN
from tests.notify.test_any_message import HOSTILE, texts, tried
from tests.notify.test_messages import shown

TERRAFORM = Actor(
    certainty=Certainty.OPENED,
    remediation_id="3f2a91c07b",
    raised_by_rule="dd-aws-dev-security-group-prohibited-ports",
    aws_account_id="123456789012",
    aws_region="eu-west-1",
    target_resource_type="AWS::EC2::SecurityGroup",
    target_resource_id="sg-1",
    detected_at="2026-11-05T03:12:07+00:00",
    violations=("tcp 22 is open to 0.0.0.0/0",),
    who="arn:aws:sts::123456789012:assumed-role/deploy/run-42",
    described="session run-42 of role arn:aws:iam::123456789012:role/deploy",
    source="203.0.113.42",
    user_agent="APN/1.0 HashiCorp/1.0 Terraform/1.9.8",
    event_name="AuthorizeSecurityGroupIngress",
    event_id="7c1f0f4a",
    event_time="2026-11-05T03:10:00+00:00",
    reason="",
)
NOBODY = dict.fromkeys(("who", "described", "source", "user_agent", "event_name", "event_id", "event_time"), "")
WORDS = [each.name for each in fields(Actor) if each.type is str]


def told(actor: Actor) -> SlackMessage:
    message = compose(json.loads(to_json(actor)), TOPIC_ARN, STAGE)
    assert message is not None
    assert complaints(message.text, message.blocks) == []
    return message


def test_it_says_who_from_where_by_which_program_and_call() -> None:
    message = told(TERRAFORM)
    assert message.kind is Kind.WHO
    for fact in (
        *(
            TERRAFORM.who,
            "session run-42 of role `arn:aws:iam::123456789012:role/deploy`",
            TERRAFORM.source,
            TERRAFORM.user_agent,
            TERRAFORM.event_id,
        ),
        *(
            "AuthorizeSecurityGroupIngress",
            "2026-11-05 03:10:00 UTC",
            "tcp 22 is open",
            "the call that opened it",
        ),
    ):
        assert fact in shown(message.blocks)
    assert message.text == (
        "🕵️ Who opened it: AWS::EC2::SecurityGroup sg-1 (123456789012, eu-west-1): "
        f"`{TERRAFORM.who}` from 203.0.113.42 by {TERRAFORM.user_agent} (AuthorizeSecurityGroupIngress)"
    )


def test_a_last_change_is_told_as_no_more_than_that() -> None:
    message = told(replace(TERRAFORM, certainty=Certainty.LAST_CHANGE))
    assert ": probably `arn:aws:sts" in message.text
    assert "the most recent change that could have opened it" in shown(message.blocks)


def test_where_nobody_is_known_it_says_why() -> None:
    message = told(replace(TERRAFORM, certainty=Certainty.UNKNOWN, reason="AccessDenied", **NOBODY))
    assert message.text.endswith("(123456789012, eu-west-1): the caller is unknown: AccessDenied")
    assert "AccessDenied" in shown(message.blocks)


def test_a_hostile_user_agent_can_neither_mention_nor_link_nor_leave_its_code() -> None:
    message = told(replace(TERRAFORM, user_agent=HOSTILE, source=HOSTILE, who=HOSTILE, described=HOSTILE))
    assert "<!channel>" not in message.text
    assert "<!channel>" not in shown(message.blocks)


@tried
@given(st.sampled_from(Certainty), st.fixed_dictionaries(dict.fromkeys(WORDS, texts)), st.lists(texts, max_size=40))
def test_any_answer_gives_blocks_that_slack_takes(certainty: Certainty, said: dict[str, Any], lines: list[str]) -> None:
    told(replace(TERRAFORM, certainty=certainty, violations=tuple(lines), **said))
