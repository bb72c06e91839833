"""What was fixed how often, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.trust.flapping import History


@dataclass
class FakeHistories:
    """Histories by resource and violation; `unreadable` is raised where they are asked for, `broken` where written."""

    clock: float = 1_000_000.0
    unreadable: Exception | None = None
    broken: Exception | None = None
    histories: dict[tuple[str, str], History] = field(default_factory=dict)

    def fixed(self, resource: str, key: str, reason: str, remediation_id: str) -> None:
        if self.broken:
            raise self.broken
        before = self.histories.get((resource, key), History())
        self.histories[resource, key] = before.fixed(remediation_id, reason, self.clock)

    def fights(self, resource: str) -> Mapping[str, History]:
        if self.unreadable:
            raise self.unreadable
        found = {key: history for (each, key), history in self.histories.items() if each == resource}
        return {key: history for key, history in found.items() if history.is_fought_about(self.clock)}

    def is_reminder_due(self, resource: str, key: str) -> bool:
        self.histories[resource, key], is_due = self.histories[resource, key].reminded(self.clock)
        return is_due
