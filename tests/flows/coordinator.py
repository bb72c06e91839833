"""The gateways of `coordinate`, in memory."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.errors import DdAwsError, NotDone
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.modes import Handling
from chalicelib.notify import Notification

from .controls import FakeControls
from .fakes import ACCOUNT, REGION, SOURCE_QUEUE, SOURCE_URL, FakeConfigRule
from .holds import FakeHolds


@dataclass(frozen=True)
class FakeMessage:
    receipt_handle: str
    body: str


@dataclass
class FakeCoordinator:
    """For `coordinate`; a receive takes from `queue`, and lasts `seconds_per_receive` or its wait."""

    queue: list[FakeMessage] = field(default_factory=list)
    backlogs: dict[str, int] = field(default_factory=dict)
    refuse: set[int] = field(default_factory=set)
    unreadable_backlogs: dict[str, Exception] = field(default_factory=dict)
    controls: FakeControls = field(default_factory=FakeControls)
    holds: FakeHolds = field(default_factory=FakeHolds)
    handled: dict[str, Handling] = field(default_factory=dict)
    time: str = "2026-01-01T00:00:00+00:00"
    clock: float = 0.0
    seconds_per_receive: float = 0.1
    source_queue_url: str = SOURCE_URL
    account_id: str = ACCOUNT
    region: str = REGION
    rules: dict[str, FakeConfigRule] = field(
        default_factory=lambda: dict.fromkeys(("ports", "other"), FakeConfigRule())
    )
    rules_asked: list[str] = field(default_factory=list)
    unreadable_rule: Exception | None = None
    stage: str = "sandbox"
    receives: int = 0
    waits: list[int] = field(default_factory=list)
    forwarded: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    requeued: list[tuple[dict[str, Any], int]] = field(default_factory=list)
    published: list[Notification] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)

    def requeue(self, body: str, seconds: int) -> None:
        self.requeued.append((json.loads(body), seconds))

    def handling(self, config_rule: str) -> Handling:
        return self.handled.get(config_rule, Handling())

    def timestamp(self) -> str:
        return self.time

    @property
    def asks_nobody(self) -> bool:
        return False

    def inquire(self, inquiry: Inquiry, seconds: int) -> None:
        self.inquiries.append(inquiry)

    def waiting(self) -> int:
        return len(self.queue)

    def receive(self, visibility: int, wait: int, most: int) -> Sequence[FakeMessage]:
        assert 1 <= most <= 10
        self.receives += 1
        self.waits.append(wait)
        taken, self.queue = self.queue[:most], self.queue[most:]
        self.clock += self.seconds_per_receive if taken else max(wait, self.seconds_per_receive)
        return taken

    def forward(self, remediator: str, bodies: Sequence[str]) -> dict[int, DdAwsError]:
        taken = [json.loads(body) for index, body in enumerate(bodies) if index not in self.refuse]
        self.forwarded.setdefault(remediator, []).extend(taken)
        return {index: NotDone("SQS did not take it") for index in self.refuse}

    def hide(self, receipt_handles: Sequence[str], seconds: int) -> None:
        assert seconds == 7200
        self.hidden.extend(receipt_handles)

    def backlog(self, remediator: str) -> int:
        if error := self.unreadable_backlogs.get(remediator):
            raise error
        return self.backlogs.get(remediator, 0)

    def reject(self, body: str, reason: str) -> str:
        self.rejected.append((body, reason))
        return f"{SOURCE_QUEUE}-dlq"

    def delete(self, receipt_handles: Sequence[str]) -> None:
        self.deleted.extend(receipt_handles)

    def config_rule(self, name: str) -> FakeConfigRule | None:
        self.rules_asked.append(name)
        if self.unreadable_rule:
            raise self.unreadable_rule
        return self.rules.get(name)

    def name(self, suffix: str) -> str:
        return f"dd-aws-sandbox-{suffix}"

    def publish(self, notification: Notification) -> None:
        self.published.append(notification)

    def now(self) -> float:
        return self.clock


class Untold(FakeCoordinator):
    """A stage whose topic cannot be reached."""

    def publish(self, notification: Notification) -> None:
        raise ConnectionError("SNS")
