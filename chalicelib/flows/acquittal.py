"""What people have exempted. It can only acquit, so it is asked for only where something would be condemned."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from chalicelib.messages import Violation
from chalicelib.resources import Fact, Resource
from chalicelib.rules import Rule
from chalicelib.trust.exemptions import Exemption, in_force, instant, resource_key, tag_exemption


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


def acquitting(
    resource: Resource,
    rule: Rule,
    parameters: Any,
    gateways: ExemptionGateways,
    with_facts: Callable[[Any, frozenset[Fact]], Resource],
) -> Any:
    """The rule's parameters under which nothing about `resource` that is exempt now is condemned.

    Raises
    ------
    NotDone
        What is exempt cannot be read.
    """
    if not rule.violations(resource, parameters):
        return parameters
    now = instant(gateways.timestamp(), "timestamp")
    exemptions = gateways.exemptions.of(resource_key(resource))
    if gateways.allow_exempt_tag:
        tagged = with_facts(resource, frozenset({Fact.TAGS})) if resource.tags is None else resource
        exemptions += tag_exemption(tagged, now)
    return rule.exempting(parameters, in_force(exemptions, now))


def in_words(exempted: Sequence[tuple[Violation, Exemption]]) -> tuple[str, ...]:
    """Each exemption, then each thing that would be condemned without them."""
    exemptions = (str(exemption) for _, exemption in exempted)
    return tuple(dict.fromkeys((*exemptions, *(violation.reason for violation, _ in exempted))))
