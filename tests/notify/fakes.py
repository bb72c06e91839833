"""Fakes of Slack, the tables and the clock."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from chalicelib.errors import NotDone
from chalicelib.slack.incidents import Incident, Place, Thread

CHANNEL = "C0123"


class FakeSlack:
    """Remembers what was posted; refuses texts that contain one of `refused`.

    With `has_threads` it is a bot's channel: `threads` has the texts of each thread, by its place, and `shown` those
    replies that the channel shows, too; `replaced` are first messages that others have taken the place of.
    """

    def __init__(self) -> None:
        self.posted: list[tuple[str, Sequence[Mapping[str, Any]]]] = []
        self.refused: set[str] = set()
        self.has_threads = False
        self.threads: dict[Place, list[str]] = {}
        self.shown: list[str] = []
        self.replaced: list[str] = []

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.posted]

    def post(
        self,
        text: str,
        blocks: Sequence[Mapping[str, Any]],
        place: Place | None = None,
        shown: bool = False,
        in_place: bool = False,
        /,
    ) -> Place | None:
        if any(part in text for part in self.refused):
            raise NotDone(f"Slack refuses {text}")
        if in_place and place:
            self.replaced.append(self.threads[place][0])
            self.threads[place][0] = text
            return place
        self.posted.append((text, blocks))
        if not self.has_threads:
            return None
        self.shown += [text] if place and shown else []
        thread = place or Place(CHANNEL, f"{len(self.threads)}.0")
        self.threads.setdefault(thread, []).append(text)
        return thread


class FakeRate:
    """The table, in memory. `calls` has every call; `failure`, if set, is raised from each call."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failure: Exception | None = None
        self.counts: dict[str, int] = {}
        self.entries: dict[tuple[str, str], tuple[str, str]] = {}
        self.claims: dict[str, str] = {}
        self.posted: set[str] = set()

    def count(self, minute: str) -> int:
        self._called("count")
        self.counts[minute] = self.counts.get(minute, 0) + 1
        return self.counts[minute]

    def keep(self, minute: str, delivery_id: str, kind: str, summary: str) -> None:
        self._called("keep")
        self.entries[minute, delivery_id] = (kind, summary)

    def kept(self, minute: str) -> list[tuple[str, str]]:
        self._called("kept")
        return [entry for (of, _), entry in self.entries.items() if of == minute]

    def claimant(self, minute: str, delivery_id: str) -> str:
        self._called("claimant")
        return self.claims.setdefault(minute, delivery_id)

    def claimed_minute(self, delivery_id: str, since: str) -> str | None:
        self._called("claimed_minute")
        return next((minute for minute, of in self.claims.items() if of == delivery_id and minute >= since), None)

    def is_posted(self, minute: str) -> bool:
        self._called("is_posted")
        return minute in self.posted

    def mark_posted(self, minute: str) -> None:
        self._called("mark_posted")
        self.posted.add(minute)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.failure:
            raise self.failure


class FakeIncidents:
    """The table of incidents, in memory. `failure`, if set, is raised from each call."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.items: dict[Incident, tuple[tuple[Thread, ...], int]] = {}
        self._one = Lock()

    def read(self, incident: Incident) -> tuple[tuple[Thread, ...], int]:
        if self.failure:
            raise self.failure
        return self.items.get(incident, ((), 0))

    def write(self, incident: Incident, threads: Sequence[Thread], version: int) -> bool:
        with self._one:
            if self.read(incident)[1] != version:
                return False
            self.items[incident] = (tuple(threads), version + 1)
            return True


class FakeGateways:
    """All gateways, at 03:12:10 on a November night. A pause moves the clock."""

    stage = "dev"
    topic_arn = "arn:aws:sns:eu-west-1:123456789012:dd-aws-dev-notifications"

    def __init__(self) -> None:
        self.slack = FakeSlack()
        self.rate = FakeRate()
        self.incidents = FakeIncidents()
        self.time = datetime(2026, 11, 5, 3, 12, 10, tzinfo=UTC)
        self.pauses: list[float] = []

    def now(self) -> datetime:
        return self.time

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += timedelta(seconds=seconds)
