"""Slack's incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chalicelib.errors import NotDone

if TYPE_CHECKING:
    from slack_sdk.webhook import WebhookClient, WebhookResponse

logger = logging.getLogger(__name__)

TIMEOUT = 5
LONGEST_WAIT = 5
"""Seconds that one post waits for Slack's rate limit, in all; what has to wait longer is raised."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
_GONE = frozenset({403, 404, 410})


class SlackWebhook:
    """Posts to the channel behind the webhook, and to the log where there is no webhook.

    The URL is a secret: no error and no log line has it.

    Parameters
    ----------
    url : callable
        Gives the webhook's URL, None where there is none; called for each post, so that a new one is soon in use.
    sleep : callable
        Waits, in seconds.
    """

    def __init__(self, url: Callable[[], str | None], sleep: Callable[[float], None] = time.sleep) -> None:
        self._url = url
        self._sleep = sleep

    def post(self, text: str, blocks: Sequence[Mapping[str, Any]]) -> None:
        """Post one message. Where Slack does not take the blocks, post the text alone: better plain than not at all.

        Raises
        ------
        NotDone
            Slack did not take the message: it cannot be reached, is in trouble, limits the rate for longer than
            `LONGEST_WAIT`, or does not know the webhook any more.
        """
        url = self._url()
        if url is None:
            logger.info(json.dumps({"result": "no Slack webhook is configured", "text": text}))
            return
        client = _client(url)
        response = self._sent(client, text, blocks)
        if response.status_code == 400:
            logger.error("Slack refuses the blocks (%s); posting the text alone", response.body[:100])
            response = self._sent(client, text, None)
        if response.status_code != 200:
            raise NotDone(_complaint(response))

    def _sent(
        self, client: "WebhookClient", text: str, blocks: Sequence[Mapping[str, Any]] | None
    ) -> "WebhookResponse":
        """Send, and again as often as the rate limit's waits fit into `LONGEST_WAIT`."""
        waited = 0
        while True:
            response = _attempt(client, text, blocks)
            wait = _retry_after(response)
            if response.status_code != 429 or waited + wait > LONGEST_WAIT:
                return response
            self._sleep(wait)
            waited += wait


def _attempt(client: "WebhookClient", text: str, blocks: Sequence[Mapping[str, Any]] | None) -> "WebhookResponse":
    try:
        return client.send(
            text=text,
            blocks=None if blocks is None else [dict(block) for block in blocks],
            unfurl_links=False,
            unfurl_media=False,
        )
    except (OSError, HTTPException, ValueError) as error:
        raise NotDone(f"Slack cannot be reached: {type(error).__name__}") from None


def _client(url: str) -> "WebhookClient":
    """slack-sdk's client without its log, which would have the URL, and its retries, whose waits have no end."""
    from slack_sdk.webhook import WebhookClient

    if not _is_safe(url):
        raise NotDone("Slack's webhook URL, as the SSM parameter has it, is not an https URL: put the right one there")
    silent = logging.Logger("slack_sdk", logging.CRITICAL + 1)
    return WebhookClient(url, timeout=TIMEOUT, logger=silent, retry_handlers=[])


def _is_safe(url: str) -> bool:
    """Whether the secret stays secret on its way: HTTPS, or this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _retry_after(response: "WebhookResponse") -> int:
    """Seconds that Slack asks to wait: at least one; more than anyone waits where it is no number."""
    asked = next((value for name, value in response.headers.items() if name.lower() == "retry-after"), "1")
    return max(int(asked), 1) if asked.isdecimal() else LONGEST_WAIT + 1


def _complaint(response: "WebhookResponse") -> str:
    said = f"Slack answered {response.status_code} {response.body[:100]}"
    if response.status_code in _GONE:
        return f"{said}: the webhook does not work any more: put a new one's URL into the SSM parameter"
    return said
