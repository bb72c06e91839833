"""What was posted to the channel, and what came back."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

TAKEN = "ok"


@dataclass(frozen=True)
class Post:
    """One post.

    Attributes
    ----------
    at : str
        When it came, ISO 8601 in UTC.
    status : int
        The HTTP status of the answer: 200 where it was taken.
    answer : str
        The answer's text: ``ok``, ``invalid_blocks``, ``rate_limited``...
    reason : str
        What was wrong with it, for people; empty where nothing was.
    payload : object
        What was posted: parsed, where it was JSON.
    ts : str
        The message's id in the channel, where a bot posted it: a reply names that of the message that it replies to.
    """

    at: str
    status: int
    answer: str
    reason: str
    payload: Any
    ts: str = ""

    @property
    def taken(self) -> bool:
        return self.answer == TAKEN

    @property
    def replaces(self) -> str:
        """The ``ts`` of the message that it replaces (``chat.update``); empty for a new message."""
        return str(self.payload.get("ts", "")) if self.ts else ""

    def replaced_by(self, update: "Post") -> "Post":
        """The message after an update, in its old position."""
        return replace(self, at=update.at, payload={**self.payload, "blocks": [], **update.payload})

    @property
    def thread(self) -> str:
        """The ``ts`` of the thread's first message, which may be this one; empty where a webhook posted it."""
        return self.payload.get("thread_ts", self.ts) if self.ts else ""

    @property
    def is_in_the_channel(self) -> bool:
        """Whether the channel shows it, and not its thread alone."""
        return self.thread == self.ts or self.payload.get("reply_broadcast") is True

    @property
    def text(self) -> str:
        """The message's plain text."""
        return str(self.payload["text"])


def append(file: Path, post: Post) -> None:
    with file.open("a") as lines:
        lines.write(json.dumps(asdict(post)) + "\n")


def read(file: Path) -> Iterator[Post]:
    """All posts, oldest first."""
    for line in file.read_text().splitlines():
        yield Post(**json.loads(line))
