"""One thread per incident. A message that repeats the last one, or only confirms a reported fix, is not posted.

A process that begins a thread claims it first, because another container may process the next message about the
incident at the same time. The claim of a process that died expires before Lambda retries, and the next message takes it
over. So a message may be posted twice, and a thread may begin twice, but no message is lost. If the table cannot be
used, messages are posted outside threads.
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
"""Longer than a post takes: its last try begins within 8 s, and each of its steps takes at most 5 s."""
LONGEST_WAIT = 2 * CLAIM_HOLDS
"""The longest wait for a thread: for the claim of one process, and of another process that takes it over."""
POLL_SECONDS = 0.5
SWAPS = 100
"""How often a write is tried. Each try fails only if someone else wrote meanwhile."""
REPEATABLE = frozenset(
    {
        Kind.REMEDIATION_FAILED,
        Kind.PARTIALLY_FIXED,
        Kind.WAITING_FOR_APPROVAL,
        Kind.WHO,
        Kind.EVALUATION_INCOMPLETE,
    }
)
"""Kinds that a daily evaluation repeats as long as no one acts, or that AWS's retries repeat.

An announced fix is not among them: each has its own time until which people can reject it.
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
"""Kinds that are also shown in the channel if they join a thread: someone has to act, or can reject a fix."""
VERDICTS = frozenset({Kind.NON_COMPLIANT, Kind.COMPLIANT_AGAIN})
"""AWS Config's messages about results that a remediator reported, or is about to report."""
_UNUSABLE = (AwsRefused, NotDone)


@dataclass(frozen=True)
class News:
    """A message to people, and its remark about an incident.

    Attributes
    ----------
    delivery : str
        The delivery's ID, equal in each try.
    remark : Remark or None
        None if it is about no incident.
    attempt : str
        The ID of this try, because SNS may deliver a message twice at the same time.
    """

    delivery: str
    message: SlackMessage
    remark: Remark | None
    attempt: str = field(default_factory=lambda: uuid4().hex)


def is_repeat(news: News, gateways: NotifyGateways) -> bool:
    """Whether another delivery posted the same, and only additions were posted about the incident since."""
    if news.remark is None or news.message.kind not in REPEATABLE:
        return False
    thread = _known(news.remark, gateways)
    return thread is not None and thread.said.get(news.remark.said, news.delivery) != news.delivery


def is_folded(news: News, gateways: NotifyGateways) -> bool:
    """Whether AWS Config only confirms what a remediator reported, so that the message is not needed.

    The message is posted if the thread still begins with the violation, because a digest reported the fix.
    """
    if news.remark is None or news.message.kind not in VERDICTS:
        return False
    thread = _known(news.remark, gateways)
    return thread is not None and is_overtaken(thread, news.remark) and not _is_replaceable(thread, news)


def _known(remark: Remark, gateways: NotifyGateways) -> Thread | None:
    """The thread of a message; None if there is none, or if the table cannot be read."""
    try:
        threads, _ = gateways.incidents.read(remark.incident)
    except _UNUSABLE as error:
        logger.warning("the table of incidents cannot be read; this message may be a repeat: %s", error)
        return None
    return found(threads, remark)


def _is_replaceable(thread: Thread, news: News) -> bool:
    """Whether the message may replace the first message of its thread, which reports that it is non-compliant."""
    if thread.place is None or thread.first != Kind.NON_COMPLIANT.name or news.remark is None:
        return False
    return bool(news.remark.resolved_at) or (
        news.message.kind is Kind.COMPLIANT_AGAIN and is_overtaken(thread, news.remark)
    )


def tell(news: News, gateways: NotifyGateways) -> None:
    """Post a message in its thread; raise NotDone if Slack does not accept it."""
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
    """Record what was posted.

    Parameters
    ----------
    posted : Place or None
        The thread that the message is in; None if it is in none.
    joined : Place or None
        The thread that the message was to join, which may no longer exist; None if it was to begin one.
    replaced : bool
        Whether the message was to replace the first message of the thread.
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
        logger.warning("the message is posted, but not recorded in the table of incidents: %s", error)


def _thread(news: News, remark: Remark, gateways: NotifyGateways) -> Thread | None:
    """The thread to join, which has a place; None if this delivery has claimed the thread and begins it."""
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
    """The threads and their version, once no one else claims this one."""
    while True:
        threads, version = gateways.incidents.read(remark.incident)
        thread, now = found(threads, remark), gateways.now()
        if thread is None or thread.place or thread.claim is None or now >= thread.claim.until:
            return threads, version
        if now >= gives_up:
            raise NotDone(f"other processes keep claiming the thread of {remark.incident}")
        gateways.pause(POLL_SECONDS)


def _release(news: News, remark: Remark, gateways: NotifyGateways) -> None:
    """Release the claim, so that another message can begin the thread."""

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
