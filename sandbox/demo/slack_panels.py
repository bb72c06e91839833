"""Slack messages, as far as a terminal can show Block Kit."""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from itertools import batched
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sandbox.slack.posts import Post

MARKUP = re.compile(
    r"\*(?P<bold>[^*\n]+)\*|`(?P<code>[^`\n]+)`|<[^|<>]+\|(?P<link>[^<>]+)>|```\n?(?P<block>.*?)\n?```", re.S
)
STYLES = {"bold": "dim", "code": "cyan", "link": "bold", "block": "yellow"}

type Block = Mapping[str, Any]


def panel(post: Post) -> Panel:
    """One message: its header in the frame's title, its blocks inside."""
    header, *blocks = post.payload["blocks"]
    title = header["text"]["text"]
    colour = "red" if title[0] in "🔴🚨⚠🔔" else "green"
    return Panel(
        Group(*map(_block, blocks)), title=f"[bold]{title}[/]", title_align="left", border_style=colour, padding=(0, 1)
    )


def _block(block: Block) -> RenderableType:
    match block["type"]:
        case "section" if "fields" in block:
            return _fields(block["fields"])
        case "section":
            return _in_line(block["text"]["text"])
        case _:
            return Text("  ".join(unescape(element["text"]) for element in block["elements"]), "dim italic")


def _fields(fields: Sequence[Block]) -> Table:
    """Slack's two columns."""
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(ratio=5)
    grid.add_column(ratio=4)
    for row in batched([_in_line(field["text"]) for field in fields], 2, strict=False):
        grid.add_row(*row)
    return grid


def _in_line(mrkdwn: str) -> Text:
    """A title and its text; on one line unless the text is a code block."""
    title, _, rest = mrkdwn.partition("\n")
    if rest.startswith("```"):
        return rendered(mrkdwn, no_wrap=True)
    return rendered(f"{title} {rest.replace('\n', ' ')}")


def rendered(mrkdwn: str, *, no_wrap: bool = False) -> Text:
    """Slack's mrkdwn: bold, code and links; entities become characters."""
    text, end = Text(no_wrap=no_wrap, overflow="ellipsis" if no_wrap else "fold"), 0
    for found in MARKUP.finditer(mrkdwn):
        text.append(unescape(mrkdwn[end : found.start()]))
        kind = str(found.lastgroup)
        text.append(unescape(found[kind]), STYLES[kind])
        end = found.end()
    return text.append(unescape(mrkdwn[end:]))
