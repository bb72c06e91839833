"""The few Block Kit blocks we use, within Slack's limits: https://docs.slack.dev/reference/block-kit/blocks."""

from collections.abc import Sequence

from chalicelib.slack_messages.kinds import Block, Kind
from chalicelib.slack_messages.text import escaped, fitted

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
LINE_LIMIT = 300
MOST_LINES = 25


def header(kind: Kind, name: str) -> Block:
    """What happened, and to whom."""
    start = f"{kind.emoji} {kind.title}: "
    text = start + escaped(name, HEADER_LIMIT - len(start))
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def section(title: str, mrkdwn: str) -> Block:
    """A paragraph under a bold title; `mrkdwn` is escaped and short enough."""
    return {"type": "section", "text": _mrkdwn(f"*{title}*\n{mrkdwn}")}


def prose(title: str, text: str) -> Block:
    """A paragraph of text that came from elsewhere."""
    return section(title, escaped(text, SECTION_LIMIT - len(title) - 10))


def fields(*pairs: tuple[str, str]) -> Block:
    """Up to ten short facts in two columns: (label, escaped mrkdwn)."""
    return {"type": "section", "fields": [_mrkdwn(f"*{label}*\n{value}") for label, value in pairs]}


def bullets(title: str, lines: Sequence[str], most: int = MOST_LINES) -> Block:
    """Lines that came from elsewhere, as a list."""
    listed = [f"• {escaped(line, LINE_LIMIT)}" for line in lines]
    return section(title, "\n".join(fitted(listed, SECTION_LIMIT - len(title) - 10, most)))


def code_lines(title: str, lines: Sequence[str]) -> Block:
    """Lines that came from elsewhere, as a block of code."""
    safe = [escaped(line, LINE_LIMIT) for line in lines]
    inside = "\n".join(fitted(safe, SECTION_LIMIT - len(title) - 20, MOST_LINES))
    return section(title, f"```\n{inside}\n```")


def context(*facts: str) -> Block:
    """Small print: escaped facts in one line."""
    return {"type": "context", "elements": [_mrkdwn(" · ".join(facts))]}


def _mrkdwn(text: str) -> Block:
    """Verbatim, so that Slack makes no links or mentions out of what merely looks like one."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
