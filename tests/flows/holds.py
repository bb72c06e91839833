"""Holds, in memory, and the handling of rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.approvals.holds import IS_DUE, Hold
from chalicelib.exemptions.exemptions import instant
from chalicelib.modes import Handling, Mode

APPROVE, OBSERVE = Handling(Mode.APPROVE), Handling(Mode.OBSERVE)
HALF_AN_HOUR = Handling(grace=timedelta(minutes=30))


@dataclass
class FakeHolds:
    """Holds by ID; `steps` lists the calls in order, `unreadable` is raised by every read."""

    holds: dict[str, Hold] = field(default_factory=dict)
    unreadable: Exception | None = None
    steps: list[str] = field(default_factory=list)

    def read(self, hold_id: str) -> Hold | None:
        if self.unreadable:
            raise self.unreadable
        return self.holds.get(hold_id)

    def of(self, hold_id: str) -> list[Hold]:
        if self.unreadable:
            raise self.unreadable
        return [hold for each, hold in self.holds.items() if each == hold_id or each.startswith(f"{hold_id}-")]

    def change(self, hold_id: str, change: Callable[[Hold | None], Hold | None], now: datetime) -> Hold | None:
        after = change(self.read(hold_id))
        if after and after != self.holds.get(hold_id):
            self.steps.append(f"written: {after.state}")
            self.holds[hold_id] = after
        return after

    def due(self, now: datetime) -> Iterator[str]:
        for hold_id, hold in list(self.holds.items()):
            if hold.state in IS_DUE and instant(hold.due_at, "dueAt") <= now:
                yield hold_id
