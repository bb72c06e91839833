"""The webhook's gateway to Slack, against a real HTTP server."""

import json
import logging
import socket
from contextlib import nullcontext
from traceback import format_exception

import pytest

from chalicelib.errors import NotDone
from chalicelib.slack.post import LAST_TRY, Patience
from chalicelib.slack.webhook import SlackWebhook
from tests.notify.slack_server import OK, SECRET, SlackServer

BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*hello*", "verbatim": True}}]


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def webhook(slack: SlackServer, waits: list[float]) -> SlackWebhook:
    return SlackWebhook(lambda: slack.url, lambda: Patience(waits.append))


def limited(retry_after: str) -> tuple[int, str, dict[str, str]]:
    return (429, "rate_limited", {"Retry-After": retry_after})


def test_a_post_carries_blocks_and_text_and_asks_for_no_previews(slack: SlackServer, webhook: SlackWebhook) -> None:
    webhook.post("hello", BLOCKS)
    assert slack.paths == [SECRET]
    assert slack.received == [{"text": "hello", "blocks": BLOCKS, "unfurl_links": False, "unfurl_media": False}]


@pytest.mark.parametrize("header", ["Retry-After", "retry-after"])
def test_a_short_rate_limit_is_waited_for(
    header: str, slack: SlackServer, webhook: SlackWebhook, waits: list[float]
) -> None:
    slack.answers = [(429, "rate_limited", {header: "5"}), OK]
    webhook.post("hello", BLOCKS)
    assert (waits, len(slack.received)) == ([5], 2)


@pytest.mark.parametrize("retry_after", ["6", "30", "Thu, 05 Nov 2026 03:12:00 GMT", "-1", "1e3"])
def test_a_long_rate_limit_is_raised_at_once(
    retry_after: str, slack: SlackServer, webhook: SlackWebhook, waits: list[float]
) -> None:
    slack.answers = [limited(retry_after)]
    with pytest.raises(NotDone, match="429"):
        webhook.post("hello", BLOCKS)
    assert (waits, len(slack.received)) == ([], 1)


@pytest.mark.parametrize("retry_after", ["0", "1", "2", "5"])
def test_a_rate_limit_that_does_not_end_is_raised_after_five_seconds(
    retry_after: str, slack: SlackServer, webhook: SlackWebhook, waits: list[float]
) -> None:
    slack.answers = [limited(retry_after)]
    with pytest.raises(NotDone, match="429"):
        webhook.post("hello", BLOCKS)
    assert 4 <= sum(waits) <= 5


def test_what_one_post_waits_is_shared_by_its_tries(
    slack: SlackServer, webhook: SlackWebhook, waits: list[float]
) -> None:
    slack.answers = [limited("3"), (400, "invalid_blocks", {}), limited("3")]
    with pytest.raises(NotDone, match="429"):
        webhook.post("hello", BLOCKS)
    webhook_waits = list(waits)
    slack.answers = [limited("3"), OK]
    webhook.post("hello", BLOCKS)
    assert (webhook_waits, waits) == ([3], [3, 3])


@pytest.mark.parametrize(("seconds", "is_posted"), [(LAST_TRY, True), (LAST_TRY + 1, False)])
def test_no_try_begins_too_late(seconds: int, is_posted: bool, slack: SlackServer) -> None:
    clock = iter([0, 0, seconds])
    webhook = SlackWebhook(lambda: slack.url, lambda: Patience(clock=clock.__next__))
    slack.answers = [(400, "invalid_blocks", {}), OK]
    with nullcontext() if is_posted else pytest.raises(NotDone, match="too slow"):
        webhook.post("hello", BLOCKS)
    assert len(slack.received) == (2 if is_posted else 1)


@pytest.mark.parametrize("status", [500, 502, 503, 403, 404, 410])
def test_any_other_refusal_is_raised_with_what_slack_says(
    status: int, slack: SlackServer, webhook: SlackWebhook
) -> None:
    slack.answers = [(status, "no_service", {})]
    with pytest.raises(NotDone, match=f"{status} no_service"):
        webhook.post("hello", BLOCKS)
    assert len(slack.received) == 1


def test_blocks_that_slack_does_not_take_are_left_out(
    slack: SlackServer, webhook: SlackWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    slack.answers = [(400, "invalid_blocks", {}), OK]
    webhook.post("hello", BLOCKS)
    assert slack.received[1] == {"text": "hello", "unfurl_links": False, "unfurl_media": False}
    assert "invalid_blocks" in caplog.text


def test_a_text_that_slack_does_not_take_either_is_raised(slack: SlackServer, webhook: SlackWebhook) -> None:
    slack.answers = [(400, "invalid_payload", {})]
    with pytest.raises(NotDone, match="400 invalid_payload"):
        webhook.post("hello", BLOCKS)


def test_a_server_that_does_not_answer_is_raised() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}{SECRET}"
        with pytest.raises(NotDone, match="cannot be reached"):
            SlackWebhook(lambda: url).post("hello", BLOCKS)


def test_a_proxy_for_other_calls_is_not_used_where_no_proxy_says_so(
    slack: SlackServer, webhook: SlackWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    webhook.post("hello", BLOCKS)
    assert len(slack.received) == 1


def test_without_a_webhook_the_message_goes_to_the_log_and_nothing_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    SlackWebhook(lambda: None).post("🔴 Non-compliant: sg-1", BLOCKS)
    assert json.loads(caplog.messages[0])["text"] == "🔴 Non-compliant: sg-1"


@pytest.mark.parametrize(
    "url",
    [
        "hooks.slack.example/very-secret",
        "http://hooks.slack.example/very-secret",
        "file:///very-secret",
        "https://[very-secret",
        "",
    ],
)
def test_a_url_that_would_not_keep_the_secret_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(NotDone, match="holds no https URL") as raised:
        SlackWebhook(lambda: url).post("hello", BLOCKS)
    assert "very-secret" not in str(raised.value)


def test_the_url_is_never_logged(slack: SlackServer, webhook: SlackWebhook, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    webhook.post("hello", BLOCKS)
    slack.answers = [(500, "no", {})]
    with pytest.raises(NotDone) as raised:
        webhook.post("hello", BLOCKS)
    assert "very-secret" not in f"{raised.value}{caplog.text}"


def test_a_broken_url_is_in_no_error_and_no_log(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(NotDone) as raised:
        SlackWebhook(lambda: f"https://127.0.0.1:9{SECRET} with spaces").post("hello", BLOCKS)
    said = [*format_exception(raised.value), caplog.text, *capsys.readouterr()]
    assert "very-secret" not in "".join(said)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 502])
@pytest.mark.parametrize(
    "echo",
    [
        "<html>Cannot POST {path}</html>",
        "{url}",
        "no route to {path}",
        "%2Fservices%2F{last}",
        "upstream \u2192 {last}",
        '{{"error": "bad request", "target": "{url}"}}',
        "{last}",
        "{lower}",
    ],
)
def test_an_error_page_that_echoes_the_url_gives_nothing_away(
    status: int, echo: str, slack: SlackServer, webhook: SlackWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    last = SECRET.rpartition("/")[2]
    page = echo.format(url=slack.url, path=SECRET, last=last, lower=last.lower())
    slack.answers = [(status, page, {"Retry-After": "99"})]
    caplog.set_level(logging.DEBUG)
    with pytest.raises(NotDone, match=str(status)) as raised:
        webhook.post("hello", BLOCKS)
    said = "".join([*format_exception(raised.value), caplog.text])
    assert last.lower() not in said.lower()
