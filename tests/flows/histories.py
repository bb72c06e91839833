"""The histories of violations, in memory."""

from dataclasses import dataclass, field

from chalicelib.flapping.flapping import History, Known


@dataclass
class FakeHistories:
    """Histories by resource and violation; `unreadable` is raised by reads, `broken` by writes."""

    clock: float = 1_000_000.0
    unreadable: Exception | None = None
    broken: Exception | None = None
    histories: dict[tuple[str, str], History] = field(default_factory=dict)

    def fixed(self, resource: str, key: str, reason: str, remediation_id: str) -> None:
        if self.broken:
            raise self.broken
        before = self.histories.get((resource, key), History())
        self.histories[resource, key] = before.fixed(remediation_id, reason, self.clock)

    def known(self, resource: str) -> Known:
        if self.unreadable:
            raise self.unreadable
        return Known({key: history for (each, key), history in self.histories.items() if each == resource}, self.clock)

    def found(self, resource: str, key: str, reason: str) -> None:
        if self.broken:
            raise self.broken
        self.histories[resource, key] = self.histories.get((resource, key), History()).found(reason, self.clock)

    def note_told(self, resource: str, key: str) -> None:
        self.histories[resource, key] = self.histories[resource, key].reminded(self.clock)
