"""Which networks are the internet, however they are split."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from math import ceil

IpNetwork = IPv4Network | IPv6Network
Unit = tuple[IpNetwork, ...]
"""Networks that are admitted and revoked together: a CIDR, or all entries of a prefix list."""
Span = tuple[int, int, int]
"""A network in numbers: version, first address, and the negative last address, so that broader networks sort first."""

RFC_1918 = tuple(ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
UNIQUE_LOCAL = ip_network("fc00::/7")
SPECIAL_PURPOSE = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "100.64.0.0/10",  # shared by the customers of a carrier, translated before they reach the internet
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local
        "192.0.0.0/29",  # IPv4 service continuity
        "192.0.0.8/32",  # dummy address
        "192.0.0.170/31",  # NAT64 discovery
        "192.0.2.0/24",  # documentation
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and limited broadcast
        "::/128",  # unspecified
        "::1/128",  # loopback
        "::ffff:0:0/96",  # IPv4-mapped: never on the wire
        "64:ff9b:1::/48",  # local-use translation
        "100::/64",  # discard-only
        "100:0:0:1::/64",  # dummy prefix
        "2001:2::/48",  # benchmarking
        "2001:10::/28",  # ORCHID, returned
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing identifiers
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local, deprecated
        "ff00::/8",  # multicast
    )
)
"""Networks from which no packet comes over the internet: those that IANA's registries of special-purpose addresses
list as not globally reachable, except private networks; and multicast.

https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry
"""
MOST_RULES = 1024
"""More than the inbound rules that EC2 lets a security group have for an address family (1,000)."""


@dataclass(frozen=True)
class Total:
    """Public addresses that are the internet because there are too many of them, although no network is too broad.

    Attributes
    ----------
    version : int
        Their address family, 4 or 6.
    addresses : int
        How many there are.
    prefix : int
        The prefix of the broadest network that is not the internet: the unit in which people read the number.
    """

    version: int
    addresses: int
    prefix: int

    def __str__(self) -> str:
        size = 1 << (_bits(self.version) - self.prefix)
        return f"{ceil(self.addresses * 100 / size) / 100:,g} networks of /{self.prefix} in total"


Stretch = IpNetwork | Total
"""A part of the internet: a network, or the total of several networks."""


@dataclass(frozen=True)
class Public:
    """The public part of a unit.

    Attributes
    ----------
    spans : tuple of Span
        Its networks without the private ones.
    stretches : tuple of network or Total
        The parts of the internet that it is by itself; empty if it is not the internet.
    addresses : dict
        How many public addresses it has, by version.
    """

    spans: tuple[Span, ...]
    stretches: tuple[Stretch, ...]
    addresses: dict[int, int]


@dataclass(frozen=True)
class Internet:
    """The thresholds of the internet: a public network that is too broad, or too many public addresses.

    Attributes
    ----------
    ipv4_prefix, ipv6_prefix : int
        The prefixes of the broadest networks that are not the internet; any shorter prefix is.
    ipv4_total_prefix, ipv6_total_prefix : int
        Public networks that together have more addresses than a network with this prefix are the internet, too. If it
        is longer than `ipv4_prefix` or `ipv6_prefix`, that prefix counts.
    private : tuple of network
        Networks from which no internet client comes, however broad, in addition to the special-purpose ones.
    """

    ipv4_prefix: int = 8
    ipv6_prefix: int = 32
    ipv4_total_prefix: int = 6
    ipv6_total_prefix: int = 28
    private: tuple[IpNetwork, ...] = (*RFC_1918, UNIQUE_LOCAL)

    def includes(self, network: IpNetwork) -> bool:
        """True if `network` is the internet by itself."""
        return bool(self.reached_by((network,)))

    def is_private(self, network: IpNetwork) -> bool:
        """True if no internet client has an address in `network`: it is private or special-purpose."""
        return self._is_private(_span(network))

    def reached_by(self, networks: Iterable[IpNetwork]) -> tuple[Stretch, ...]:
        """The parts of the internet that `networks` make up; empty if they are not the internet.

        Private networks do not count, and complete no other network. The other networks are merged first. If none is
        broader than the threshold, the public addresses of each address family are counted.
        """
        return self.public(networks).stretches

    def public(self, networks: Iterable[IpNetwork]) -> Public:
        """The public part of `networks`."""
        spans = tuple(span for network in networks if not self._is_private(span := _span(network)))
        joined = _collapsed(spans)
        return Public(spans, self._stretches(joined), {version: self._count(version, joined) for version in (4, 6)})

    def merged(self, networks: Iterable[IpNetwork]) -> Unit:
        """`networks` merged. Private networks complete no public network."""
        spans = [_span(network) for network in networks]
        public = [span for span in spans if not self._is_private(span)]
        private = [span for span in spans if self._is_private(span)]
        return (*map(_network, _collapsed(public)), *map(_network, _collapsed(private)))

    def prefix(self, version: int) -> int:
        """The prefix of the broadest network that is not the internet."""
        return self.ipv4_prefix if version == 4 else self.ipv6_prefix

    def most(self, version: int) -> int:
        """How many public addresses may be admitted in total."""
        total = self.ipv4_total_prefix if version == 4 else self.ipv6_total_prefix
        return 1 << (_bits(version) - min(total, self.prefix(version)))

    def offenders(self, units: Mapping[Unit, Public]) -> dict[Unit, Stretch]:
        """The `units`, each with its public part, that open a port to the internet. The other units alone do not.

        Returns
        -------
        dict
            Each offender, with the stretch of the internet that it is or is a part of. A unit that is the internet by
            itself offends. Of the rest, all units that together make up a broad network offend, in any order. Then all
            units that are too many addresses in total offend, except those that are too small to matter, however many
            rules a group may have. A unit that only lies inside an offender, or is private, does not offend.

        Examples
        --------
        >>> world, dns = (network_of("0.0.0.0/0"),), (network_of("8.8.8.0/24"),)
        >>> Internet().offenders({each: Internet().public(each) for each in (world, dns)})
        {(IPv4Network('0.0.0.0/0'),): IPv4Network('0.0.0.0/0')}
        """
        offending = {unit: public.stretches[0] for unit, public in units.items() if public.stretches}
        left = {unit: public for unit, public in units.items() if unit not in offending}
        while stretches := self._stretches(_collapsed(span for public in left.values() for span in public.spans)):
            parts = self._parts(left, stretches)
            offending |= parts
            left = {unit: public for unit, public in left.items() if unit not in parts}
        return offending

    def _parts(self, units: Mapping[Unit, Public], stretches: tuple[Stretch, ...]) -> dict[Unit, Stretch]:
        """The units with an outermost network in one of `stretches`, each with its stretch.

        Small units are not part of a total, unless there are more of them than fit into a security group.
        """
        outermost = _outermost(span for public in units.values() for span in public.spans)
        edges = [(unit, span) for unit, public in units.items() for span in public.spans if span in outermost]
        broad = {_span(each): each for each in stretches if not isinstance(each, Total)}
        if broad:
            places = sorted(broad)
            found = ((unit, _containing(span, places)) for unit, span in edges)
            return {unit: broad[place] for unit, place in found if place}
        totals = {each.version: each for each in stretches if isinstance(each, Total)}
        parts = {unit: totals[span[0]] for unit, span in edges if span[0] in totals}
        large = {
            unit: total
            for unit, total in parts.items()
            if units[unit].addresses[total.version] * MOST_RULES > self.most(total.version)
        }
        return {**(large or parts)}

    def _stretches(self, spans: list[Span]) -> tuple[Stretch, ...]:
        """The parts of the internet that merged networks are."""
        broad = [span for span in spans if _size(span) > 1 << (_bits(span[0]) - self.prefix(span[0]))]
        if broad:
            return tuple(map(_network, broad))
        totals = (Total(version, self._count(version, spans), self.prefix(version)) for version in (4, 6))
        return tuple(total for total in totals if total.addresses > self.most(total.version))

    def _is_private(self, span: Span) -> bool:
        return _containing(span, self._private_spans) is not None

    def _count(self, version: int, spans: list[Span]) -> int:
        """The addresses of merged networks without the private ones."""
        ours = [span for span in spans if span[0] == version]
        blocks = self._private_spans
        inside = (
            _size(block)
            for _, first, last in ours
            for block in blocks[bisect_left(blocks, (version, first, last)) : bisect_right(blocks, (version, -last, 1))]
        )
        return sum(map(_size, ours)) - sum(inside)

    @cached_property
    def _private_spans(self) -> list[Span]:
        return _collapsed(map(_span, (*self.private, *SPECIAL_PURPOSE)))


def network_of(cidr: str) -> IpNetwork:
    """`cidr` as a network. Host bits are ignored, as AWS does. Raises ValueError if it is not a CIDR."""
    return ip_network(cidr, strict=False)


def within(network: IpNetwork, other: IpNetwork) -> bool:
    """True if all of `network` lies in `other`. Never true across address families."""
    if isinstance(network, IPv4Network):
        return isinstance(other, IPv4Network) and network.subnet_of(other)
    return isinstance(other, IPv6Network) and network.subnet_of(other)


def merged(networks: Iterable[IpNetwork]) -> tuple[IpNetwork, ...]:
    """The fewest networks that cover the same addresses: halves are joined, and networks inside others are dropped."""
    return tuple(map(_network, _collapsed(map(_span, networks))))


def _span(network: IpNetwork) -> Span:
    first = int(network.network_address)
    return network.version, first, 1 - first - (1 << (network.max_prefixlen - network.prefixlen))


def _network(span: Span) -> IpNetwork:
    version, first, _ = span
    prefix = _bits(version) - _size(span).bit_length() + 1
    return IPv4Network((first, prefix)) if version == 4 else IPv6Network((first, prefix))


def _containing(span: Span, places: list[Span]) -> Span | None:
    """The one of some disjoint, ordered networks that contains `span`."""
    version, first, last = span
    index = bisect_right(places, (version, first, 1)) - 1
    if index < 0:
        return None
    place = places[index]
    return place if place[0] == version and last >= place[2] else None


def _outermost(spans: Iterable[Span]) -> set[Span]:
    """The networks that lie in no other."""
    found: set[Span] = set()
    version, end = 0, 1
    for span in sorted(spans):
        if span[0] != version or span[2] < end:
            version, _, end = span
            found.add(span)
    return found


def _collapsed(spans: Iterable[Span]) -> list[Span]:
    """The fewest networks with the same addresses, in order."""
    found: list[Span] = []
    version, end = 0, 1
    for span in sorted(spans):
        if span[0] == version and span[2] >= end:
            continue
        version, _, end = span
        found.append(span)
        while len(found) > 1 and _are_halves(found[-2], found[-1]):
            found[-2:] = [(version, found[-2][1], end)]
    return found


def _are_halves(one: Span, other: Span) -> bool:
    """True if two networks, in order, are the halves of a network."""
    size = _size(one)
    return one[0] == other[0] and size == _size(other) and one[1] + size == other[1] and one[1] % (2 * size) == 0


def _size(span: Span) -> int:
    return 1 - span[1] - span[2]


def _bits(version: int) -> int:
    return 32 if version == 4 else 128
