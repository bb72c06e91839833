"""How a message is posted: by the bot, by the webhook, or to the log."""

import json
import logging

import pytest

from chalicelib.errors import BadInput, NotDone
from chalicelib.settings import Settings
from chalicelib.slack.bot import SlackBot
from chalicelib.slack.channel import SlackChannel
from chalicelib.slack.incidents import Place
from chalicelib.slack.webhook import SlackWebhook
from tests.notify.slack_server import SECRET, SlackServer

TOKEN, CHANNEL, WEBHOOK = "/dd-aws/dev/slack-bot-token", "/dd-aws/dev/slack-channel", "/dd-aws/dev/slack-webhook-url"
BOT = {TOKEN: "xoxb-1", CHANNEL: "C0123"}


def channel(slack: SlackServer, parameters: dict[str, str]) -> SlackBot | SlackWebhook:
    """Slack, with `parameters` in SSM."""
    given = {**parameters, **({WEBHOOK: slack.url} if WEBHOOK in parameters else {})}
    webhook = SlackWebhook(lambda: given.get(WEBHOOK))
    return SlackChannel(given.get, TOKEN, CHANNEL, slack.api_url, webhook).way()


@pytest.mark.parametrize("parameters", [BOT, {**BOT, WEBHOOK: ""}])
def test_where_there_is_a_bot_it_posts(parameters: dict[str, str], slack: SlackServer) -> None:
    slack.answers = [(200, json.dumps({"ok": True, "ts": "1.0"}), {})]
    way = channel(slack, parameters)
    assert way.has_threads
    assert way.post("hello", []) == Place("C0123", "1.0")
    assert slack.paths == ["/api/chat.postMessage"]


@pytest.mark.parametrize("half", [{}, {CHANNEL: "C0123"}])
def test_without_a_bot_the_webhook_takes_the_message_and_there_are_no_threads(
    half: dict[str, str], slack: SlackServer
) -> None:
    way = channel(slack, {WEBHOOK: "", **half})
    assert not way.has_threads
    way.post("hello", [], Place("C0123", "1.0"), True)
    assert slack.paths == [SECRET]


def test_without_either_the_message_goes_to_the_log(slack: SlackServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    channel(slack, {}).post("hello", [])
    assert json.loads(caplog.messages[0])["text"] == "hello"


@pytest.mark.parametrize("others", [{}, {WEBHOOK: ""}])
def test_a_token_without_a_channel_is_an_error_that_names_what_is_missing(
    others: dict[str, str], slack: SlackServer
) -> None:
    with pytest.raises(NotDone, match=f"has the parameter {TOKEN} but not {CHANNEL}"):
        channel(slack, {TOKEN: BOT[TOKEN], **others})
    assert slack.paths == []


def settings(**environ: str) -> Settings:
    return Settings.from_environment({"STAGE": "dev", "ENABLE_AUTO_RESPONSE": "false", **environ})


@pytest.mark.parametrize("url", ["https://slack.example/api/", "http://127.0.0.1:8080/api/", "http://localhost/api/"])
def test_slacks_web_api_may_be_elsewhere(url: str) -> None:
    assert settings(SLACK_API_URL=url).slack_api_url == url
    assert settings().slack_api_url == "https://slack.com/api/"


@pytest.mark.parametrize("url", ["", "slack.example", "http://slack.example/api/", "file:///api", "https://[api"])
def test_a_url_that_would_not_keep_the_token_is_an_error_at_deployment(url: str) -> None:
    with pytest.raises(BadInput, match="SLACK_API_URL"):
        settings(SLACK_API_URL=url)
