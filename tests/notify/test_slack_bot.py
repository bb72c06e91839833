"""The bot's gateway to Slack, against a real HTTP server."""

import json
import logging
import socket
from datetime import timedelta
from traceback import format_exception

import pytest

from chalicelib.errors import NotDone
from chalicelib.slack.bot import SlackBot
from chalicelib.slack.incidents import Place
from chalicelib.slack.post import LAST_TRY, TIMEOUT, Patience
from chalicelib.slack.threads import CLAIM_HOLDS
from tests.notify.slack_server import SlackServer

BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*hello*", "verbatim": True}}]
TOKEN = "xoxb-very-secret"
CHANNEL = "C0123"
THREAD = Place(CHANNEL, "1.000001")
POSTED = {"text": "hello", "blocks": BLOCKS, "channel": CHANNEL, "unfurl_links": False, "unfurl_media": False}

type Scripted = tuple[int, str, dict[str, str]]


def ok(ts: str = "2.000002") -> Scripted:
    return 200, json.dumps({"ok": True, "channel": CHANNEL, "ts": ts}), {}


def refused(error: str) -> Scripted:
    return 200, json.dumps({"ok": False, "error": error}), {}


def limited(retry_after: str) -> Scripted:
    return 429, json.dumps({"ok": False, "error": "ratelimited"}), {"Retry-After": retry_after}


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def poster(slack: SlackServer, waits: list[float]) -> SlackBot:
    slack.answers = [ok()]
    return SlackBot(TOKEN, CHANNEL, slack.api_url, lambda: Patience(waits.append))


def test_a_post_names_the_channel_and_begins_a_thread(slack: SlackServer, poster: SlackBot) -> None:
    assert poster.post("hello", BLOCKS) == Place(CHANNEL, "2.000002")
    assert (slack.paths, slack.authorizations) == (["/api/chat.postMessage"], [f"Bearer {TOKEN}"])
    assert slack.received == [POSTED]


@pytest.mark.parametrize("shown", [True, False])
def test_a_reply_names_its_thread_and_is_shown_in_the_channel_on_demand(
    shown: bool, slack: SlackServer, poster: SlackBot
) -> None:
    assert poster.post("hello", BLOCKS, THREAD, shown) == THREAD
    assert slack.received == [{**POSTED, "thread_ts": THREAD.ts, "reply_broadcast": shown}]


def test_a_thread_of_another_channel_is_not_joined(slack: SlackServer, poster: SlackBot) -> None:
    assert poster.post("hello", BLOCKS, Place("C0OLD", "1.000001")) == Place(CHANNEL, "2.000002")
    assert slack.received == [POSTED]


def test_a_message_takes_the_place_of_the_first_of_its_thread(slack: SlackServer, poster: SlackBot) -> None:
    assert poster.post("fixed", BLOCKS, THREAD, in_place=True) == THREAD
    assert slack.paths == ["/api/chat.update"]
    assert slack.received == [{"channel": CHANNEL, "ts": THREAD.ts, "text": "fixed", "blocks": BLOCKS}]


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed", "invalid_blocks"])
def test_where_the_first_message_cannot_be_replaced_it_gets_a_reply(
    error: str, slack: SlackServer, poster: SlackBot
) -> None:
    slack.answers = [refused(error), ok()]
    assert poster.post("fixed", BLOCKS, THREAD, in_place=True) == THREAD
    assert slack.paths == ["/api/chat.update", "/api/chat.postMessage"]
    assert slack.received[1]["thread_ts"] == THREAD.ts


@pytest.mark.parametrize("error", ["thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked"])
def test_where_a_thread_is_gone_another_begins(error: str, slack: SlackServer, poster: SlackBot) -> None:
    slack.answers = [refused(error), ok()]
    assert poster.post("hello", BLOCKS, THREAD) == Place(CHANNEL, "2.000002")
    assert slack.received[1] == POSTED


def test_a_short_rate_limit_is_waited_for(slack: SlackServer, poster: SlackBot, waits: list[float]) -> None:
    slack.answers = [limited("5"), ok()]
    poster.post("hello", BLOCKS)
    assert (waits, len(slack.received)) == ([5], 2)


@pytest.mark.parametrize("retry_after", ["0", "1", "6", "30", "soon"])
def test_a_rate_limit_that_does_not_end_is_raised_in_time(
    retry_after: str, slack: SlackServer, poster: SlackBot, waits: list[float]
) -> None:
    slack.answers = [limited(retry_after)]
    with pytest.raises(NotDone, match="429 ratelimited"):
        poster.post("hello", BLOCKS)
    assert sum(waits) <= 5


def test_a_rate_limit_that_is_told_without_its_status_is_one(
    slack: SlackServer, poster: SlackBot, waits: list[float]
) -> None:
    slack.answers = [refused("rate_limited"), ok()]
    poster.post("hello", BLOCKS)
    assert waits == [1]


def test_all_tries_of_a_post_end_before_the_claim_of_a_thread(slack: SlackServer) -> None:
    """Each is refused: the blocks in the thread, the text in it, the blocks outside."""
    clock = iter([0, 0, LAST_TRY - 1, LAST_TRY, LAST_TRY + 1])
    slack.answers = [refused("invalid_blocks"), refused("thread_not_found"), refused("invalid_blocks"), ok()]
    bot = SlackBot(TOKEN, CHANNEL, slack.api_url, lambda: Patience(clock=clock.__next__))
    with pytest.raises(NotDone, match="too slow"):
        bot.post("hello", BLOCKS, THREAD)
    assert len(slack.received) == 3
    steps = ("to connect", "to agree on the encryption", "to be answered")
    assert timedelta(seconds=LAST_TRY + len(steps) * TIMEOUT) < CLAIM_HOLDS


@pytest.mark.parametrize("error", ["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"])
def test_blocks_that_slack_does_not_take_are_left_out(
    error: str, slack: SlackServer, poster: SlackBot, caplog: pytest.LogCaptureFixture
) -> None:
    slack.answers = [refused(error), ok()]
    poster.post("hello", BLOCKS, THREAD)
    assert "blocks" not in slack.received[1]
    assert slack.received[1]["thread_ts"] == THREAD.ts
    assert error in caplog.text


@pytest.mark.parametrize(
    ("error", "what_to_do"),
    [
        ("invalid_auth", "slack-bot-token"),
        ("token_revoked", "slack-bot-token"),
        ("channel_not_found", "slack-channel"),
        ("is_archived", "slack-channel"),
        ("not_in_channel", "invite the bot"),
        ("missing_scope", "chat:write"),
        ("no_text", ""),
    ],
)
def test_a_refusal_says_what_to_do(error: str, what_to_do: str, slack: SlackServer, poster: SlackBot) -> None:
    slack.answers = [refused(error)]
    with pytest.raises(NotDone, match=f"Slack answered 200 {error}.*{what_to_do}"):
        poster.post("hello", BLOCKS)
    assert len(slack.received) == 1


@pytest.mark.parametrize(
    "answer", [(500, "no", {}), (503, "", {}), (200, "<html>", {}), (200, "{}", {}), (302, "", {})]
)
def test_what_is_no_answer_of_slack_is_raised(answer: Scripted, slack: SlackServer, poster: SlackBot) -> None:
    slack.answers = [answer]
    with pytest.raises(NotDone, match=r"Slack (answered|cannot be reached)"):
        poster.post("hello", BLOCKS)


def test_a_server_that_does_not_answer_is_raised() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(NotDone, match="cannot be reached"):
            SlackBot(TOKEN, CHANNEL, f"http://127.0.0.1:{closed.getsockname()[1]}/api/").post("hello", BLOCKS)


@pytest.mark.parametrize(
    "answer",
    [ok(), refused("invalid_auth"), refused(f"invalid_auth {TOKEN}"), (500, TOKEN, {}), (200, f"<html>{TOKEN}", {})],
)
@pytest.mark.parametrize("token", [TOKEN, f"{TOKEN}\nInjected: header", f"{TOKEN} \u2603"])
def test_the_token_is_in_no_error_and_no_log(
    token: str,
    answer: Scripted,
    slack: SlackServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    slack.answers = [answer]
    said: list[str] = []
    try:
        SlackBot(token, CHANNEL, slack.api_url).post("hello", BLOCKS)
    except NotDone as error:
        said = format_exception(error)
    assert "very-secret" not in "".join([*said, caplog.text, *capsys.readouterr()])
