"""The Block Kit blocks in use, within Slack's limits: https://docs.slack.dev/reference/block-kit/blocks."""

from collections.abc import Sequence

from chalicelib.slack.messages.kinds import Block, Kind
from chalicelib.slack.messages.text import Mrkdwn, Text, code_block, fitted, foreign, in_code, joined, titled, words

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
LINE_LIMIT = 300
MOST_LINES = 25


def header(kind: Kind, name: str) -> Block:
    """The header: the kind of message and the resource."""
    start = f"{kind.emoji} {kind.title}: "
    return heading(start + in_code(name, HEADER_LIMIT - len(start)))


def heading(text: str) -> Block:
    """A header; `text` is constant, or prepared by `in_code`."""
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def section(title: str, body: Mrkdwn) -> Block:
    """A paragraph under a bold title. `body` fits into Slack's limit."""
    return {"type": "section", "text": _mrkdwn(titled(title, body))}


def prose(title: str, text: Text, *commands: Mrkdwn) -> Block:
    """A paragraph, followed by commands, each on its own line."""
    room = SECTION_LIMIT - len(title) - 10 - sum(len(each) + 1 for each in commands)
    return section(title, joined("\n", (foreign(text, room), *commands)))


def fields(*pairs: tuple[str, Text]) -> Block:
    """Up to ten short facts in two columns: (label, value)."""
    return {"type": "section", "fields": [_mrkdwn(titled(label, foreign(value))) for label, value in pairs]}


def bullets(title: str, lines: Sequence[Text], most: int = MOST_LINES) -> Block:
    """A list."""
    listed = [words("• {line}", line=foreign(line, LINE_LIMIT)) for line in lines]
    return section(title, joined("\n", fitted(listed, SECTION_LIMIT - len(title) - 10, most)))


def code_lines(title: str, lines: Sequence[str]) -> Block:
    """Lines as a block of code."""
    return section(title, code_block(lines, SECTION_LIMIT - len(title) - 10, MOST_LINES, LINE_LIMIT))


def context(*facts: Mrkdwn) -> Block:
    """Small print: facts in one line."""
    return {"type": "context", "elements": [_mrkdwn(joined(" · ", facts))]}


def _mrkdwn(text: Mrkdwn) -> Block:
    """A mrkdwn object, verbatim, so that Slack creates no links or mentions from text that only looks like one."""
    return {"type": "mrkdwn", "text": text.source, "verbatim": True}
