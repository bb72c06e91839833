"""The digest: one message for all messages of a minute beyond the limit."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from chalicelib.slack.messages.blocks import SECTION_LIMIT, context, heading, section
from chalicelib.slack.messages.kinds import Block, Kind
from chalicelib.slack.messages.text import fitted, joined, kept, words

LINES_PER_KIND = 10


def digest(start: datetime, limit: int, stored: Sequence[tuple[str, str]]) -> tuple[str, list[Block]]:
    """The text and the blocks of a digest.

    Parameters
    ----------
    start : datetime
        The minute's beginning, UTC.
    limit : int
        How many messages were posted individually before.
    stored : sequence of (str, str)
        Kind's name and summary (mrkdwn, as composed) of each message, in any order.
    """
    summaries: dict[Kind, list[str]] = defaultdict(list)
    for name, summary in stored:
        summaries[Kind[name]].append(summary)
    told = [kind for kind in Kind if kind in summaries]
    counts = ", ".join(kind.counted(len(summaries[kind])) for kind in told)
    title = f"📬 {len(stored):,} more {'notification' if len(stored) == 1 else 'notifications'} at {start:%H:%M} UTC"
    small_print = words(
        "After {limit} messages in a minute, the rest is posted as a digest. The notifier's log has each message.",
        limit=str(limit),
    )
    return f"{title}: {counts}", [
        heading(title),
        *(_of_kind(kind, summaries[kind]) for kind in told),
        context(small_print),
    ]


def _of_kind(kind: Kind, summaries: Sequence[str]) -> Block:
    """The messages of one kind. The title has the kind, so the lines do not repeat it."""
    lines = [kept(summary.removeprefix(f"{kind.title}: ")) for summary in sorted(summaries)]
    listed = [words("• {line}", line=line) for line in lines]
    return section(
        f"{kind.emoji} {kind.counted(len(lines))}", joined("\n", fitted(listed, SECTION_LIMIT - 100, LINES_PER_KIND))
    )
