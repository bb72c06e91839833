"""Exemptions of a security group: which ports of an offending entry may stay."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from chalicelib.exemptions.exemptions import Exemption
from chalicelib.exemptions.scopes import PortScope, WholeResource
from chalicelib.exposure.networks import IpNetwork, merged, network_of, within
from chalicelib.exposure.ports import PortRange
from chalicelib.exposure.ports import merged as merged_ports
from chalicelib.resources import IpPermission, SecurityGroup, Source, SourceKind
from chalicelib.rules.plan import Obstacle
from chalicelib.rules.security_group.entries import line, rule_of, rules_of
from chalicelib.rules.security_group.exposure import ALL_TRAFFIC, Door, Exposure, Unseen, ports_of, transport_of

PROHIBITED_PORT = "EC2_SG_PROHIBITED_PORT"
SET_CARVE = (
    "Set the rule's portRange to carve, so that exempt traffic keeps its own rules, or replace the rule by hand."
)
SET_CARVE_ALL_TRAFFIC = (
    "Set the rule's portRange to carve and its carveAllTraffic to true, so that exempt traffic keeps its own rules, or "
    "split the rule by hand."
)


def not_exempt(
    group: SecurityGroup, found: Iterable[Exposure], exemptions: tuple[Exemption, ...]
) -> tuple[Exposure, ...]:
    """The exposures in `found` that are not exempt as a whole, each with its exempt part.

    A part of an entry is exempt if exemptions for its ports together cover all sources that it admits. The remaining
    entries are not evaluated again without the exempt ones: an exemption of one half of the internet exempts only that
    half.
    """
    ours = _ours(group, exemptions)
    if not ours:
        return tuple(found)
    if any(isinstance(each.scope, WholeResource) for each in ours):
        return ()
    scopes = [each.scope for each in ours if isinstance(each.scope, PortScope)]
    left = (_without_exempt(exposure, scopes) for exposure in found)
    return tuple(exposure for exposure in left if exposure.opened)


def unseen_and_not_exempt(
    group: SecurityGroup, found: Iterable[Unseen], exemptions: tuple[Exemption, ...]
) -> tuple[Unseen, ...]:
    """The part of `found` that is not exempt. An exemption has to name the list, because its entries are unknown."""
    ours = _ours(group, exemptions)
    if any(isinstance(each.scope, WholeResource) for each in ours):
        return ()
    left = (replace(each, opened=_not_exempt(each, ours)) for each in found)
    return tuple(each for each in left if each.opened)


def _not_exempt(unseen: Unseen, exemptions: list[Exemption]) -> dict[str, tuple[PortRange, ...]]:
    """The ports that no exemption names together with the list."""
    scopes = [each.scope for each in exemptions if isinstance(each.scope, PortScope)]
    opened: dict[str, tuple[PortRange, ...]] = {}
    for transport, ranges in unseen.opened.items():
        named = [each for each in scopes if each.source == unseen.door.source.value and each.protocol == transport]
        parts = (part for some in ranges for part in _cut(some, named))
        if left := merged_ports(part for part in parts if not any(each.ports.covers(part) for each in named)):
            opened[transport] = left
    return opened


def covering(
    group: SecurityGroup, exposure: Exposure | Unseen, exemptions: tuple[Exemption, ...]
) -> tuple[Exemption, ...]:
    """The exemptions that cover a part of what `exposure` opens."""
    return tuple(each for each in _ours(group, exemptions) if _touches(each, exposure))


def scopes_of(exposure: Exposure | Unseen) -> Iterator[PortScope]:
    """The scopes that together exempt all that `exposure` opens."""
    source = exposure.door.source
    networks = (source.value,) if source.kind == "prefix_list" else exposure.door.networks
    for transport, opened in exposure.opened.items():
        yield from (PortScope(transport, ports, network) for ports in opened for network in networks)


def obstructed(group: SecurityGroup, found: tuple[Exposure, ...]) -> dict[Door, Obstacle]:
    """The offending entries that cannot be revoked: they hold exempt traffic that no other entry admits."""
    if not any(exposure.exempt for exposure in found):
        return {}
    going = [rule_of(exposure.door) for exposure in found]
    staying = [rule for rule in rules_of(group) if rule not in going]
    lost = {
        exposure.door: [each for each in exposure.exempt if not any(_admits(rule, each) for rule in staying)]
        for exposure in found
    }
    return {door: _obstacle(door, rules) for door, rules in lost.items() if rules}


def _ours(group: SecurityGroup, exemptions: tuple[Exemption, ...]) -> list[Exemption]:
    return [each for each in exemptions if each.is_about(group) and each.violation_type in ("", PROHIBITED_PORT)]


def _without_exempt(exposure: Exposure, scopes: list[PortScope]) -> Exposure:
    opened: dict[str, tuple[PortRange, ...]] = {}
    may_stay: list[IpPermission] = []
    for transport, ranges in exposure.opened.items():
        offending = []
        for ports in (part for some in ranges for part in _cut(some, scopes)):
            covering = [each for each in scopes if each.protocol == transport and each.ports.covers(ports)]
            exempt = _exempt_sources(exposure, covering)
            may_stay += [IpPermission(transport, ports.first, ports.last, (source,)) for source in exempt]
            if exposure.door.source not in exempt:
                offending.append(ports)
        if offending:
            opened[transport] = merged_ports(offending)
    return replace(exposure, opened=opened, exempt=tuple(may_stay))


def _cut(ports: PortRange, scopes: Iterable[PortScope]) -> list[PortRange]:
    """`ports` in parts, each of which a scope covers completely or not at all."""
    edges = {ports.first, ports.last + 1}
    edges |= {edge for each in scopes for edge in (each.ports.first, each.ports.last + 1) if edge in _inner(ports)}
    return [PortRange(first, end - 1) for first, end in pairwise(sorted(edges))]


def _inner(ports: PortRange) -> range:
    return range(ports.first, ports.last + 1)


def _exempt_sources(exposure: Exposure, scopes: list[PortScope]) -> list[Source]:
    """The sources of the entry that `scopes` exempt; only the entry's own source if all of it is exempt."""
    door = exposure.door
    exempt = merged(each.source for each in scopes if not isinstance(each.source, str))
    if door.source.value in [each.source for each in scopes] or all(_is_in(each, exempt) for each in door.networks):
        return [door.source]
    both = [network for network in door.networks if _is_in(network, exempt)]
    both += [network for network in exempt if _is_in(network, door.networks)]
    return [replace(door.source, kind=_kind(network), value=str(network)) for network in merged(both)]


def _is_in(network: IpNetwork, some: Iterable[IpNetwork]) -> bool:
    return any(within(network, each) for each in some)


def _kind(network: IpNetwork) -> SourceKind:
    return "ipv4" if network.version == 4 else "ipv6"


def _touches(exemption: Exemption, exposure: Exposure | Unseen) -> bool:
    scope = exemption.scope
    if not isinstance(scope, PortScope):
        return isinstance(scope, WholeResource)
    if not any(scope.ports.overlaps(ports) for ports in exposure.opened.get(scope.protocol, ())):
        return False
    if isinstance(scope.source, str):
        return scope.source == exposure.door.source.value
    return any(within(each, scope.source) or within(scope.source, each) for each in exposure.door.networks)


def _admits(rule: IpPermission, part: IpPermission) -> bool:
    """Whether `rule` admits all the traffic of `part`, which is tcp or udp from one source."""
    transport = transport_of(part)
    whole, ports = (ports_of(each, str(transport)) for each in (rule, part))
    [source], [whom] = rule.sources, part.sources
    if not (whole and ports and whole.covers(ports)):
        return False
    if "prefix_list" in (source.kind, whom.kind) or "group" in (source.kind, whom.kind):
        return (source.kind, source.value) == (whom.kind, whom.value)
    return within(network_of(whom.value), network_of(source.value))


def _obstacle(door: Door, exempt: list[IpPermission]) -> Obstacle:
    held = ", ".join(line(each) for each in exempt)
    next_step = SET_CARVE_ALL_TRAFFIC if door.permission.protocol == ALL_TRAFFIC else SET_CARVE
    return Obstacle(f"{line(rule_of(door))} is not revoked: it also holds exempt traffic ({held}).", next_step)
