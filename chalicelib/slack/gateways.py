"""The gateways that `notify` needs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.slack.incidents import Incident, Place, Thread
from chalicelib.slack.messages import Block


class Slack(Protocol):
    """The channel; raises NotDone.

    `post` joins the thread at a place, and is also shown in the channel if `shown`. With `in_place`, it replaces the
    first message of the thread, if Slack allows it. It returns the place of the thread that the message is in; None if
    there are no threads.
    """

    @property
    def has_threads(self) -> bool: ...

    def post(
        self,
        text: str,
        blocks: Sequence[Block],
        place: Place | None = None,
        shown: bool = False,
        in_place: bool = False,
        /,
    ) -> Place | None: ...


class Rate(Protocol):
    """The count, the entries and the claims of each minute (``2026-11-05T03:12``); raises NotDone."""

    def count(self, minute: str) -> int: ...

    def keep(self, minute: str, delivery_id: str, kind: str, summary: str) -> None: ...

    def kept(self, minute: str) -> list[tuple[str, str]]: ...

    def claimant(self, minute: str, delivery_id: str) -> str: ...

    def claimed_minute(self, delivery_id: str, since: str) -> str | None: ...

    def is_posted(self, minute: str) -> bool: ...

    def mark_posted(self, minute: str) -> None: ...


class Incidents(Protocol):
    """The threads of each incident's resource and rule, and their version; raises NotDone.

    `write` returns False if they are no longer at that version.
    """

    def read(self, incident: Incident) -> tuple[tuple[Thread, ...], int]: ...

    def write(self, incident: Incident, threads: Sequence[Thread], version: int) -> bool: ...


class NotifyGateways(Protocol):
    """The notifier's gateways: Slack, the tables that all containers share, and the time (UTC)."""

    @property
    def stage(self) -> str: ...

    @property
    def topic_arn(self) -> str:
        """The ARN of the stage's topic, whose account and region are ours."""

    @property
    def slack(self) -> Slack:
        """Slack as currently configured; raises AwsRefused or NotDone if the configuration cannot be read."""

    @property
    def rate(self) -> Rate: ...

    @property
    def incidents(self) -> Incidents: ...

    def now(self) -> datetime: ...

    def pause(self, seconds: float) -> None: ...
