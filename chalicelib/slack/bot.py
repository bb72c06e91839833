"""Slack's Web API, as a bot: https://docs.slack.dev/reference/methods/chat.postMessage."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from slack_sdk import WebClient

logger = logging.getLogger(__name__)

_TOO_RICH = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_NO_SUCH_THREAD = frozenset(
    {
        "thread_not_found",
        "message_not_found",
        "cannot_reply_to_message",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
    }
)
_OTHER_BOT = "store the token of a working bot in the SSM parameter slack-bot-token"
_OTHER_CHANNEL = "store the ID of a channel that the bot can post to in the SSM parameter slack-channel"
_WHAT_TO_DO: Mapping[str, str] = {
    **dict.fromkeys(("invalid_auth", "not_authed", "not_allowed_token_type"), _OTHER_BOT),
    **dict.fromkeys(("account_inactive", "token_revoked", "token_expired"), _OTHER_BOT),
    **dict.fromkeys(("channel_not_found", "is_archived"), _OTHER_CHANNEL),
    **dict.fromkeys(("restricted_action", "restricted_action_read_only_channel"), _OTHER_CHANNEL),
    "not_in_channel": "invite the bot to the channel that the SSM parameter slack-channel names",
    "missing_scope": "give the bot the scope chat:write, and reinstall it",
    "no_permission": "give the bot the scope chat:write, and invite it to the channel",
}


class SlackBot:
    """Posts to a channel as a bot, which can post into threads.

    The token is a secret. It is in no error and no log line, even if a response contains it.

    Parameters
    ----------
    api_url : str
        The URL of the Web API.
    patience : callable
        Returns the patience of one post.
    """

    has_threads = True

    def __init__(self, token: str, channel: str, api_url: str, patience: Callable[[], Patience] = Patience) -> None:
        self._token = token
        self._channel = channel
        self._api_url = api_url
        self._patience = patience

    def post(
        self, text: str, blocks: Blocks, place: Place | None = None, shown: bool = False, in_place: bool = False
    ) -> Place:
        """Post one message; return the thread that it is in. It begins a thread if it cannot join one.

        If Slack refuses the blocks, only the text is posted. A thread that no longer exists, or that is in another
        channel than the current one, is not joined. A first message that cannot be replaced gets a reply.

        Parameters
        ----------
        place : Place or None
            The thread to join.
        shown : bool
            Whether the channel shows a reply as well.
        in_place : bool
            Whether to replace the thread's first message rather than to reply.

        Raises
        ------
        NotDone
            Slack did not accept the message. The error says what a person can do, if anything.
        """
        patience = self._patience()
        if place is None or place.channel != self._channel:
            return Place(self._channel, self._posted(text, blocks, {}, patience).ts)
        if in_place and self._is_replaced(place, text, blocks, patience):
            return place
        reply = {"thread_ts": place.ts, "reply_broadcast": shown}
        answer = self._posted(text, blocks, reply, patience, tolerated=_NO_SUCH_THREAD)
        if answer.said not in _NO_SUCH_THREAD:
            return place
        logger.warning("the thread %s cannot be replied to (%s); the message begins another thread", place, answer.said)
        return Place(self._channel, self._posted(text, blocks, {}, patience).ts)

    def _is_replaced(self, place: Place, text: str, blocks: Blocks, patience: Patience) -> bool:
        """Replace a message: https://docs.slack.dev/reference/methods/chat.update."""
        update = partial(self._client().chat_update, channel=place.channel, ts=place.ts, text=text)
        shown = [dict(block) for block in blocks]
        answer = patience.try_to_post(lambda: self._answer(lambda: update(blocks=shown)))
        if answer.said != "ok":
            logger.warning("the message %s cannot be replaced (%s), so it gets a reply", place, answer.said)
        return answer.said == "ok"

    def _posted(
        self,
        text: str,
        blocks: Blocks,
        where: Mapping[str, Any],
        patience: Patience,
        tolerated: frozenset[str] = frozenset(),
    ) -> Answer:
        send = partial(self._sent, self._client(), where, patience, text)
        answer = send(blocks)
        if answer.said in _TOO_RICH:
            logger.error("Slack refused the blocks (%s); posting the text alone", answer.said)
            answer = send(None)
        if answer.said != "ok" and answer.said not in tolerated:
            what_to_do = _WHAT_TO_DO.get(answer.said)
            raise NotDone(f"{answer}: {what_to_do}" if what_to_do else str(answer))
        return answer

    def _sent(
        self, client: "WebClient", where: Mapping[str, Any], patience: Patience, text: str, blocks: Blocks | None
    ) -> Answer:
        message = {"channel": self._channel, **as_slack_takes_them(text, blocks), **where}
        return patience.try_to_post(lambda: self._answer(lambda: client.chat_postMessage(**message)))

    def _answer(self, call: Callable[[], Any]) -> Answer:
        from slack_sdk.errors import SlackApiError, SlackClientError

        try:
            response = call()
        except SlackApiError as error:
            return _refusal(error.response, self._token)
        except SlackClientError as error:
            raise ValueError(type(error).__name__) from None
        return Answer(response.status_code, "ok", ts=str(response["ts"]))

    def _client(self) -> "WebClient":
        """slack-sdk's client without its log and without its retries, whose waits are unlimited."""
        from slack_sdk import WebClient

        return WebClient(self._token, base_url=self._api_url, timeout=TIMEOUT, logger=silent(), retry_handlers=[])


def _refusal(response: Any, token: str) -> Answer:
    """Slack's error code, or only the response's status if it is not JSON. A rate limit may be reported in either."""
    said = str(response.get("error") or "")
    status = 429 if said in ("ratelimited", "rate_limited") else response.status_code
    return Answer(status, slacks_word(said, token), response.headers)
