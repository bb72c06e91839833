"""Slack's incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from chalicelib.errors import NotDone
from chalicelib.slack.incidents import Place
from chalicelib.slack.post import (
    TIMEOUT,
    Answer,
    Blocks,
    Patience,
    as_slack_takes_them,
    silent,
    slacks_word,
)
from chalicelib.urls import keeps_secrets

if TYPE_CHECKING:
    from slack_sdk.webhook import WebhookClient

logger = logging.getLogger(__name__)

_GONE = frozenset({403, 404, 410})


class SlackWebhook:
    """Posts to the webhook's channel, or to the log if no webhook is configured.

    The URL is a secret. It is in no error and no log line, even if a response contains it.

    Parameters
    ----------
    url : callable
        Returns the webhook's URL, or None; called for each post, so that a new URL is used at once.
    patience : callable
        Returns the patience of one post.
    """

    has_threads = False

    def __init__(self, url: Callable[[], str | None], patience: Callable[[], Patience] = Patience) -> None:
        self._url = url
        self._patience = patience

    def post(
        self, text: str, blocks: Blocks, _place: Place | None = None, _shown: bool = False, _in_place: bool = False
    ) -> None:
        """Post one message outside threads.

        If Slack refuses the blocks, only the text is posted.

        Raises
        ------
        NotDone
            Slack did not accept the message: it cannot be reached, fails, is too slow, limits the rate for longer than
            `LONGEST_WAIT`, or no longer knows the webhook.
        """
        url = self._url()
        if url is None:
            logger.info(json.dumps({"result": "no Slack webhook is configured", "text": text}))
            return
        client, patience = _client(url), self._patience()
        answer = _sent(client, text, blocks, patience)
        if answer.status == 400:
            logger.error("Slack refused the blocks (%s); posting the text alone", answer.said)
            answer = _sent(client, text, None, patience)
        if answer.status != 200:
            raise NotDone(_complaint(answer))


def _sent(client: "WebhookClient", text: str, blocks: Blocks | None, patience: Patience) -> Answer:
    def attempt() -> Answer:
        response = client.send(**as_slack_takes_them(text, blocks))
        return Answer(response.status_code, slacks_word(response.body, client.url), response.headers)

    return patience.try_to_post(attempt)


def _client(url: str) -> "WebhookClient":
    """slack-sdk's client without its log and without its retries, whose waits are unlimited."""
    from slack_sdk.webhook import WebhookClient

    if not keeps_secrets(url):
        raise NotDone("the SSM parameter slack-webhook-url holds no https URL: store the webhook's URL in it")
    return WebhookClient(url, timeout=TIMEOUT, logger=silent(), retry_handlers=[])


def _complaint(answer: Answer) -> str:
    if answer.status in _GONE:
        return f"{answer}: the webhook no longer works; store a new one's URL in the SSM parameter slack-webhook-url"
    return str(answer)
