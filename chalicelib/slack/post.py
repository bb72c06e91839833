"""What the webhook and the bot share: bounded patience with Slack's rate limit, and no secret in any log or error."""

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from chalicelib.errors import NotDone

TIMEOUT = 5
"""Seconds for each step of a try: to connect, to agree on the encryption, to be answered."""
LONGEST_WAIT = 5
"""Seconds that one post waits for Slack's rate limit, in all; what has to wait longer is raised."""
LAST_TRY = 8
"""Seconds from a post's beginning to that of its last try, be that without the blocks or outside a thread."""

_WORD = re.compile(r"[a-z][a-z0-9_]{1,60}")
"""What Slack answers: ``ok``, ``invalid_blocks``, ``channel_is_archived``."""
_LEAST_SECRET = 6
"""A part of a secret with fewer characters gives nothing away."""

type Blocks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What Slack says to one post.

    Attributes
    ----------
    said : str
        ``ok``, or Slack's error code, by `slacks_word`.
    ts : str
        The posted message's ``ts``, where Slack tells it.
    """

    status: int
    said: str
    headers: Mapping[str, str] = field(default_factory=dict)
    ts: str = ""

    def __str__(self) -> str:
        return f"Slack answered {self.status} {self.said}".rstrip()


class Patience:
    """How long one post may take, however many tries that makes.

    Parameters
    ----------
    sleep : callable
        Waits, in seconds.
    clock : callable
        Seconds since whenever.
    """

    def __init__(
        self, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._last_try = clock() + LAST_TRY
        self._left = LONGEST_WAIT

    def try_to_post(self, attempt: Callable[[], Answer]) -> Answer:
        """Try to post, and again as long as the rate limit's waits fit into what is left of `LONGEST_WAIT`.

        Raises
        ------
        NotDone
            Slack cannot be reached, or was so slow that `LAST_TRY` is over. What exactly went wrong is left out: it may
            hold the secret.
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
    """What Slack said, if it is one of its words; anything else may echo the secret, and is described instead.

    Proxies and error pages repeat the address that was asked for, whole, in part or encoded.
    """
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", secret) if len(part) >= _LEAST_SECRET]
    if _WORD.fullmatch(said) and not any(part.lower() in said.lower() for part in parts):
        return said
    return f"({len(said):,} characters that are none of Slack's error codes)" if said else ""


def as_slack_takes_them(text: str, blocks: Blocks | None) -> dict[str, Any]:
    """A message's fields, without previews of what it links to."""
    shown = None if blocks is None else [dict(block) for block in blocks]
    return {"text": text, "blocks": shown, "unfurl_links": False, "unfurl_media": False}


def silent() -> logging.Logger:
    """For slack-sdk, whose log would have the secret."""
    return logging.Logger("slack_sdk", logging.CRITICAL + 1)


def _retry_after(answer: Answer) -> int:
    """Seconds that Slack asks to wait: at least one; more than anyone waits where it is no number."""
    asked = next((value for name, value in answer.headers.items() if name.lower() == "retry-after"), "1")
    return max(int(asked), 1) if asked.isdecimal() else LONGEST_WAIT + 1
