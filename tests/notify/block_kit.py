"""Slack's requirements for a message, and our own: https://docs.slack.dev/reference/block-kit/blocks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

OUR_LINK = re.compile(r"<https://[a-z0-9-]+\.console\.[a-z.-]+/[^\s<>|`]*\|[^<>\n`]+>")
TITLE = re.compile(r"\A\*[^*\n]+\*$", re.MULTILINE)
EMOJI = re.compile(r":(?=[^:]*[a-z])[a-z0-9_+'-]+:")
ENTITY = re.compile(r"&(amp|lt|gt);")
FENCED = re.compile(r"```\n[^`]*\n```")
INLINE = re.compile(r"`[^`\n]+`")
INVISIBLE_ON_PURPOSE = {"\n", "\u2060"}


def complaints(text: str, blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """The problems of a message; empty: Slack accepts it, and shows every character of its text."""
    found = [*_wrong_length("text", text, 4000), *_harmful("text", text)]
    if not 1 <= len(blocks) <= 50:
        found.append(f"{len(blocks)} blocks")
    return found + [complaint for block in blocks for complaint in _of_block(block)]


def _of_block(block: Mapping[str, Any]) -> Iterator[str]:
    kind = block["type"]
    if kind == "header":
        yield from _of_text(block["text"], "plain_text", 150)
    elif kind == "section" and set(block) == {"type", "text"}:
        yield from _of_text(block["text"], "mrkdwn", 3000)
    elif kind == "section" and set(block) == {"type", "fields"} and 1 <= len(block["fields"]) <= 10:
        for field in block["fields"]:
            yield from _of_text(field, "mrkdwn", 2000)
    elif kind == "context" and 1 <= len(block["elements"]) <= 10:
        for element in block["elements"]:
            yield from _of_text(element, "mrkdwn", 2000)
    else:
        yield f"not a block of ours: {block}"


def _of_text(raw: Mapping[str, Any], kind: str, limit: int) -> Iterator[str]:
    if raw["type"] != kind or (kind == "mrkdwn" and raw.get("verbatim") is not True):
        yield f"not {kind}, or not verbatim: {raw}"
    yield from _wrong_length(kind, raw["text"], limit)
    yield from _harmful(kind, raw["text"])


def _wrong_length(where: str, text: str, limit: int) -> Iterator[str]:
    if not 1 <= len(text) <= limit:
        yield f"{where} has {len(text)} characters"


def _harmful(where: str, text: str) -> Iterator[str]:
    """Control sequences, mentions, text that breaks out of code, invisible characters."""
    rest = INLINE.sub("", FENCED.sub("", OUR_LINK.sub("", text)))
    if set("<>`") & set(rest) or "&" in ENTITY.sub("", OUR_LINK.sub("", text)):
        yield f"{where} is not escaped: {text!r}"
    prose = TITLE.sub("", rest)
    if where != "plain_text" and (set("*_~") & set(prose) or EMOJI.search(prose) or re.search(r"^&gt;", prose, re.M)):
        yield f"{where} has text that Slack formats: {text!r}"
    if "://" in rest:
        yield f"{where} has a link that is none of ours: {text!r}"
    if re.search(r"@(channel|here|everyone)", text, re.IGNORECASE):
        yield f"{where} mentions somebody: {text!r}"
    if any(not character.isprintable() for character in set(text) - INVISIBLE_ON_PURPOSE):
        yield f"{where} has characters that cannot be printed: {text!r}"
