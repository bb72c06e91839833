"""The table of exemptions, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.exemptions.exemptions import Exemption


@dataclass(frozen=True)
class FakeDue:
    exemption: Exemption
    told: str


@dataclass
class FakeExemptions:
    """Exemptions by resource; `asked` lists the resources whose exemptions were read."""

    granted: Sequence[Exemption] = ()
    unreadable: Exception | None = None
    asked: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)

    def due(self, until: datetime) -> tuple[FakeDue, ...]:
        if self.unreadable:
            raise self.unreadable
        found = [each for each in self.granted if not each.holds(until)]
        return tuple(FakeDue(each, self.told.get(each.exemption_id, "")) for each in found)

    def note(self, exemption: Exemption, told: str) -> None:
        self.told[exemption.exemption_id] = told

    def of(self, resource: str) -> tuple[Exemption, ...]:
        self.asked.append(resource)
        if self.unreadable:
            raise self.unreadable
        return tuple(each for each in self.granted if each.resource == resource)
