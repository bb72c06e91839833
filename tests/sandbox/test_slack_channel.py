"""The Slack channel, with Slack's own client on one side and a test on the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk.webhook import WebhookClient

from sandbox import SandboxError, wsgi
from sandbox.slack.channel import Channel
from sandbox.slack.receiver import Receiver


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    record = tmp_path / "slack.jsonl"
    record.touch()
    server = wsgi.listen(Receiver(record))
    yield Channel(wsgi.address(server))
    server.shutdown()
    server.server_close()


def test_what_slacks_client_sends_is_found(channel: Channel) -> None:
    assert WebhookClient(channel.webhook_url).send(text="Fixed sg-1").body == "ok"
    assert WebhookClient(channel.webhook_url).send(text="a & b").status_code == 400
    assert [message.text for message in channel.messages()] == ["Fixed sg-1"]
    assert [post.answer for post in channel.posts()] == ["ok", "invalid_payload"]
    assert channel.wait_for(lambda message: "sg-1" in message.text) == channel.messages()[0]


def test_slacks_client_sees_the_trouble_that_was_asked_for(channel: Channel) -> None:
    channel.fail_next(1, status=429, retry_after=7)
    answer = WebhookClient(channel.webhook_url).send(text="Fixed sg-1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert WebhookClient(channel.webhook_url).send(text="Fixed sg-1").status_code == 200


def test_waiting_in_vain_says_what_was_posted(channel: Channel) -> None:
    WebhookClient(channel.webhook_url).send(text="Something else")
    with pytest.raises(SandboxError, match=r"No such Slack message within 0.1 s.*Something else"):
        channel.wait_for(lambda message: "sg-1" in message.text, seconds=0.1)
