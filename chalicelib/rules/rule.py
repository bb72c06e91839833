"""A rule: one predicate that evaluates a resource, and the plan that fixes exactly what the predicate reports."""

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
    """No calls have to follow, whatever AWS responds."""
    return Repair()


@dataclass(frozen=True)
class Rule:
    """A custom Config rule and its fix; every function in it is pure.

    Attributes
    ----------
    resource_type : str
        AWS Config's name of the resource type.
    evaluator, remediator : str
        The functions that run it.
    config_rule : str
        The Config rule that ``ddaws deploy`` creates, without the stage's prefix. Other Config rules may use the same
        functions.
    violation_types : frozenset of str
        All types that `violations` may report.
    parameters : callable
        The rule's parameters as AWS Config stores them (strings) -> checked parameters; raises BadInput.
    lacking : callable
        (resource, parameters) -> the facts that `violations` needs and the resource lacks; empty: it can be evaluated.
    lacking_to_fix : callable
        (resource, parameters) -> the facts that `plan` needs and the resource lacks.
    violations : callable
        (resource, parameters) -> what is non-compliant; empty: compliant.
    doubts : callable
        (resource, parameters) -> the facts that could not be read and that decide whether there are more violations
        than the certain ones. If a later read may succeed, the evaluation fails and is tried again.
    plan : callable
        (resource, parameters) -> the calls that remove every violation and nothing else; none: nothing to do.
    exempting : callable
        (parameters, exemptions that are in force) -> parameters under which `violations` and `plan` report and touch
        nothing that is exempt.
    exempted : callable
        (resource, parameters) -> what would be non-compliant without exemptions, each with one that covers it.
    scopes : callable
        (resource, parameters) -> the scopes, each with its violation type, that together exempt everything that is
        non-compliant, and nothing else.
    lines : callable
        (resource, parameters) -> a line of text per rule, grant and statement. Outcomes show the difference that a fix
        made.
    remarks : callable
        (resource, parameters) -> what is not a violation but worth knowing: sentences for the annotation. No facts are
        read for remarks alone.
    repairs : callable
        (resource, earlier calls of the plan, call, AWS's response) -> what has to follow the call. The response is None
        if AWS refused the call because its target no longer exists.
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
