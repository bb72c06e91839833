"""Which sources of a security group let the internet in to which prohibited ports."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from chalicelib.errors import BadInput
from chalicelib.exposure.networks import Internet, IpNetwork, network_of, offenders
from chalicelib.exposure.ports import EVERY_PORT, LAST_PORT, PortRange, merged
from chalicelib.resources import IpPermission, SecurityGroup, Source

ALL_TRAFFIC = "-1"
TRANSPORTS = {"tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp"}


@dataclass(frozen=True, eq=False)
class Door:
    """One source of one permission: what a revoke closes."""

    permission: IpPermission
    source: Source
    network: IpNetwork


@dataclass(frozen=True)
class Exposure:
    """A door that opens prohibited ports to the internet.

    Attributes
    ----------
    door : Door
        The permission and source, as the security group has them.
    ports : tuple of PortRange
        The prohibited ports that it opens.
    stretch : network
        The part of the internet that it admits: its own network, or the one that it makes up with its neighbours.
    """

    door: Door
    ports: tuple[PortRange, ...]
    stretch: IpNetwork


def exposures(group: SecurityGroup, prohibited: tuple[PortRange, ...], internet: Internet) -> tuple[Exposure, ...]:
    """Find every source that has to go so that no prohibited port is open to the internet, and no other.

    Sources are merged over all permissions that admit a port, so the halves of the internet are found wherever they
    stand. The order of permissions and sources decides nothing but the order of the answer. Equal entries count once.

    Raises
    ------
    BadInput
        Where a source is not a CIDR.
    """
    doors = _doors(group)
    opened: dict[Door, list[PortRange]] = defaultdict(list)
    stretches: dict[Door, IpNetwork] = {}
    for some, ports in _openings(doors, prohibited).items():
        guilty = offenders((door.network for door in some), internet)
        for door in some:
            if door.network in guilty:
                opened[door] += ports
                stretches[door] = guilty[door.network]
    return tuple(Exposure(door, merged(opened[door]), stretches[door]) for door in doors if door in opened)


def transport_of(permission: IpPermission) -> str | None:
    """``tcp`` or ``udp``; None for every other protocol."""
    return TRANSPORTS.get(permission.protocol.lower())


def ports_of(permission: IpPermission, transport: str) -> PortRange | None:
    """The ports of `transport` that `permission` opens; None where it opens none.

    ICMP has types and codes, other protocols have neither: they open no port, whatever their numbers say.
    """
    if permission.protocol == ALL_TRAFFIC:
        return EVERY_PORT
    if transport_of(permission) != transport:
        return None
    last = LAST_PORT if permission.to_port in (None, -1) else permission.to_port
    return PortRange(permission.from_port or 0, last)


def _doors(group: SecurityGroup) -> tuple[Door, ...]:
    return tuple(
        Door(permission, source, _network(source, f"ingress[{index}]"))
        for index, permission in enumerate(dict.fromkeys(group.ingress))
        for source in dict.fromkeys(permission.sources)
        if source.kind in ("ipv4", "ipv6")
    )


def _network(source: Source, where: str) -> IpNetwork:
    try:
        return network_of(source.value)
    except ValueError as error:
        raise BadInput(where, source.value, "a CIDR") from error


def _openings(doors: tuple[Door, ...], prohibited: tuple[PortRange, ...]) -> Mapping[tuple[Door, ...], list[PortRange]]:
    """The prohibited ports by the doors that are open on them, cut wherever these change."""
    found: dict[tuple[Door, ...], list[PortRange]] = defaultdict(list)
    for transport in ("tcp", "udp"):
        admitted = [(door, ports) for door in doors if (ports := ports_of(door.permission, transport))]
        every = {*prohibited, *(ports for _, ports in admitted)}
        edges = sorted({edge for ports in every for edge in (ports.first, ports.last + 1)})
        for first, end in pairwise(edges):
            part = PortRange(first, end - 1)
            if any(ports.covers(part) for ports in prohibited):
                found[tuple(door for door, ports in admitted if ports.covers(part))].append(part)
    return found
