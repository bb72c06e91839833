"""The sandbox's Slack webhook."""

import json
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from sandbox.slack import posts
from sandbox.slack.receiver import POSTS, TROUBLE, WEBHOOK, Receiver

MESSAGE = {"text": "Fixed sg-1", "blocks": [{"type": "divider"}]}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    file = tmp_path / "slack.jsonl"
    file.touch()
    return file


@pytest.fixture
def slack(record: Path) -> Client:
    return Client(Receiver(record))


def outcome(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.text


def test_a_good_message_is_taken_and_kept(slack: Client, record: Path) -> None:
    assert outcome(slack.post(WEBHOOK, json=MESSAGE)) == (200, "ok")
    [kept] = json.loads(slack.get(POSTS).text)
    assert kept["payload"] == MESSAGE
    [post] = posts.read(record)
    assert post.taken
    assert post.text == "Fixed sg-1"


@pytest.mark.parametrize(
    ("message", "answer", "reason"),
    [
        ({"blocks": MESSAGE["blocks"]}, "no_text", "text: expected a text"),
        ({"text": ""}, "no_text", "text: expected a text"),
        ({"text": "a < b"}, "invalid_payload", "text: < must be escaped"),
        ({"text": "t", "blocks": [{"type": "section"}]}, "invalid_blocks", "a section needs a text or fields"),
        (["text"], "invalid_payload", "expected a JSON object"),
    ],
)
def test_a_bad_message_is_refused_and_the_reason_kept(
    slack: Client, record: Path, message: Any, answer: str, reason: str
) -> None:
    assert outcome(slack.post(WEBHOOK, json=message)) == (400, answer)
    [post] = posts.read(record)
    assert not post.taken
    assert reason in post.reason


def test_what_is_not_json_is_refused(slack: Client) -> None:
    assert outcome(slack.post(WEBHOOK, data="{", content_type="application/json")) == (400, "invalid_payload")
    assert outcome(slack.post(WEBHOOK, data='{"text": "t"}', content_type="text/plain")) == (400, "invalid_payload")


def test_rate_limiting_lasts_for_as_many_posts_as_told(slack: Client) -> None:
    slack.post(TROUBLE, json={"posts": 2, "status": 429, "retry_after": 3})
    answers = [slack.post(WEBHOOK, json=MESSAGE) for _ in range(3)]
    assert [outcome(answer) for answer in answers] == [(429, "rate_limited"), (429, "rate_limited"), (200, "ok")]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["3", "3", None]


def test_a_server_error_is_slacks_own(slack: Client) -> None:
    slack.post(TROUBLE, json={"posts": 1, "status": 500})
    assert outcome(slack.post(WEBHOOK, json=MESSAGE)) == (500, "rollup_error")
    assert outcome(slack.post(WEBHOOK, json=MESSAGE)) == (200, "ok")


def test_another_webhook_is_not_known(slack: Client, record: Path) -> None:
    assert outcome(slack.post("/services/T1/B1/other", json=MESSAGE)) == (404, "no_service")
    assert list(posts.read(record)) == []
