"""The threads of one resource and Config rule, oldest first, and to which of them a message belongs.

Messages arrive in any order and more than once. So a thread keeps the latest time of each kind of news, and a late
message finds the thread of its incident.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.slack.incidents.remark import Part, Remark

MOST_THREADS = 10
"""How many threads are kept. A message about an earlier incident begins a thread of its own."""
MOST_SAID = 5
"""How many messages of a thread are kept: the last news, and the latest additions to it."""
RECORDED_AFTER = timedelta(minutes=2)
"""How long after a fix AWS Config may still record the evaluation that led to it."""
OVERTAKEN = timedelta(hours=1)
"""How long after a finding AWS Config may still report what a remediator already reported."""


@dataclass(frozen=True)
class Place:
    """The location of a thread: the channel, as the parameter names it, and the first message's ``ts``."""

    channel: str
    ts: str


@dataclass(frozen=True)
class Claim:
    """A process is about to begin the thread. After `until`, the process counts as dead."""

    holder: str
    until: datetime


@dataclass(frozen=True)
class Thread:
    """One incident.

    Attributes
    ----------
    began : datetime
        The earliest time of its messages.
    non_compliant_at, cleared : datetime or None
        When AWS Config last reported the resource as non-compliant, and as no longer non-compliant; None: not known.
    place : Place or None
        None if the incident is only in a digest, or in messages that the webhook posted.
    said : Mapping of str to str
        The messages that still apply: a hash of each, and the delivery that posted it; oldest first.
    first : str
        The kind of the thread's first message, as it is shown now; empty if it has no place.
    resolved : datetime or None
        When a remediator found the resource compliant, if that was the last news that was posted.
    """

    began: datetime
    non_compliant_at: datetime | None = None
    cleared: datetime | None = None
    place: Place | None = None
    claim: Claim | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    first: str = ""
    resolved: datetime | None = None

    @property
    def has_ended(self) -> bool:
        return self.cleared is not None and (self.non_compliant_at is None or self.cleared >= self.non_compliant_at)


def found(threads: Sequence[Thread], remark: Remark) -> Thread | None:
    """The thread that a message belongs to; None if it begins a new one."""
    if remark.at is None:
        return threads[-1] if threads else None
    if remark.part is Part.END:
        return _ending_at(threads, remark.at)
    return next((thread for thread in threads if _takes(thread, remark.part, remark.at, threads[-1])), None)


def noted(
    threads: Sequence[Thread], remark: Remark, now: datetime, change: Callable[[Thread], Thread]
) -> tuple[Thread, ...]:
    """The threads after a message was posted: its thread has the news, and the result of `change`."""
    thread = found(threads, remark)
    others = [each for each in threads if each is not thread]
    told = change(_with_news(thread, remark) if thread else _begun(remark, remark.at or now))
    return tuple(sorted([*others, told], key=lambda each: each.began)[-MOST_THREADS:])


def with_saying(thread: Thread, remark: Remark, delivery: str) -> Thread:
    """The thread after a delivery posted `remark`. An addition keeps the earlier messages; other news replaces them."""
    if remark.part in (Part.MIDDLE, Part.EPILOGUE) and not remark.is_addition:
        thread = replace(thread, resolved=remark.resolved_at)
    if not remark.said:
        return thread
    before = [each for each in thread.said.items() if each[0] != remark.said] if remark.is_addition else []
    news, additions = before[:1], before[1:]
    return replace(thread, said=dict([*news, *additions[2 - MOST_SAID :], (remark.said, delivery)]))


def is_overtaken(thread: Thread, remark: Remark) -> bool:
    """Whether a compliance change is no news, because people were already told that the resource is compliant.

    The change to non-compliant may arrive after the fix, and a change to compliant follows each fix.
    """
    if thread.resolved is None or remark.at is None:
        return False
    return remark.part is Part.END or (remark.part is Part.BEGINNING and remark.at <= thread.resolved + RECORDED_AFTER)


def _takes(thread: Thread, part: Part, at: datetime, last: Thread) -> bool:
    """Whether a message about time `at` belongs to the incident.

    AWS Config reports only changes: a resource that is reported as non-compliant again was compliant in between.
    """
    if thread.has_ended:
        return thread.cleared is not None and at <= thread.cleared
    if thread.non_compliant_at and (part is Part.BEGINNING or thread is not last):
        return at <= thread.non_compliant_at
    if part is Part.BEGINNING:
        return at <= thread.began + OVERTAKEN
    return thread is last or at <= thread.began


def _ending_at(threads: Sequence[Thread], at: datetime) -> Thread | None:
    """The latest thread that can have ended at that time, unless it ended before."""
    latest = next((each for each in reversed(threads) if (each.non_compliant_at or each.began) <= at), None)
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
            return replace(thread, began=began, non_compliant_at=_later(thread.non_compliant_at, remark.at))
        case Part.END:
            return replace(thread, began=began, cleared=_later(thread.cleared, remark.at))
    return replace(thread, began=began)


def _later(known: datetime | None, at: datetime) -> datetime:
    return max(known, at) if known else at
