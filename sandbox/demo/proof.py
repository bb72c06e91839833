"""The proof: facts read from the live account before and after the fix, compared with the expected values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox import Sandbox, SandboxError
from sandbox.demo.leaks import Leak
from sandbox.demo.probes import compliance

COMPLIANCE = "AWS Config compliance"

type Readings = Mapping[str, Mapping[str, str]]
"""Resource ID -> fact -> value."""


@dataclass(frozen=True)
class Proof:
    """One line of the proof."""

    resource_id: str
    what: str
    before: str
    after: str
    expected: str

    @property
    def holds(self) -> bool:
        return self.after == self.expected


def readings(box: Sandbox, leaks: Sequence[Leak]) -> Readings:
    """Every fact about the leaks as it is now, and AWS Config's compliance type."""
    return {
        leak.resource_id: {**leak.read(), COMPLIANCE: compliance(box, leak.resource_type, leak.resource_id)}
        for leak in leaks
    }


def demand_leaking(leaks: Sequence[Leak], now: Readings) -> None:
    """Raise SandboxError unless every leak is really exposed: otherwise, fixing it would prove nothing."""
    for leak in leaks:
        wrong = {what: value for what, value in leak.leaking.items() if now[leak.resource_id][what] != value}
        if wrong:
            raise SandboxError(f"{leak.resource_id} is not exposed as planted: expected {wrong}, got {now}")


def proofs(leaks: Sequence[Leak], before: Readings, after: Readings) -> list[Proof]:
    """Each fact before and after, with the expected value."""
    return [
        Proof(leak.resource_id, what, before[leak.resource_id][what], after[leak.resource_id][what], expected)
        for leak in leaks
        for what, expected in {**leak.fixed, COMPLIANCE: "COMPLIANT"}.items()
    ]


def demand(all_proofs: Sequence[Proof]) -> None:
    """Raise SandboxError where a proof does not hold."""
    failed = [proof for proof in all_proofs if not proof.holds]
    if failed:
        raise SandboxError("\n".join(f"Not proven: {proof}" for proof in failed))
