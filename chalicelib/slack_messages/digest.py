"""One message instead of many: what came beyond a minute's limit."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from chalicelib.slack_messages.blocks import SECTION_LIMIT, context, section
from chalicelib.slack_messages.kinds import Block, Kind
from chalicelib.slack_messages.text import fitted

LINES_PER_KIND = 10


def digest(start: datetime, limit: int, kept: Sequence[tuple[str, str]]) -> tuple[str, list[Block]]:
    """The text and the blocks of a digest.

    Parameters
    ----------
    start : datetime
        The minute's beginning, UTC.
    limit : int
        How many messages were posted one by one before.
    kept : sequence of (str, str)
        Name of the kind and summary (escaped mrkdwn) of each message, in any order.
    """
    summaries: dict[Kind, list[str]] = defaultdict(list)
    for name, summary in kept:
        summaries[Kind[name]].append(summary)
    told = [kind for kind in Kind if kind in summaries]
    counts = ", ".join(kind.counted(len(summaries[kind])) for kind in told)
    title = f"📬 {len(kept):,} more {'notification' if len(kept) == 1 else 'notifications'} at {start:%H:%M} UTC"
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}},
        *(_of_kind(kind, summaries[kind]) for kind in told),
        context(f"After {limit} messages in a minute the rest become a digest; the notifier's log has each of them"),
    ]
    return f"{title}: {counts}", blocks


def _of_kind(kind: Kind, summaries: Sequence[str]) -> Block:
    """The title counts them, so the lines need not repeat the kind."""
    lines = [f"• {summary.removeprefix(f'{kind.title}: ')}" for summary in sorted(summaries)]
    return section(
        f"{kind.emoji} {kind.counted(len(summaries))}", "\n".join(fitted(lines, SECTION_LIMIT - 100, LINES_PER_KIND))
    )
