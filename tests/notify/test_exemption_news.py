"""Messages about exemptions."""

import json

import pytest

from chalicelib.errors import BadInput
from chalicelib.notify import ExemptionEvent, ExemptionNews, from_json, to_json
from chalicelib.slack.messages import SlackMessage, compose
from tests.notify.block_kit import complaints
from tests.notify.samples import STAGE, TOPIC_ARN


def news(event: ExemptionEvent, who: str = "") -> ExemptionNews:
    return ExemptionNews(
        event,
        "x-0123456789ab",
        "123456789012",
        "eu-west-1",
        "AWS::EC2::SecurityGroup",
        "sg-1",
        "tcp 22 from 0.0.0.0/0",
        "alice",
        "OPS-7, partner moves",
        "2027-01-31T00:00:00Z",
        who,
    )


def message(event: ExemptionEvent, who: str = "") -> SlackMessage:
    made = compose(json.loads(to_json(news(event, who))), TOPIC_ARN, STAGE)
    assert made
    return made


@pytest.mark.parametrize("event", list(ExemptionEvent))
def test_slack_takes_it_and_it_comes_back_from_json_as_it_was(event: ExemptionEvent) -> None:
    made = message(event)
    assert complaints(made.text, made.blocks) == []
    assert from_json(json.loads(to_json(news(event)))) == news(event)


def test_it_says_what_is_exempt_why_who_answers_for_it_and_until_when() -> None:
    made = message(ExemptionEvent.ENDS_SOON)
    text = json.dumps(made.blocks)
    for part in ("sg-1", "tcp 22 from 0.0.0.0/0", "OPS-7, partner moves", "alice", "2027-01-31 00:00:00 UTC"):
        assert part in text
    assert made.text.startswith("⏳ Exemption ends soon: AWS::EC2::SecurityGroup sg-1 ")


def test_it_says_who_granted_it() -> None:
    assert "arn:aws:iam::123456789012:user/ann" in json.dumps(
        message(ExemptionEvent.GRANTED, "arn:aws:iam::123456789012:user/ann").blocks
    )


def test_an_event_that_there_is_not_is_refused() -> None:
    body = {**json.loads(to_json(news(ExemptionEvent.ENDED))), "event": "lost"}
    with pytest.raises(BadInput, match="event: expected granted, removed, ends_soon, ended; got 'lost'"):
        from_json(body)
