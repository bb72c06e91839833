"""Slack's incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from chalicelib.errors import NotDone
from chalicelib.gateways.slack_http import TIMEOUT, Answer, Blocks, Patience, as_slack_takes_them, silent
from chalicelib.incidents import Place
from chalicelib.urls import keeps_secrets

if TYPE_CHECKING:
    from slack_sdk.webhook import WebhookClient

logger = logging.getLogger(__name__)

_GONE = frozenset({403, 404, 410})


class SlackWebhook:
    """Posts to the channel behind the webhook, and to the log where there is no webhook.

    The URL is a secret: no error and no log line has it.

    Parameters
    ----------
    url : callable
        Gives the webhook's URL, None where there is none; called for each post, so that a new one is soon in use.
    patience : callable
        Gives what each post has of it.
    """

    has_threads = False

    def __init__(self, url: Callable[[], str | None], patience: Callable[[], Patience] = Patience) -> None:
        self._url = url
        self._patience = patience

    def post(self, text: str, blocks: Blocks, _place: Place | None = None, _shown: bool = False) -> None:
        """Post one message, which is in no thread, and always shown.

        Where Slack does not take the blocks, post the text alone: better plain than not at all.

        Raises
        ------
        NotDone
            Slack did not take the message: it cannot be reached, is in trouble or too slow, limits the rate for longer
            than `LONGEST_WAIT`, or does not know the webhook any more.
        """
        url = self._url()
        if url is None:
            logger.info(json.dumps({"result": "no Slack webhook is configured", "text": text}))
            return
        client, patience = _client(url), self._patience()
        answer = _sent(client, text, blocks, patience)
        if answer.status == 400:
            logger.error("Slack refuses the blocks (%s); posting the text alone", answer.said[:100])
            answer = _sent(client, text, None, patience)
        if answer.status != 200:
            raise NotDone(_complaint(answer))


def _sent(client: "WebhookClient", text: str, blocks: Blocks | None, patience: Patience) -> Answer:
    def attempt() -> Answer:
        response = client.send(**as_slack_takes_them(text, blocks))
        return Answer(response.status_code, response.body, response.headers)

    return patience.try_to_post(attempt)


def _client(url: str) -> "WebhookClient":
    """slack-sdk's client without its log and without its retries, whose waits have no end."""
    from slack_sdk.webhook import WebhookClient

    if not keeps_secrets(url):
        raise NotDone("Slack's webhook URL, as the SSM parameter has it, is not an https URL: put the right one there")
    return WebhookClient(url, timeout=TIMEOUT, logger=silent(), retry_handlers=[])


def _complaint(answer: Answer) -> str:
    if answer.status in _GONE:
        return f"{answer}: the webhook does not work any more: put a new one's URL into the SSM parameter"
    return str(answer)
