"""What a rule is: one predicate that judges a resource, and the plan that fixes just what it reports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.exemptions.exemptions import Exemption
from chalicelib.exemptions.scopes import StoredScope
from chalicelib.findings import AwsCall, Violation
from chalicelib.resources import Fact, Unread
from chalicelib.rules.plan import Plan, Repair


def _none(_resource: Any, _parameters: Any) -> tuple[str, ...]:
    """No remarks."""
    return ()


def _no_repairs(
    _resource: Any, _made: tuple[AwsCall, ...], _call: AwsCall, _answer: Mapping[str, Any] | None
) -> Repair:
    """Whatever AWS answers, nothing has to follow."""
    return Repair()


@dataclass(frozen=True)
class Rule:
    """A custom Config rule and its fix; every function in it is pure.

    Attributes
    ----------
    resource_type : str
        AWS Config's name of the type it judges.
    evaluator, remediator : str
        The functions that run it.
    config_rule : str
        The Config rule that ``ddaws deploy`` puts for it, without the stage's prefix; others may be judged by it, too.
    violation_types : frozenset of str
        All that `violations` may report.
    parameters : callable
        The rule's parameters as AWS Config has them (texts) -> checked parameters; raises BadInput.
    lacking : callable
        (resource, parameters) -> the facts without which `violations` would be a guess; empty: it can be judged.
    lacking_to_fix : callable
        (resource, parameters) -> the facts without which `plan` would be a guess.
    violations : callable
        (resource, parameters) -> what is non-compliant; empty: compliant.
    doubts : callable
        (resource, parameters) -> the facts that could not be read, and decide whether more is wrong than `violations`
        knows for certain. Those that AWS may yet give leave the resource unjudged.
    plan : callable
        (resource, parameters) -> the calls that remove every violation and nothing else; none: nothing to do.
    exempting : callable
        (parameters, exemptions that are in force) -> parameters under which `violations` and `plan` report and touch
        nothing that is exempt.
    exempted : callable
        (resource, parameters) -> what would be non-compliant without exemptions, each with one that covers it.
    scopes : callable
        (resource, parameters) -> what an exemption would have to cover, with its violation type, for all that is
        non-compliant to be exempt, and nothing else.
    lines : callable
        (resource, parameters) -> a line of text per rule, grant and statement; outcomes show what a fix took away as
        the difference.
    remarks : callable
        (resource, parameters) -> what is no violation, and yet worth knowing: sentences for the annotation. Nothing is
        asked for their sake.
    repairs : callable
        (resource, calls of the plan made before, call, answer) -> what has to follow a call, by AWS's answer to it; the
        answer is None where AWS refused the call because what it would change has gone.
    """

    resource_type: str
    evaluator: str
    remediator: str
    config_rule: str
    violation_types: frozenset[str]
    parameters: Callable[[Mapping[str, str]], Any]
    lacking: Callable[[Any, Any], frozenset[Fact]]
    lacking_to_fix: Callable[[Any, Any], frozenset[Fact]]
    violations: Callable[[Any, Any], tuple[Violation, ...]]
    doubts: Callable[[Any, Any], tuple[Unread, ...]]
    plan: Callable[[Any, Any], Plan]
    exempting: Callable[[Any, tuple[Exemption, ...]], Any]
    exempted: Callable[[Any, Any], tuple[tuple[Violation, Exemption], ...]]
    scopes: Callable[[Any, Any], tuple[tuple[str, StoredScope], ...]]
    lines: Callable[[Any, Any], tuple[str, ...]]
    remarks: Callable[[Any, Any], tuple[str, ...]] = _none
    repairs: Callable[[Any, tuple[AwsCall, ...], AwsCall, Mapping[str, Any] | None], Repair] = _no_repairs
