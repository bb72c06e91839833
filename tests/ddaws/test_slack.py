"""What a deployment says of the way to Slack, and a removal of what stays."""

import pytest

from ddaws.deploy import slack
from ddaws.plan import Target
from tests.ddaws.live import silently

WEBHOOK, TOKEN, CHANNEL = "/dd-aws/dev/slack-webhook-url", "/dd-aws/dev/slack-bot-token", "/dd-aws/dev/slack-channel"


def put(target: Target, *names: str) -> None:
    for name in names:
        target.account.client("ssm").put_parameter(Name=name, Value="secret", Type="SecureString")


@pytest.mark.parametrize(
    ("there", "way"),
    [
        ((WEBHOOK,), WEBHOOK),
        ((WEBHOOK, CHANNEL), WEBHOOK),
        ((TOKEN, CHANNEL), f"{TOKEN} and {CHANNEL}"),
        ((WEBHOOK, TOKEN, CHANNEL), TOKEN),
    ],
)
def test_the_operator_is_told_which_way_notifications_take(target: Target, there: tuple[str, ...], way: str) -> None:
    put(target, *there)
    plan = slack.plan(target, silently)
    assert plan.found.startswith(way)
    assert (plan.changes, plan.notes) == ((), ())


def test_a_token_without_a_channel_is_told(target: Target) -> None:
    put(target, WEBHOOK, TOKEN)
    (note,) = slack.plan(target, silently).notes
    assert note == f"parameter {CHANNEL} is missing: Slack gets no messages without it"


def test_without_any_way_the_operator_is_told_how_to_put_one(target: Target) -> None:
    (note,) = slack.plan(target, silently).notes
    assert note.startswith(f"aws ssm put-parameter --type SecureString --name {WEBHOOK}")


def test_the_parameters_are_the_users_and_stay(target: Target) -> None:
    assert slack.keeping(target, silently).notes == ()
    put(target, WEBHOOK, TOKEN, CHANNEL)
    plan = slack.keeping(target, silently)
    assert not plan.changes
    assert [note.partition(":")[0] for note in plan.notes] == [
        f"parameter {name} stays" for name in (WEBHOOK, TOKEN, CHANNEL)
    ]
