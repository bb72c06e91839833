"""Which sources of a security group open which prohibited ports to the internet."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from chalicelib.errors import BadInput
from chalicelib.exposure.networks import Internet, IpNetwork, Stretch, Unit, network_of
from chalicelib.exposure.ports import EVERY_PORT, LAST_PORT, PortRange
from chalicelib.exposure.ports import merged as merged_ports
from chalicelib.resources import IpPermission, PrefixList, SecurityGroup, Source

ALL_TRAFFIC = "-1"
TRANSPORTS = {"tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp"}


@dataclass(frozen=True, eq=False)
class Door:
    """One source of one permission: the unit that a revoke closes.

    Attributes
    ----------
    networks : tuple of network
        The networks that it admits, as far as known: a CIDR, or the merged entries of a prefix list.
    """

    permission: IpPermission
    source: Source
    networks: Unit


@dataclass(frozen=True)
class Exposure:
    """A door that opens prohibited ports to the internet.

    Attributes
    ----------
    door : Door
        The permission and source, as the security group has them.
    opened : Mapping
        The prohibited ports that it opens, by transport (``tcp``, ``udp``).
    stretch : network or Total
        The part of the internet that it admits, alone or together with other doors.
    is_whole : bool
        Whether it is the internet by itself.
    exempt : tuple of IpPermission
        The exempt part, which may stay, each with a single source. `opened` does not include it.
    """

    door: Door
    opened: Mapping[str, tuple[PortRange, ...]]
    stretch: Stretch
    is_whole: bool
    exempt: tuple[IpPermission, ...] = ()

    @property
    def ports(self) -> tuple[PortRange, ...]:
        """The prohibited ports that it opens, whatever the transport."""
        return merged_ports(ports for some in self.opened.values() for ports in some)


@dataclass(frozen=True, eq=False)
class Unseen:
    """A door that opens prohibited ports to a prefix list whose entries could not be read, so maybe to the internet.

    Attributes
    ----------
    entries : PrefixList
        The list; `unread` says why.
    """

    door: Door
    opened: Mapping[str, tuple[PortRange, ...]]
    entries: PrefixList

    @property
    def ports(self) -> tuple[PortRange, ...]:
        """The prohibited ports that it opens, whatever the transport."""
        return merged_ports(ports for some in self.opened.values() for ports in some)


def exposures(group: SecurityGroup, prohibited: tuple[PortRange, ...], internet: Internet) -> tuple[Exposure, ...]:
    """Find exactly the sources that have to be revoked so that no prohibited port is open to the internet.

    Sources are merged and counted over all permissions that admit a port, so the parts of the internet are found in
    whatever permissions they are. A prefix list is revoked as a whole or not at all. The order of permissions and
    sources affects only the order of the result. Equal entries count once.

    Raises
    ------
    BadInput
        A source, or an entry of a prefix list, is not a CIDR.
    """
    doors = tuple(door for door in _doors(group, internet) if door.networks)
    opened: dict[Door, dict[str, list[PortRange]]] = defaultdict(lambda: defaultdict(list))
    stretches: dict[Door, Stretch] = {}
    public = {door.networks: internet.public(door.networks) for door in doors}
    for some, openings in _openings(doors, prohibited).items():
        offending = internet.offenders({door.networks: public[door.networks] for door in some})
        for door in some:
            if door.networks in offending:
                stretches[door] = offending[door.networks]
                for transport, ports in openings:
                    opened[door][transport].append(ports)
    return tuple(
        Exposure(
            door,
            {name: merged_ports(ports) for name, ports in opened[door].items()},
            stretches[door],
            is_whole=bool(public[door.networks].stretches),
        )
        for door in doors
        if door in opened
    )


def prefix_lists_at(group: SecurityGroup, prohibited: tuple[PortRange, ...]) -> tuple[str, ...]:
    """The prefix lists that are admitted to a prohibited port, whatever their entries."""
    lists = tuple(door for door in _doors(group, Internet()) if door.source.kind == "prefix_list")
    opening = (door for some in _openings(lists, prohibited) for door in some)
    return tuple(dict.fromkeys(door.source.value for door in opening))


def unseen_lists(group: SecurityGroup, prohibited: tuple[PortRange, ...]) -> tuple[Unseen, ...]:
    """The doors that admit a prefix list whose entries could not be read to a prohibited port."""
    unseen = {each.prefix_list_id: each for each in group.prefix_lists if each.cidrs is None}
    lists = (door for door in _doors(group, Internet()) if door.source.kind == "prefix_list")
    doors = tuple(door for door in lists if door.source.value in unseen)
    opened: dict[Door, dict[str, list[PortRange]]] = defaultdict(lambda: defaultdict(list))
    for some, openings in _openings(doors, prohibited).items():
        for door in some:
            for transport, ports in openings:
                opened[door][transport].append(ports)
    return tuple(
        Unseen(door, {name: merged_ports(ports) for name, ports in opened[door].items()}, unseen[door.source.value])
        for door in doors
        if door in opened
    )


def transport_of(permission: IpPermission) -> str | None:
    """``tcp`` or ``udp``; None for every other protocol."""
    return TRANSPORTS.get(permission.protocol.lower())


def ports_of(permission: IpPermission, transport: str) -> PortRange | None:
    """The ports of `transport` that `permission` opens; None if it opens none.

    ICMP has types and codes instead of ports, and other protocols have neither: their numbers open no port.
    """
    if permission.protocol == ALL_TRAFFIC:
        return EVERY_PORT
    if transport_of(permission) != transport:
        return None
    first, last = permission.from_port, permission.to_port
    return PortRange(0 if first in (None, -1) else first, LAST_PORT if last in (None, -1) else last)


def _doors(group: SecurityGroup, internet: Internet) -> tuple[Door, ...]:
    lists = {
        each.prefix_list_id: _entries(each.prefix_list_id, each.cidrs or (), internet) for each in group.prefix_lists
    }
    return tuple(
        Door(permission, source, _networks(source, lists, f"ingress[{index}]"))
        for index, permission in enumerate(dict.fromkeys(group.ingress))
        for source in dict.fromkeys(permission.sources)
        if source.kind != "group"
    )


def _networks(source: Source, lists: Mapping[str, Unit], where: str) -> Unit:
    if source.kind == "prefix_list":
        return lists.get(source.value, ())
    return (_network(source.value, where),)


def _entries(prefix_list_id: str, cidrs: Iterable[str], internet: Internet) -> Unit:
    return internet.merged(_network(cidr, f"{prefix_list_id}.entries[{index}]") for index, cidr in enumerate(cidrs))


def _network(cidr: str, where: str) -> IpNetwork:
    try:
        return network_of(cidr)
    except ValueError as error:
        raise BadInput(where, cidr, "a CIDR") from error


def _openings(
    doors: tuple[Door, ...], prohibited: tuple[PortRange, ...]
) -> Mapping[tuple[Door, ...], list[tuple[str, PortRange]]]:
    """The prohibited ports and their transport, by the set of doors that open them; split where that set changes."""
    found: dict[tuple[Door, ...], list[tuple[str, PortRange]]] = defaultdict(list)
    for transport in ("tcp", "udp"):
        admitted = [(door, ports) for door in doors if (ports := ports_of(door.permission, transport))]
        every = {*prohibited, *(ports for _, ports in admitted)}
        edges = sorted({edge for ports in every for edge in (ports.first, ports.last + 1)})
        for first, end in pairwise(edges):
            part = PortRange(first, end - 1)
            if any(ports.covers(part) for ports in prohibited):
                found[tuple(door for door, ports in admitted if ports.covers(part))].append((transport, part))
    return found
