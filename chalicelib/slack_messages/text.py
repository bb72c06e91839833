"""Text that came from AWS resources, made safe for Slack: it can mention nobody, plant no link and leave no code."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate

UNKNOWN = "unknown"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "\u02cb"}
_MENTION = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)
_WORD_JOINER = "\u2060"
_ROOM_FOR_MORE = len("\n… and 1,000,000 more")


def escaped(text: str, limit: int) -> str:
    """`text` as one line of mrkdwn, at most `limit` characters of it; ``unknown`` where there is none.

    Backticks become look-alikes and ``@channel`` is split by an invisible character. Control characters, line breaks
    and marks that turn the reading direction become spaces.
    """
    printable = "".join(character if character.isprintable() else " " for character in text).strip() or UNKNOWN
    pieces = [_ENTITIES.get(character, character) for character in _MENTION.sub(f"@{_WORD_JOINER}", printable)]
    lengths = list(accumulate(map(len, pieces)))
    if lengths[-1] <= limit:
        return "".join(pieces)
    return "".join(pieces[: bisect_right(lengths, limit - 1)]) + "…"


def code(text: str, limit: int = 200) -> str:
    """`text` as inline code."""
    return f"`{escaped(text, limit)}`"


def fitted(lines: Sequence[str], limit: int, most: int) -> list[str]:
    """As many whole lines as `limit` characters and `most` lines have room for; then a line that counts the rest."""
    lengths = list(accumulate(len(line) + 1 for line in lines))
    if len(lines) <= most and (not lines or lengths[-1] <= limit):
        return list(lines)
    shown = min(most, bisect_right(lengths, limit - _ROOM_FOR_MORE))
    return [*lines[:shown], f"… and {len(lines) - shown:,} more"]


def instant(text: str) -> datetime | None:
    """An ISO 8601 time, as AWS Config and CloudWatch write it; None where it is not one."""
    try:
        when = datetime.fromisoformat(text)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def moment(text: str) -> str:
    """A time for people: ``2026-11-05 03:12:07 UTC``."""
    when = instant(text)
    return f"{when:%Y-%m-%d %H:%M:%S} UTC" if when else escaped(text, 60)
