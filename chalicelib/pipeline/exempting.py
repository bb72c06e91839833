"""What people have exempted, asked for only where something offends, or may."""

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
"""More than these are not told apart: each is judged by itself for that."""


class Store(Protocol):
    """Where exemptions are kept."""

    def of(self, resource: str) -> tuple[Exemption, ...]: ...


class ExemptionGateways(Protocol):
    """What it takes to know what is exempt."""

    @property
    def exemptions(self) -> Store: ...

    @property
    def allow_exempt_tag(self) -> bool: ...

    def timestamp(self) -> str: ...


def exempting(
    resource: Resource, rule: Rule, parameters: Any, gateways: ExemptionGateways, reader: Reader
) -> tuple[Any, Unread | None]:
    """The rule's parameters under which nothing about `resource` that is exempt now offends.

    Beside them: why it is not known whether a tag exempts what still offends, where the tags cannot be read.

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
    """Each exemption, then each thing that would offend without them."""
    exemptions = (str(exemption) for _, exemption in exempted)
    return tuple(dict.fromkeys((*exemptions, *(violation.reason for violation, _ in exempted))))


def only(resource: Resource, rule: Rule, parameters: Any, parts: Collection[str], now: datetime) -> Any | None:
    """The rule's parameters under which it calls nothing about `resource` non-compliant but those `parts`.

    The rest is treated as exempt, so that a fix leaves it alone. None: there is nothing of them, or they cannot be told
    apart from the rest.
    """
    found, scopes = covered(rule.violations(resource, parameters)), rule.scopes(resource, parameters)
    if len(scopes) > MOST_SCOPES:
        return None

    def without(some: Iterable[tuple[str, StoredScope]]) -> Any:
        left_alone = tuple(
            Exemption(resource_key(resource), kind, scope, "dd-aws", "not decided about", now, None)
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
