"""One incident, one thread; what says the same as the last message, or what AWS Config confirms, is not posted again.

Whoever begins a thread claims that first, since another container may have the next message about the incident at the
same time. The claim of a process that died runs out, before Lambda tries again, and the next message takes it over.
So a message may be told twice, and a thread may begin twice, but nothing goes untold. Where the table cannot be used,
messages are posted outside threads: nothing that people should know depends on it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from chalicelib.errors import AwsRefused, NotDone
from chalicelib.slack.gateways import NotifyGateways
from chalicelib.slack.incidents import Claim, Place, Remark, Thread, found, is_overtaken, noted, with_saying
from chalicelib.slack.messages import Kind, SlackMessage

logger = logging.getLogger(__name__)

CLAIM_HOLDS = timedelta(seconds=25)
"""Longer than a post takes: its last try begins within 8 s, and gives each of its steps 5 s."""
LONGEST_WAIT = 2 * CLAIM_HOLDS
"""For whoever is about to begin a thread, and for whoever takes that over."""
POLL_SECONDS = 0.5
SWAPS = 100
"""So often something is written; each time in vain somebody else has written."""
REPEATABLE = frozenset(
    {
        Kind.REMEDIATION_FAILED,
        Kind.PARTIALLY_FIXED,
        Kind.WAITING_FOR_APPROVAL,
        Kind.WHO,
        Kind.EVALUATION_INCOMPLETE,
    }
)
"""What a daily evaluation leads to anew as long as nobody does anything about it, or what AWS tries again at once.

An announced fix is not among it: each has a time of its own, until which people can say no.
"""
SHOWN = frozenset(
    {
        Kind.REMEDIATION_FAILED,
        Kind.FLAPPING,
        Kind.WAITING_FOR_APPROVAL,
        Kind.WAITING_FOR_GRACE,
        Kind.EVALUATION_INCOMPLETE,
    }
)
"""What the channel shows, too, where it joins a thread: somebody has to do something, or can say no."""
VERDICTS = frozenset({Kind.NON_COMPLIANT, Kind.COMPLIANT_AGAIN})
"""AWS Config's messages about what a remediator has reported, or is about to."""
_UNUSABLE = (AwsRefused, NotDone)


@dataclass(frozen=True)
class News:
    """A message to people, and what it says about an incident.

    Attributes
    ----------
    delivery : str
        The delivery's id, the same at each try.
    remark : Remark or None
        None: it is about no incident.
    attempt : str
        This try's own id: SNS may deliver a message twice at the same time.
    """

    delivery: str
    message: SlackMessage
    remark: Remark | None
    attempt: str = field(default_factory=lambda: uuid4().hex)


def is_repeat(news: News, gateways: NotifyGateways) -> bool:
    """Whether another delivery has told the same, and nothing of the incident was told since but what adds to it."""
    if news.remark is None or news.message.kind not in REPEATABLE:
        return False
    thread = _known(news.remark, gateways)
    return thread is not None and thread.said.get(news.remark.said, news.delivery) != news.delivery


def is_folded(news: News, gateways: NotifyGateways) -> bool:
    """Whether AWS Config only confirms what a remediator has reported, so that nobody needs to read it.

    A thread that still begins with the violation, since a digest reported the fix, is told of its end.
    """
    if news.remark is None or news.message.kind not in VERDICTS:
        return False
    thread = _known(news.remark, gateways)
    return thread is not None and is_overtaken(thread, news.remark) and not _is_replaceable(thread, news)


def _known(remark: Remark, gateways: NotifyGateways) -> Thread | None:
    """The thread of a message, as far as the table can be read."""
    try:
        threads, _ = gateways.incidents.read(remark.incident)
    except _UNUSABLE as error:
        logger.warning("the table of incidents cannot be read; this message may be a repeat: %s", error)
        return None
    return found(threads, remark)


def _is_replaceable(thread: Thread, news: News) -> bool:
    """Whether the message may replace the first one of its thread, which says that the resource is non-compliant."""
    if thread.place is None or thread.first != Kind.NON_COMPLIANT.name or news.remark is None:
        return False
    return bool(news.remark.resolved_at) or (
        news.message.kind is Kind.COMPLIANT_AGAIN and is_overtaken(thread, news.remark)
    )


def tell(news: News, gateways: NotifyGateways) -> None:
    """Post a message where it belongs; raise NotDone where Slack does not take it."""
    slack, message = gateways.slack, news.message
    if news.remark is None:
        slack.post(message.text, message.blocks)
        return
    try:
        thread = _thread(news, news.remark, gateways) if slack.has_threads else None
    except _UNUSABLE as error:
        logger.warning("the table of incidents cannot be used; this message is posted outside threads: %s", error)
        slack.post(message.text, message.blocks)
        return
    place = thread.place if thread else None
    replaces = thread is not None and _is_replaceable(thread, news)
    try:
        posted = slack.post(message.text, message.blocks, place, message.kind in SHOWN, replaces)
    except NotDone:
        if slack.has_threads and place is None:
            _release(news, news.remark, gateways)
        raise
    note(news, gateways, posted, place, replaces)


def note(
    news: News,
    gateways: NotifyGateways,
    posted: Place | None = None,
    joined: Place | None = None,
    replaced: bool = False,
) -> None:
    """Remember what was told.

    Parameters
    ----------
    posted : Place or None
        The thread that it is in; None: it is in none.
    joined : Place or None
        The thread that it was to join, which may be gone; None: it was to begin one.
    replaced : bool
        Whether it was to replace the first message of the thread.
    """
    remark = news.remark
    if remark is None:
        return

    def told(thread: Thread) -> Thread:
        said = with_saying(thread, remark, news.delivery)
        is_ours = thread.place == joined if joined else _is_claimed_by(news, thread)
        if not (posted and is_ours):
            return said
        begins = replaced or posted != joined
        return replace(said, place=posted, claim=None, first=news.message.kind.name if begins else said.first)

    try:
        _changed(remark, gateways, told)
    except _UNUSABLE as error:
        logger.warning("the message is posted, but not noted in the table of incidents: %s", error)


def _thread(news: News, remark: Remark, gateways: NotifyGateways) -> Thread | None:
    """The thread to join, which has a place; None once it is this delivery's to begin."""
    gives_up = gateways.now() + LONGEST_WAIT
    for _ in range(SWAPS):
        threads, version = _unless_claimed(remark, gateways, gives_up)
        thread, now = found(threads, remark), gateways.now()
        if thread and thread.place:
            return thread
        claimed = noted(threads, remark, now, partial(replace, claim=Claim(news.attempt, now + CLAIM_HOLDS)))
        if gateways.incidents.write(remark.incident, claimed, version):
            return None
    raise _changes_too_fast(remark)


def _unless_claimed(remark: Remark, gateways: NotifyGateways, gives_up: datetime) -> tuple[tuple[Thread, ...], int]:
    """The threads, and their version, once nobody else is about to begin this one."""
    while True:
        threads, version = gateways.incidents.read(remark.incident)
        thread, now = found(threads, remark), gateways.now()
        if thread is None or thread.place or thread.claim is None or now >= thread.claim.until:
            return threads, version
        if now >= gives_up:
            raise NotDone(f"other processes keep claiming the thread of {remark.incident}")
        gateways.pause(POLL_SECONDS)


def _release(news: News, remark: Remark, gateways: NotifyGateways) -> None:
    """Let another message begin the thread."""

    def released(thread: Thread) -> Thread:
        return replace(thread, claim=None) if _is_claimed_by(news, thread) else thread

    try:
        _changed(remark, gateways, released)
    except _UNUSABLE as error:
        logger.warning("a thread stays claimed until its claim expires: %s", error)


def _is_claimed_by(news: News, thread: Thread) -> bool:
    return thread.claim is not None and thread.claim.holder == news.attempt


def _changed(remark: Remark, gateways: NotifyGateways, change: Callable[[Thread], Thread]) -> None:
    for _ in range(SWAPS):
        threads, version = gateways.incidents.read(remark.incident)
        after = noted(threads, remark, gateways.now(), change)
        if after == threads or gateways.incidents.write(remark.incident, after, version):
            return
    raise _changes_too_fast(remark)


def _changes_too_fast(remark: Remark) -> NotDone:
    return NotDone(f"the threads of {remark.incident} change faster than they can be written")
