"""What a rule is: one predicate that judges a resource, and the plan that mends just what the predicate condemns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.messages import Violation
from chalicelib.resources import Fact
from chalicelib.rules.plan import Plan


def _none(_resource: Any, _parameters: Any) -> tuple[str, ...]:
    """No remarks."""
    return ()


@dataclass(frozen=True)
class Rule:
    """A custom Config rule and its fix; every function in it is pure.

    Attributes
    ----------
    resource_type : str
        AWS Config's name of the type it judges.
    evaluator, remediator : str
        The functions that run it.
    violation_types : frozenset of str
        All that `violations` may report.
    parameters : callable
        The rule's parameters as AWS Config has them (texts) -> checked parameters; raises BadInput.
    lacking : callable
        (resource, parameters) -> the facts without which `violations` would be a guess; empty: it can be judged.
    lacking_to_fix : callable
        (resource, parameters) -> the facts without which `plan` would be a guess.
    violations : callable
        (resource, parameters) -> what is condemned; empty: compliant.
    plan : callable
        (resource, parameters) -> the calls that remove every violation and nothing else; none: nothing to do.
    lines : callable
        resource -> a line of text per rule, grant and statement; outcomes show what a fix took away as the difference.
    remarks : callable
        (resource, parameters) -> what is not condemned, and yet worth knowing: sentences for the annotation. Nothing is
        asked for their sake.
    """

    resource_type: str
    evaluator: str
    remediator: str
    violation_types: frozenset[str]
    parameters: Callable[[Mapping[str, str]], Any]
    lacking: Callable[[Any, Any], frozenset[Fact]]
    lacking_to_fix: Callable[[Any, Any], frozenset[Fact]]
    violations: Callable[[Any, Any], tuple[Violation, ...]]
    plan: Callable[[Any, Any], Plan]
    lines: Callable[[Any], tuple[str, ...]]
    remarks: Callable[[Any, Any], tuple[str, ...]] = _none
