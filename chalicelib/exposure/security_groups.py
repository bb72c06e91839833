"""Which sources of a security group let the internet in to which prohibited ports."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from chalicelib.errors import BadInput
from chalicelib.exposure.networks import Internet, IpNetwork, network_of, offenders
from chalicelib.exposure.ports import EVERY_PORT, LAST_PORT, PortRange, merged
from chalicelib.resources import IpPermission, SecurityGroup, Source

ALL_TRAFFIC = "-1"
TRANSPORTS = {"tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp"}


@dataclass(frozen=True)
class Exposure:
    """One source of one permission that opens prohibited ports to the internet.

    Attributes
    ----------
    permission, source
        As the security group has them.
    ports : tuple of PortRange
        The prohibited ports it opens.
    stretch : network
        The part of the internet that it admits: the source itself, or what it makes up together with its neighbours.
    """

    permission: IpPermission
    source: Source
    ports: tuple[PortRange, ...]
    stretch: IpNetwork


def exposures(group: SecurityGroup, prohibited: tuple[PortRange, ...], internet: Internet) -> tuple[Exposure, ...]:
    """Find every source that has to go so that no prohibited port is open to the internet, and no other.

    Sources are merged over all permissions that admit a port, so halves of the internet are found wherever they stand.
    The order of permissions and sources decides nothing but the order of the answer. Equal entries are reported once.

    Raises
    ------
    BadInput
        Where a source is not a CIDR.
    """
    sources = _networks(group)
    opened: dict[tuple[IpPermission, Source], list[PortRange]] = defaultdict(list)
    stretches: dict[tuple[IpPermission, Source], IpNetwork] = {}
    for ports, permissions in _slices(group.ingress, prohibited):
        guilty = offenders((n for p in permissions for n in sources[p].values()), internet)
        for permission in permissions:
            for source, network in sources[permission].items():
                if network in guilty:
                    opened[permission, source].append(ports)
                    stretches.setdefault((permission, source), guilty[network])
    order = dict.fromkeys((permission, source) for permission in group.ingress for source in permission.sources)
    return tuple(Exposure(*each, merged(opened[each]), stretches[each]) for each in order if each in opened)


def ports_of(permission: IpPermission, transport: str) -> PortRange | None:
    """The ports of `transport` (``tcp`` or ``udp``) that `permission` opens; None where it opens none.

    ICMP has types and codes, other protocols have neither: they open no port, whatever their numbers say.
    """
    if permission.protocol == ALL_TRAFFIC:
        return EVERY_PORT
    if TRANSPORTS.get(permission.protocol.lower()) != transport:
        return None
    first = 0 if permission.from_port in (None, -1) else permission.from_port
    last = LAST_PORT if permission.to_port in (None, -1) else permission.to_port
    return PortRange(first, last) if first <= last else None


def _networks(group: SecurityGroup) -> Mapping[IpPermission, Mapping[Source, IpNetwork]]:
    return {
        permission: {
            source: _network(source, f"{group.group_id}.ingress[{index}]")
            for source in permission.sources
            if source.kind in ("ipv4", "ipv6")
        }
        for index, permission in enumerate(group.ingress)
    }


def _network(source: Source, where: str) -> IpNetwork:
    try:
        return network_of(source.value)
    except ValueError as error:
        raise BadInput(where, source.value, "a CIDR") from error


def _slices(
    permissions: Iterable[IpPermission], prohibited: tuple[PortRange, ...]
) -> Iterator[tuple[PortRange, tuple[IpPermission, ...]]]:
    """Cut the prohibited ports wherever the permissions that admit them change."""
    for transport in ("tcp", "udp"):
        admitted = {p: ports for p in permissions if (ports := ports_of(p, transport))}
        edges = {edge for ports in (*prohibited, *admitted.values()) for edge in (ports.first, ports.last + 1)}
        for first, end in pairwise(sorted(edges)):
            part = PortRange(first, end - 1)
            if any(ports.covers(part) for ports in prohibited):
                yield part, tuple(p for p, ports in admitted.items() if ports.covers(part))
