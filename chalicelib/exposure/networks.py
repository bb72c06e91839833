"""Which networks are the internet, however they are split up."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

IpNetwork = IPv4Network | IPv6Network
Unit = tuple[IpNetwork, ...]
"""What is admitted, and revoked, as one: a CIDR, or all the entries of a prefix list."""

RFC_1918 = tuple(ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
UNIQUE_LOCAL = ip_network("fc00::/7")


@dataclass(frozen=True)
class Internet:
    """Where the internet begins: a network that is broader than the line and not private.

    Attributes
    ----------
    ipv4_prefix, ipv6_prefix : int
        The longest prefixes that are still a named network; anything shorter is the internet.
    private : tuple of network
        What no outsider can come from, however broad.
    """

    ipv4_prefix: int = 8
    ipv6_prefix: int = 32
    private: tuple[IpNetwork, ...] = (*RFC_1918, UNIQUE_LOCAL)

    def includes(self, network: IpNetwork) -> bool:
        line = self.ipv4_prefix if network.version == 4 else self.ipv6_prefix
        return network.prefixlen < line and not self.is_private(network)

    def is_private(self, network: IpNetwork) -> bool:
        return any(within(network, block) for block in self.private)

    def reached_by(self, networks: Iterable[IpNetwork]) -> tuple[IpNetwork, ...]:
        """The merged networks that are the internet; empty where `networks` together are not."""
        return tuple(network for network in merged(networks) if self.includes(network))


def network_of(cidr: str) -> IpNetwork:
    """`cidr` as a network, its host bits ignored as AWS does; raise ValueError where it is none."""
    return ip_network(cidr, strict=False)


def within(network: IpNetwork, other: IpNetwork) -> bool:
    """True where all of `network` lies in `other`; across address families nothing does."""
    if isinstance(network, IPv4Network):
        return isinstance(other, IPv4Network) and network.subnet_of(other)
    return isinstance(other, IPv6Network) and network.subnet_of(other)


def merged(networks: Iterable[IpNetwork]) -> tuple[IpNetwork, ...]:
    """The fewest networks that cover the same addresses: halves join, what lies inside another goes."""
    every = tuple(networks)
    if len(every) < 2:
        return every
    return (
        *collapse_addresses(network for network in every if isinstance(network, IPv4Network)),
        *collapse_addresses(network for network in every if isinstance(network, IPv6Network)),
    )


def offenders(units: Iterable[Unit], internet: Internet) -> dict[Unit, IpNetwork]:
    """Say which of `units` open a door to the internet: without them, the others do not.

    Returns
    -------
    dict
        Each offender, with the stretch of the internet that it is, or that it is a part of. What reaches the internet
        by itself offends. Of those left, all that make up a broad network together offend, whatever their order. What
        merely lies inside an offender, or is private, does not.

    Examples
    --------
    >>> zero, office = network_of("0.0.0.0/0"), network_of("203.0.113.0/24")
    >>> offenders([(zero,), (office,)], Internet())
    {(IPv4Network('0.0.0.0/0'),): IPv4Network('0.0.0.0/0')}
    """
    left = set(units)
    guilty = {unit: stretches[0] for unit in left if (stretches := internet.reached_by(unit))}
    left -= guilty.keys()
    while stretches := internet.reached_by(network for unit in left for network in unit):
        parts = _parts(left, stretches, internet)
        guilty.update(parts)
        left -= parts.keys()
    return guilty


def _parts(units: Iterable[Unit], stretches: tuple[IpNetwork, ...], internet: Internet) -> dict[Unit, IpNetwork]:
    """The units with an outermost public network in one of `stretches`, each with the stretch that it belongs to."""
    every = tuple(units)
    outermost = set(_outermost(network for unit in every for network in unit))
    return {
        unit: stretch
        for unit in every
        for network in unit
        for stretch in stretches
        if network in outermost and within(network, stretch) and not internet.is_private(network)
    }


def _outermost(networks: Iterable[IpNetwork]) -> list[IpNetwork]:
    """The networks that lie in no other."""
    found: list[IpNetwork] = []
    for network in sorted(networks, key=lambda each: (each.version, int(each.network_address), each.prefixlen)):
        if not found or not within(network, found[-1]):
            found.append(network)
    return found
