"""Read the live resource, plan with the rule's own predicate, apply just that, and read again to prove it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from chalicelib.errors import NotDone, Superseded
from chalicelib.messages import AwsCall, Finding
from chalicelib.notifications import Status
from chalicelib.resources import Fact, Resource
from chalicelib.rules import Obstacle, Plan, Rule

PLANS = 2
"""How often one delivery plans: once more where someone was faster."""
BACKOFF = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 14.5)
"""Seconds before each reading that verifies: 30 in all. EC2's API is eventually consistent."""


class FixGateways(Protocol):
    """What `fix` needs of the outside."""

    def live(self, finding: Finding) -> Resource | None: ...

    def with_facts(self, resource: Resource, facts: frozenset[Fact]) -> Resource: ...

    def rule_parameters(self, finding: Finding) -> Mapping[str, str] | None: ...

    def make(self, call: AwsCall, seen: Resource) -> None: ...

    def pause(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Fix:
    """How it ended.

    Attributes
    ----------
    removed, added : tuple of str
        The difference that it made, in the rule's own lines.
    notes : tuple of str
        What else it brought about.
    left : tuple of str
        What the rule still condemns, in words.
    obstacles : tuple of Obstacle
        Why some of that cannot be fixed; empty: another try may do it.
    """

    status: Status
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True)
class _Case:
    """One finding, the rule that judges it, the rule's parameters as they are now, and the calls made so far."""

    finding: Finding
    rule: Rule
    parameters: Any
    gateways: FixGateways
    made: list[AwsCall] = field(default_factory=list)

    def read(self) -> Resource | None:
        """The live resource, with all that it takes to judge it; None where there is none."""
        resource = self.gateways.live(self.finding)
        return self._told(resource, self.rule.lacking(resource, self.parameters)) if resource else None

    def planned(self, resource: Resource | None) -> Plan:
        if resource is None:
            return Plan()
        told = self._told(resource, self.rule.lacking_to_fix(resource, self.parameters))
        return self.rule.plan(told, self.parameters)

    def apply(self, plan: Plan, seen: Resource) -> None:
        """Make the plan's calls; Superseded where what they would overwrite is no longer as it was `seen`."""
        for call in plan.calls:
            self.gateways.make(call, seen)
            self.made.append(call)

    def condemned(self, resource: Resource | None) -> tuple[str, ...]:
        found = self.rule.violations(resource, self.parameters) if resource else ()
        return tuple(violation.reason for violation in found)

    def lines(self, resource: Resource | None) -> tuple[str, ...]:
        return self.rule.lines(resource) if resource else ()

    def _told(self, resource: Resource, facts: frozenset[Fact]) -> Resource:
        return self.gateways.with_facts(resource, facts) if facts else resource


def fix(finding: Finding, rule: Rule, gateways: FixGateways) -> Fix:
    """Fix what `rule` condemns now about the resource that `finding` names; what the finding says counts for nothing.

    The rule's parameters are those that AWS Config has now; where it has no such rule, those that the finding was
    raised under.

    Raises
    ------
    NotDone
        Nothing is fixed, or proven to be; another try may do it.
    AwsRefused
        AWS refuses the change for good.
    BadInput
        The rule's parameters cannot be read: nothing has been changed.
    """
    current = gateways.rule_parameters(finding)
    case = _Case(finding, rule, rule.parameters(finding.rule_parameters if current is None else current), gateways)
    before = after = case.read()
    plan, outrun = Plan(), False
    for _ in range(PLANS):
        try:
            plan = case.planned(after)
            if not after or not plan.calls:
                break
            case.apply(plan, after)
        except Superseded:
            outrun, after = True, case.read()
        else:
            after = _verified(case)
            break
    status = _status(case, before, after, plan, outrun)
    old, new = case.lines(before), case.lines(after)
    return Fix(
        status,
        removed=tuple(line for line in old if line not in new) if case.made else (),
        added=tuple(line for line in new if line not in old) if case.made else (),
        notes=plan.notes if case.made else (),
        left=case.condemned(after),
        obstacles=plan.obstacles,
    )


def _verified(case: _Case) -> Resource | None:
    """The resource as it is once the rule has nothing left to condemn, or after half a minute of waiting for that."""
    resource = None
    for delay in BACKOFF:
        case.gateways.pause(delay)
        resource = case.read()
        if not case.condemned(resource):
            break
    return resource


def _status(case: _Case, before: Resource | None, after: Resource | None, plan: Plan, outrun: bool) -> Status:
    left = case.condemned(after)
    if not left:
        if case.made:
            return Status.FIXED
        return Status.SUPERSEDED if outrun else Status.ALREADY_COMPLIANT
    if case.made and left != case.condemned(before):
        return Status.PARTIALLY_FIXED
    if plan.obstacles:
        return Status.FAILED
    raise NotDone(f"still not compliant: {'; '.join(left)}")
