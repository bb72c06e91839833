"""The threads of one resource and Config rule, the oldest first: which of them a message belongs to.

Messages come in any order and more than once, so a thread keeps the latest time of each kind of news and not the last
news to arrive: whoever comes late finds the thread of the incident that it is about.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.slack.incidents.remark import Part, Remark

MOST_THREADS = 10
"""What is about an incident before the last so many begins a thread of its own."""
MOST_SAID = 5
"""So many sayings of a thread are remembered: the news, and the last of what was added to it."""
RECORDED_AFTER = timedelta(minutes=2)
"""So long after a fix AWS Config may still record the verdict that led to it."""
OVERTAKEN = timedelta(hours=1)
"""So long after a finding AWS Config may still report what a remediator has reported already."""


@dataclass(frozen=True)
class Place:
    """Where a thread is: the channel, as the parameter names it, and the first message's ``ts``."""

    channel: str
    ts: str


@dataclass(frozen=True)
class Claim:
    """Somebody is about to begin the thread; after `until` the process is taken to be dead."""

    holder: str
    until: datetime


@dataclass(frozen=True)
class Thread:
    """One incident.

    Attributes
    ----------
    began : datetime
        The earliest time that is told of it.
    condemned, cleared : datetime or None
        When AWS Config last condemned the resource, and last did so no longer; None: not that we know.
    place : Place or None
        None: nothing of it is in Slack but in a digest, or in what the webhook posted.
    said : Mapping of str to str
        What holds of it by what was told last: a hash of each saying, and the delivery that told it; the oldest first.
    first : str
        The kind of message that begins the thread, as it is shown now; empty where it has no place.
    resolved : datetime or None
        When a remediator found the resource compliant, if people were told so, and of nothing else since.
    """

    began: datetime
    condemned: datetime | None = None
    cleared: datetime | None = None
    place: Place | None = None
    claim: Claim | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    first: str = ""
    resolved: datetime | None = None

    @property
    def has_ended(self) -> bool:
        return self.cleared is not None and (self.condemned is None or self.cleared >= self.condemned)


def found(threads: Sequence[Thread], remark: Remark) -> Thread | None:
    """The thread that a message belongs to; None where that is yet to begin."""
    if remark.at is None:
        return threads[-1] if threads else None
    if remark.part is Part.END:
        return _ending_at(threads, remark.at)
    return next((thread for thread in threads if _takes(thread, remark.part, remark.at, threads[-1])), None)


def noted(
    threads: Sequence[Thread], remark: Remark, now: datetime, change: Callable[[Thread], Thread]
) -> tuple[Thread, ...]:
    """The threads once a message was told: its thread has its news, and what else `change` does to it."""
    thread = found(threads, remark)
    others = [each for each in threads if each is not thread]
    told = change(_with_news(thread, remark) if thread else _begun(remark, remark.at or now))
    return tuple(sorted([*others, told], key=lambda each: each.began)[-MOST_THREADS:])


def with_saying(thread: Thread, remark: Remark, delivery: str) -> Thread:
    """The thread once a delivery has told that: what adds to what was said leaves it, and anything else replaces it."""
    if remark.part in (Part.MIDDLE, Part.EPILOGUE) and not remark.is_addition:
        thread = replace(thread, resolved=remark.resolved_at)
    if not remark.said:
        return thread
    before = [each for each in thread.said.items() if each[0] != remark.said] if remark.is_addition else []
    news, additions = before[:1], before[1:]
    return replace(thread, said=dict([*news, *additions[2 - MOST_SAID :], (remark.said, delivery)]))


def is_overtaken(thread: Thread, remark: Remark) -> bool:
    """Whether a verdict of AWS Config's is no news: people were told before that the resource is compliant.

    That it was non-compliant may arrive after the fix; that it is compliant follows each fix.
    """
    if thread.resolved is None or remark.at is None:
        return False
    return remark.part is Part.END or (remark.part is Part.BEGINNING and remark.at <= thread.resolved + RECORDED_AFTER)


def _takes(thread: Thread, part: Part, at: datetime, last: Thread) -> bool:
    """Whether what was found `at` a time is of the incident.

    AWS Config tells changes alone: a resource that is condemned later than we know of was cleared in between.
    """
    if thread.has_ended:
        return thread.cleared is not None and at <= thread.cleared
    if thread.condemned and (part is Part.BEGINNING or thread is not last):
        return at <= thread.condemned
    if part is Part.BEGINNING:
        return at <= thread.began + OVERTAKEN
    return thread is last or at <= thread.began


def _ending_at(threads: Sequence[Thread], at: datetime) -> Thread | None:
    """The latest thread that can have ended then, unless that has ended before."""
    latest = next((each for each in reversed(threads) if (each.condemned or each.began) <= at), None)
    return latest if latest and (latest.cleared is None or at <= latest.cleared) else None


def _begun(remark: Remark, at: datetime) -> Thread:
    thread = _with_news(Thread(began=at), remark)
    return replace(thread, cleared=at + OVERTAKEN) if remark.part is Part.EPILOGUE else thread


def _with_news(thread: Thread, remark: Remark) -> Thread:
    if remark.at is None:
        return thread
    began = min(thread.began, remark.at)
    match remark.part:
        case Part.BEGINNING:
            return replace(thread, began=began, condemned=_later(thread.condemned, remark.at))
        case Part.END:
            return replace(thread, began=began, cleared=_later(thread.cleared, remark.at))
    return replace(thread, began=began)


def _later(known: datetime | None, at: datetime) -> datetime:
    return max(known, at) if known else at
