"""The pause and the limits of a stage, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib.limits.limits import Claim, Ledger, Limits, Refusal, Use
from chalicelib.limits.pause import Pause

PAUSE = Pause("arn:aws:iam::123456789012:user/ann", "a fix broke the shop", "2026-01-01T00:00:00+00:00")


@dataclass
class FakeControls:
    """The controls.

    `unreadable` is raised by every read, `not_deployed` by reads of the pause; `pause_at` is the number of these reads
    until somebody pauses the stage.
    """

    pause: Pause | None = None
    unreadable: Exception | None = None
    not_deployed: Exception | None = None
    pause_at: int = -1
    limits: Limits = field(default_factory=lambda: Limits(500))
    ledger: Ledger = field(default_factory=Ledger)
    clock: float = 1_000_000.0

    def paused(self) -> Pause | None:
        if self.not_deployed:
            raise self.not_deployed
        self._asked()
        self.pause_at -= 1
        return PAUSE if self.pause_at == -1 else self.pause

    def free(self) -> int | None:
        self._asked()
        return self.ledger.free(self.limits, self.clock)

    def full(self) -> Refusal | None:
        return self.ledger.full(self.limits, self.clock)

    def reserve(self, claims: Sequence[Claim]) -> dict[str, Refusal]:
        refused = {}
        for claim in claims:
            answer = self.ledger.reserve(claim, self.limits, self.clock)
            if isinstance(answer, Refusal):
                refused[claim.remediation_id] = answer
            else:
                self.ledger = answer
        return refused

    def use(self, claim: Claim) -> Use | Refusal | None:
        self._asked()
        answer = self.ledger.use(claim, self.limits, self.clock)
        if isinstance(answer, Refusal):
            return answer
        self.ledger, use = answer
        return use

    def give_back(self, use: Use) -> None:
        self._asked()
        self.ledger = self.ledger.give_back(use, self.clock)

    def release(self, claim: Claim) -> None:
        self._asked()
        self.ledger = self.ledger.release(claim, self.clock)

    def is_news(self, refusal: Refusal) -> bool:
        return self.ledger.is_news(refusal, self.clock)

    def note_told(self, refusal: Refusal) -> None:
        self.ledger = self.ledger.found(refusal, self.clock)

    def _asked(self) -> None:
        if self.unreadable:
            raise self.unreadable
