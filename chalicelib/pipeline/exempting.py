"""Applies exemptions; they are read only for resources that are, or may be, non-compliant."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from chalicelib.approvals.holds import covered
from chalicelib.exemptions.exemptions import Exemption, in_force, instant, resource_key, tag_exemption
from chalicelib.exemptions.scopes import PortScope, StoredScope
from chalicelib.findings import Violation
from chalicelib.pipeline.facts import Reader, with_facts
from chalicelib.resources import Fact, Resource, Unread
from chalicelib.rules import Rule

MOST_SCOPES = 500
"""The maximum number of scopes that are separated: each takes an evaluation of its own."""


class Store(Protocol):
    """The store of exemptions."""

    def of(self, resource: str) -> tuple[Exemption, ...]: ...


class ExemptionGateways(Protocol):
    """What `exempting` needs of the outside."""

    @property
    def exemptions(self) -> Store: ...

    @property
    def allow_exempt_tag(self) -> bool: ...

    def timestamp(self) -> str: ...


def exempting(
    resource: Resource, rule: Rule, parameters: Any, gateways: ExemptionGateways, reader: Reader
) -> tuple[Any, Unread | None]:
    """The rule's parameters with the exemptions of `resource` that are in force; and an `Unread` or None.

    The `Unread` says why the tags cannot be read, if a tag might exempt the violations that are left.

    Raises
    ------
    AwsRefused, NotDone
        The exemptions cannot be read.
    """
    if not (rule.violations(resource, parameters) or rule.doubts(resource, parameters)):
        return parameters, None
    now = instant(gateways.timestamp(), "timestamp")
    exemptions = gateways.exemptions.of(resource_key(resource))
    unread = None
    if gateways.allow_exempt_tag:
        tagged = with_facts(resource, {Fact.TAGS}, reader) if resource.tags is None else resource
        unread = next((each for each in tagged.unread if each.fact is Fact.TAGS), None)
        exemptions += tag_exemption(tagged, now)
    parameters = rule.exempting(parameters, in_force(exemptions, now))
    return parameters, unread if rule.violations(resource, parameters) else None


def in_words(exempted: Sequence[tuple[Violation, Exemption]]) -> tuple[str, ...]:
    """Each exemption, then each violation that it exempts."""
    exemptions = (str(exemption) for _, exemption in exempted)
    return tuple(dict.fromkeys((*exemptions, *(violation.reason for violation, _ in exempted))))


def only(resource: Resource, rule: Rule, parameters: Any, parts: Collection[str], now: datetime) -> Any | None:
    """The rule's parameters under which only `parts` of the violations of `resource` are non-compliant.

    The rest is treated as exempt, so that a fix leaves it alone. None if there is no violation in `parts`, or if they
    cannot be separated from the rest.
    """
    found, scopes = covered(rule.violations(resource, parameters)), rule.scopes(resource, parameters)
    if len(scopes) > MOST_SCOPES:
        return None

    def without(some: Iterable[tuple[str, StoredScope]]) -> Any:
        left_alone = tuple(
            Exemption(resource_key(resource), kind, scope, "dd-aws", "no decision yet", now, None)
            for kind, scope in some
        )
        return rule.exempting(parameters, (*parameters.exemptions, *left_alone))

    def is_apart(some: Iterable[tuple[str, StoredScope]]) -> bool:
        lost = found - covered(rule.violations(resource, without(some)))
        return bool(lost) and not lost & set(parts)

    by_source: dict[object, list[tuple[str, StoredScope]]] = {}
    for kind, scope in scopes:
        by_source.setdefault((kind, scope.source if isinstance(scope, PortScope) else scope), []).append((kind, scope))
    groups = [*([each] for each in scopes), *by_source.values()]
    narrowed = without(dict.fromkeys(each for group in groups if is_apart(group) for each in group))
    left = covered(rule.violations(resource, narrowed))
    return narrowed if left and left <= set(parts) else None
