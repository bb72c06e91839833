"""Shared by the webhook and the bot: limited waits for Slack's rate limit, and no secret in any log or error."""

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from chalicelib.errors import NotDone

TIMEOUT = 5
"""Seconds for each step of a try: to connect, for the TLS handshake, for the response."""
LONGEST_WAIT = 5
"""Seconds that one post waits for Slack's rate limit in total; a longer wait raises NotDone."""
LAST_TRY = 8
"""Seconds from the start of a post to the start of its last try, including tries without blocks or outside a thread."""

_WORD = re.compile(r"[a-z][a-z0-9_]{1,60}")
"""The form of Slack's responses: ``ok``, ``invalid_blocks``, ``channel_is_archived``."""
_LEAST_SECRET = 6
"""A shorter part of a secret reveals nothing."""

type Blocks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Answer:
    """Slack's response to one post.

    Attributes
    ----------
    said : str
        ``ok``, or Slack's error code, by `slacks_word`.
    ts : str
        The posted message's ``ts``, if Slack returns it.
    """

    status: int
    said: str
    headers: Mapping[str, str] = field(default_factory=dict)
    ts: str = ""

    def __str__(self) -> str:
        return f"Slack answered {self.status} {self.said}".rstrip()


class Patience:
    """The time limit of one post, with any number of tries.

    Parameters
    ----------
    sleep : callable
        Waits for a number of seconds.
    clock : callable
        A monotonic clock, in seconds.
    """

    def __init__(
        self, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._last_try = clock() + LAST_TRY
        self._left = LONGEST_WAIT

    def try_to_post(self, attempt: Callable[[], Answer]) -> Answer:
        """Try to post, and again as long as the waits for the rate limit fit into `LONGEST_WAIT`.

        Raises
        ------
        NotDone
            Slack cannot be reached, or is so slow that `LAST_TRY` is over. Details are omitted, because they may
            contain the secret.
        """
        while True:
            if self._clock() > self._last_try:
                raise NotDone("Slack is too slow")
            try:
                answer = attempt()
            except (OSError, HTTPException, ValueError) as error:
                raise NotDone(f"Slack cannot be reached: {type(error).__name__}") from None
            wait = _retry_after(answer)
            if answer.status != 429 or wait > self._left:
                return answer
            self._sleep(wait)
            self._left -= wait


def slacks_word(said: str, secret: str) -> str:
    """Slack's response if it is an error code. Any other response may contain the secret, and is described instead.

    Proxies and error pages repeat the requested URL, completely, partly or encoded.
    """
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", secret) if len(part) >= _LEAST_SECRET]
    if _WORD.fullmatch(said) and not any(part.lower() in said.lower() for part in parts):
        return said
    return f"({len(said):,} characters that are not a Slack error code)" if said else ""


def as_slack_takes_them(text: str, blocks: Blocks | None) -> dict[str, Any]:
    """A message's fields, without previews of its links."""
    shown = None if blocks is None else [dict(block) for block in blocks]
    return {"text": text, "blocks": shown, "unfurl_links": False, "unfurl_media": False}


def silent() -> logging.Logger:
    """A silent logger for slack-sdk, whose log would contain the secret."""
    return logging.Logger("slack_sdk", logging.CRITICAL + 1)


def _retry_after(answer: Answer) -> int:
    """Seconds that Slack asks to wait: at least one; more than `LONGEST_WAIT` if it is not a number."""
    asked = next((value for name, value in answer.headers.items() if name.lower() == "retry-after"), "1")
    return max(int(asked), 1) if asked.isdecimal() else LONGEST_WAIT + 1
