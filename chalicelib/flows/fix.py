"""Read the live resource, plan with the rule's own predicate, apply just that, and read again to prove it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.errors import NotDone, Superseded
from chalicelib.messages import AwsCall, Finding
from chalicelib.notifications import Status
from chalicelib.resources import Resource
from chalicelib.rules import Rule

PLANS = 3
"""How often one delivery plans anew because someone was faster."""
BACKOFF = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 14.5)
"""Seconds before each reading that verifies: 30 in all. EC2's API is eventually consistent."""


class FixGateways(Protocol):
    """What `fix` needs of the outside."""

    def live(self, finding: Finding) -> Resource | None: ...

    def rule_parameters(self, finding: Finding) -> Mapping[str, str] | None: ...

    def make(self, call: AwsCall, finding: Finding) -> None: ...

    def pause(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Fix:
    """How it ended, and the difference that it made, in the rule's own lines."""

    status: Status
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


def fix(finding: Finding, rule: Rule, gateways: FixGateways) -> Fix:
    """Fix what `rule` condemns now about the resource that `finding` names; what the finding says counts for nothing.

    The rule's parameters are those that AWS Config has now; where it has no such rule, those that the finding was
    raised under.

    Raises
    ------
    NotDone
        Not fixed, or not proven; another try may do it.
    AwsRefused
        AWS refuses the change for good.
    BadInput
        The rule's parameters cannot be read: nothing has been changed.
    """
    current = gateways.rule_parameters(finding)
    parameters = rule.parameters(finding.rule_parameters if current is None else current)
    before = resource = gateways.live(finding)
    changed = False
    for _ in range(PLANS):
        plan = rule.plan(resource, parameters) if resource else ()
        if not plan:
            break
        try:
            for call in plan:
                gateways.make(call, finding)
                changed = True
        except Superseded:
            resource = gateways.live(finding)
        else:
            resource = _verified(finding, rule, parameters, gateways)
            break
    _demand_compliance(resource, rule, parameters)
    return _difference(before, resource, rule) if changed else Fix(Status.ALREADY_COMPLIANT)


def _verified(finding: Finding, rule: Rule, parameters: Any, gateways: FixGateways) -> Resource | None:
    """The resource as it is once the rule has nothing left to condemn, or after half a minute of waiting for that."""
    resource = None
    for delay in BACKOFF:
        gateways.pause(delay)
        resource = gateways.live(finding)
        if resource is None or not rule.violations(resource, parameters):
            break
    return resource


def _demand_compliance(resource: Resource | None, rule: Rule, parameters: Any) -> None:
    left = rule.violations(resource, parameters) if resource else ()
    if left:
        raise NotDone("still not compliant: " + "; ".join(violation.reason for violation in left))


def _difference(before: Resource | None, after: Resource | None, rule: Rule) -> Fix:
    old, new = (_lines(resource, rule) for resource in (before, after))
    return Fix(
        Status.FIXED,
        removed=tuple(line for line in old if line not in new),
        added=tuple(line for line in new if line not in old),
    )


def _lines(resource: Resource | None, rule: Rule) -> Sequence[str]:
    return rule.lines(resource) if resource else ()
