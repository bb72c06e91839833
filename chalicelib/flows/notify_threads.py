"""One incident, one thread; and what says the same as what was said last is not said again.

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
from chalicelib.flows.notify_gateways import NotifyGateways
from chalicelib.incidents import Claim, Place, Remark, Thread, found, noted, with_saying
from chalicelib.slack_messages import Kind, SlackMessage

logger = logging.getLogger(__name__)

CLAIM_HOLDS = timedelta(seconds=25)
"""Longer than a post takes: its last try begins within 8 s, and gives each of its steps 5 s."""
LONGEST_WAIT = 2 * CLAIM_HOLDS
"""For whoever is about to begin a thread, and for whoever takes that over."""
POLL_SECONDS = 0.5
SWAPS = 100
"""So often something is written; each time in vain somebody else has written."""
REPEATABLE = frozenset({Kind.REMEDIATION_FAILED, Kind.PARTIALLY_FIXED, Kind.WAITING_FOR_APPROVAL, Kind.WHO})
"""What a daily evaluation leads to anew as long as nobody does anything about it.

An announced fix is not among it: each has a time of its own, until which people can say no.
"""
SHOWN = frozenset({Kind.REMEDIATION_FAILED, Kind.FLAPPING, Kind.WAITING_FOR_APPROVAL, Kind.WAITING_FOR_GRACE})
"""What the channel shows, too, where it joins a thread: somebody has to do something, or can say no."""
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
    try:
        threads, _ = gateways.incidents.read(news.remark.incident)
    except _UNUSABLE as error:
        logger.warning("the table of incidents cannot be read, so this may have been told before: %s", error)
        return False
    thread = found(threads, news.remark)
    return thread is not None and thread.said.get(news.remark.said, news.delivery) != news.delivery


def tell(news: News, gateways: NotifyGateways) -> None:
    """Post a message where it belongs; raise NotDone where Slack does not take it."""
    slack, message = gateways.slack, news.message
    if news.remark is None:
        slack.post(message.text, message.blocks)
        return
    try:
        place = _place(news, news.remark, gateways) if slack.has_threads else None
    except _UNUSABLE as error:
        logger.warning("the table of incidents cannot be used, so this is posted outside threads: %s", error)
        slack.post(message.text, message.blocks)
        return
    try:
        posted = slack.post(message.text, message.blocks, place, message.kind in SHOWN)
    except NotDone:
        if slack.has_threads and place is None:
            _release(news, news.remark, gateways)
        raise
    note(news, gateways, posted, place)


def note(news: News, gateways: NotifyGateways, posted: Place | None = None, joined: Place | None = None) -> None:
    """Remember what was told.

    Parameters
    ----------
    posted : Place or None
        The thread that it is in; None: it is in none.
    joined : Place or None
        The thread that it was to join, which may be gone; None: it was to begin one.
    """
    remark = news.remark
    if remark is None:
        return

    def told(thread: Thread) -> Thread:
        said = with_saying(thread, remark, news.delivery)
        is_ours = thread.place == joined if joined else _is_claimed_by(news, thread)
        return replace(said, place=posted, claim=None) if posted and is_ours else said

    try:
        _changed(remark, gateways, told)
    except _UNUSABLE as error:
        logger.warning("this is told, though the table of incidents cannot be told so: %s", error)


def _place(news: News, remark: Remark, gateways: NotifyGateways) -> Place | None:
    """The thread to join; None once it is this delivery's to begin."""
    gives_up = gateways.now() + LONGEST_WAIT
    for _ in range(SWAPS):
        threads, version = _unless_claimed(remark, gateways, gives_up)
        thread, now = found(threads, remark), gateways.now()
        if thread and thread.place:
            return thread.place
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
            raise NotDone(f"others begin the thread of {remark.incident} again and again")
        gateways.pause(POLL_SECONDS)


def _release(news: News, remark: Remark, gateways: NotifyGateways) -> None:
    """Let another message begin the thread."""

    def released(thread: Thread) -> Thread:
        return replace(thread, claim=None) if _is_claimed_by(news, thread) else thread

    try:
        _changed(remark, gateways, released)
    except _UNUSABLE as error:
        logger.warning("a thread stays claimed for a while: %s", error)


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
