"""The sandbox's `chat.postMessage`, with Slack's own client on one side and a test on the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from sandbox import wsgi
from sandbox.slack.channel import Channel
from sandbox.slack.receiver import WEB_API, Receiver


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    record = tmp_path / "slack.jsonl"
    record.touch()
    server = wsgi.listen(Receiver(record))
    yield Channel(wsgi.address(server))
    server.shutdown()
    server.server_close()


@pytest.fixture
def bot(channel: Channel) -> WebClient:
    return WebClient(channel.token, base_url=channel.address + WEB_API, retry_handlers=[])


def ts_of(bot: WebClient, channel: Channel, text: str, **more: Any) -> str:
    return str(bot.chat_postMessage(channel=channel.id, text=text, **more)["ts"])


def test_replies_stand_in_the_thread_that_they_name(channel: Channel, bot: WebClient) -> None:
    first, second = (ts_of(bot, channel, text) for text in ("first", "second"))
    ts_of(bot, channel, "to the first", thread_ts=first)
    ts_of(bot, channel, "to the second", thread_ts=second, reply_broadcast=True)
    WebhookClient(channel.webhook_url).send(text="a webhook's")
    threads = [[post.text for post in thread] for thread in channel.threads()]
    assert threads == [["first", "to the first"], ["second", "to the second"]]
    shown = [post.text for post in channel.messages() if post.is_in_the_channel]
    assert shown == ["first", "second", "to the second", "a webhook's"]


def test_each_message_has_a_ts_of_its_own_later_than_those_before(channel: Channel, bot: WebClient) -> None:
    given = [ts_of(bot, channel, str(number)) for number in range(5)]
    assert given == sorted(set(given), key=float)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"channel": "C0ANOTHER"}, "channel_not_found"),
        ({"thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "a < b"}, "invalid_arguments"),
        ({"blocks": [{"type": "section"}]}, "invalid_blocks"),
    ],
)
def test_what_slack_refuses_is_refused_with_its_word(
    changed: dict[str, Any], error: str, channel: Channel, bot: WebClient
) -> None:
    with pytest.raises(SlackApiError) as raised:
        bot.chat_postMessage(**{"channel": channel.id, "text": "hello", **changed})
    assert (raised.value.response.status_code, raised.value.response["error"]) == (200, error)
    assert channel.messages() == []
    assert channel.posts()[0].reason


def test_a_reply_to_a_reply_is_refused(channel: Channel, bot: WebClient) -> None:
    first = ts_of(bot, channel, "first")
    reply = ts_of(bot, channel, "reply", thread_ts=first)
    with pytest.raises(SlackApiError, match="thread_not_found"):
        ts_of(bot, channel, "reply to a reply", thread_ts=reply)


def test_another_token_and_none_at_all_are_refused(channel: Channel) -> None:
    url, body = f"{channel.address}{WEB_API}chat.postMessage", {"channel": channel.id, "text": "hello"}
    wrong = urllib3.request("POST", url, json=body, headers={"Authorization": "Bearer xoxb-another"})
    none = urllib3.request("POST", url, json=body)
    assert [answer.json() for answer in (wrong, none)] == [
        {"ok": False, "error": "invalid_auth"},
        {"ok": False, "error": "not_authed"},
    ]


def test_trouble_is_the_same_for_a_bot(channel: Channel, bot: WebClient) -> None:
    channel.fail_next(1, status=429, retry_after=7)
    with pytest.raises(SlackApiError) as raised:
        ts_of(bot, channel, "hello")
    assert (raised.value.response.status_code, raised.value.response.headers["Retry-After"]) == (429, "7")
    channel.fail_next(1, status=500)
    with pytest.raises(SlackApiError) as raised:
        ts_of(bot, channel, "hello")
    assert raised.value.response.status_code == 500
    assert ts_of(bot, channel, "hello")


def test_an_update_takes_the_place_of_a_message_and_leaves_its_replies(channel: Channel, bot: WebClient) -> None:
    first = ts_of(bot, channel, "found", blocks=[{"type": "divider"}])
    ts_of(bot, channel, "a reply", thread_ts=first)
    assert bot.chat_update(channel=channel.id, ts=first, text="fixed")["ts"] == first
    assert [[post.text for post in thread] for thread in channel.threads()] == [["fixed", "a reply"]]
    assert len(channel.messages()) == 2
    assert len(channel.posts()) == 3


def test_a_message_that_there_is_not_cannot_be_updated(channel: Channel, bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="message_not_found"):
        bot.chat_update(channel=channel.id, ts="1.000001", text="fixed")
