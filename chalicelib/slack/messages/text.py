"""Slack's mrkdwn, built from typed pieces, so that foreign text can never act as markup.

A ``str`` is foreign text: every function here escapes it. :class:`Mrkdwn` is text that Slack may interpret. Only this
module creates one, from foreign text that it has escaped and from templates that are constants of our own.
"""

import re
import shlex
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from itertools import accumulate, groupby
from typing import LiteralString, Never

from chalicelib.foreign import visible

UNKNOWN = "unknown"
LONGEST_COMMAND = 1000
"""A longer command is not shown, because its beginning alone would do something else."""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_IN_CODE = {**_ENTITIES, "`": "\u02cb"}
_FORMATTING = re.compile(r"[*_~`]|^>|:(?=[^:]*[a-z]|100:|1234:)[a-z0-9_+'-]+:")
"""Text that Slack formats even with ``verbatim``: emphasis, code, quotations and emoji, but not ``03:12:07``."""
_WORD_JOINER = "\u2060"
_MENTION = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)
_SCHEME = re.compile(r":(?=//)")
_ROOM_FOR_MORE = len("\n… and 1,000,000 more")

type Text = str | Mrkdwn


@dataclass(frozen=True)
class Mrkdwn:
    """Text in which Slack may interpret every character."""

    source: str

    def __len__(self) -> int:
        return len(self.source)

    def __format__(self, _: str) -> Never:
        raise TypeError("an f-string would turn Mrkdwn into foreign text; use `words` or `joined`")


def foreign(text: Text, limit: int = 300) -> Mrkdwn:
    """`text` as one line of at most `limit` characters; ``unknown`` if it is empty.

    Words that Slack would format are shown as code, so that every character is visible. Backticks become look-alikes,
    ``@channel`` and the scheme of a URL are split by an invisible character, and invisible characters are shown as
    escapes.
    """
    if isinstance(text, Mrkdwn):
        return text
    head = text[: 4 * limit]
    spans = [(is_code, " ".join(words)) for is_code, words in groupby(_line(head).split(), _is_formatted)]
    whole = " ".join(_span(is_code, span) for is_code, span in spans)
    if len(whole) <= limit - (len(head) < len(text)):
        return Mrkdwn(whole if len(head) == len(text) else f"{whole}…")
    shown, room = [], limit - 1
    for is_code, span in spans:
        cut = _cut(_pieces(span, is_code), room - 2 * is_code)
        if cut:
            shown.append(f"`{cut}`" if is_code else cut)
        if len(_span(is_code, span)) > room:
            break
        room -= len(shown[-1]) + 1
    return Mrkdwn(" ".join(shown) + "…")


def code(text: str, limit: int = 200) -> Mrkdwn:
    """`text` as inline code of at most `limit` characters."""
    return Mrkdwn(f"`{in_code(text, limit)}`")


def in_code(text: str, limit: int) -> str:
    """`text` as one line, for backticks that the caller adds, or for a plain_text object."""
    pieces = _pieces(_line(text[: 4 * limit]), is_code=True)
    fits = len(text) <= 4 * limit and sum(map(len, pieces)) <= limit
    return "".join(pieces) if fits else _cut(pieces, limit - 1) + "…"


def words(template: LiteralString, /, **pieces: Text) -> Mrkdwn:
    """A constant sentence with pieces at its placeholders. Foreign pieces are escaped."""
    return Mrkdwn(template.format(**{name: foreign(piece).source for name, piece in pieces.items()}))


def joined(separator: LiteralString, pieces: Iterable[Text]) -> Mrkdwn:
    """Pieces, joined. Foreign pieces are escaped."""
    return Mrkdwn(separator.join(foreign(piece).source for piece in pieces))


def titled(title: str, body: Mrkdwn) -> Mrkdwn:
    """`body` under a bold, constant title."""
    return Mrkdwn(f"*{in_code(title, 200)}*\n{body.source}")


def link(url: str, name: str) -> Mrkdwn:
    """`name`, linked to `url`, which has no character that ends a link."""
    if _FORMATTING.search(_line(name)):
        return Mrkdwn(f"{code(name, 300).source} <{url}|AWS console>")
    return Mrkdwn(f"<{url}|{in_code(name, 300)}>")


def code_block(lines: Sequence[str], limit: int, most: int, longest: int) -> Mrkdwn:
    """Lines as a block of code within `limit` characters."""
    safe = [Mrkdwn(in_code(line, longest)) for line in lines]
    inside = "\n".join(line.source for line in fitted(safe, limit - 8, most))
    return Mrkdwn(f"```\n{inside}\n```")


def command(verb: LiteralString, *arguments: str) -> Mrkdwn:
    """A command that can be pasted into a shell: ``ddaws undo r-0123456789ab --stage dev``."""
    text = f"ddaws {verb} {shlex.join(arguments)}"
    shown = in_code(text, LONGEST_COMMAND)
    if unescape(shown) != text or not all(arguments):
        return words("(no command can be shown: a part of it is empty, too long, or would be changed by Slack)")
    return Mrkdwn(f"`{shown}`")


def kept(source: str) -> Mrkdwn:
    """A summary that the notifier stored in its own table."""
    return Mrkdwn(source)


def fitted(lines: Sequence[Mrkdwn], limit: int, most: int) -> list[Mrkdwn]:
    """As many whole lines as fit into `limit` characters and `most` lines, and a line with the number of the rest."""
    lengths = list(accumulate(len(line) + 1 for line in lines))
    if len(lines) <= most and (not lines or lengths[-1] <= limit):
        return list(lines)
    shown = min(most, bisect_right(lengths, limit - _ROOM_FOR_MORE))
    return [*lines[:shown], words("… and {rest} more", rest=f"{len(lines) - shown:,}")]


def instant(text: str) -> datetime | None:
    """An ISO 8601 time, as AWS Config and CloudWatch write it; None if it is not one."""
    try:
        when = datetime.fromisoformat(text)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def moment(text: str) -> Mrkdwn:
    """A time as text: ``2026-11-05 03:12:07 UTC``."""
    when = instant(text)
    return Mrkdwn(f"{when:%Y-%m-%d %H:%M:%S} UTC") if when else foreign(text, 60)


def _line(text: str) -> str:
    """`text` as one line without hidden characters."""
    return visible("".join(" " if character.isspace() else character for character in text)).strip() or UNKNOWN


def _is_formatted(word: str) -> bool:
    return _FORMATTING.search(word) is not None


def _span(is_code: bool, text: str) -> str:
    inside = "".join(_pieces(text, is_code))
    return f"`{inside}`" if is_code else inside


def _pieces(line: str, is_code: bool) -> list[str]:
    """The pieces that Slack shows as one character each."""
    split = _SCHEME.sub(f":{_WORD_JOINER}", _MENTION.sub(f"@{_WORD_JOINER}", line))
    entities = _IN_CODE if is_code else _ENTITIES
    return [entities.get(character, character) for character in split]


def _cut(pieces: Sequence[str], limit: int) -> str:
    return "".join(pieces[: bisect_right(list(accumulate(map(len, pieces))), limit)])
