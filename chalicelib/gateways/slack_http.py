"""What posting to Slack takes, whichever way: patience with its rate limit, within bounds, and no secret in any log."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from chalicelib.errors import NotDone

TIMEOUT = 5
LONGEST_WAIT = 5
"""Seconds that one post waits for Slack's rate limit, in all; what has to wait longer is raised."""

type Blocks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What Slack says to one post.

    Attributes
    ----------
    said : str
        ``ok``, or Slack's word for what is wrong.
    ts : str
        The posted message's ``ts``, where Slack tells it.
    """

    status: int
    said: str
    headers: Mapping[str, str] = field(default_factory=dict)
    ts: str = ""

    def __str__(self) -> str:
        return f"Slack answered {self.status} {self.said[:100]}"


def patiently(attempt: Callable[[], Answer], sleep: Callable[[float], None]) -> Answer:
    """Try to post, and again as often as the rate limit's waits fit into `LONGEST_WAIT`.

    Raises
    ------
    NotDone
        Slack cannot be reached. What exactly went wrong is left out: it may hold the secret.
    """
    waited = 0
    while True:
        try:
            answer = attempt()
        except (OSError, HTTPException, ValueError) as error:
            raise NotDone(f"Slack cannot be reached: {type(error).__name__}") from None
        wait = _retry_after(answer)
        if answer.status != 429 or waited + wait > LONGEST_WAIT:
            return answer
        sleep(wait)
        waited += wait


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
