"""Ports as ranges, never as lists, so that a rule for all ports costs no more than a rule for one port."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.errors import BadInput

LAST_PORT = 65535
NAMES = {
    22: "SSH",
    23: "Telnet",
    135: "RPC",
    445: "SMB",
    1433: "SQL Server",
    1434: "SQL Server",
    1521: "Oracle",
    2375: "Docker",
    2376: "Docker",
    2379: "etcd",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    5601: "Kibana",
    **dict.fromkeys(range(5900, 5904), "VNC"),
    6379: "Redis",
    9042: "Cassandra",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    11211: "Memcached",
    **dict.fromkeys(range(27017, 27020), "MongoDB"),
}
"""The service that usually listens on a port, for people."""
MOST_NAMES = 3
"""How many services the name of a range may list."""
RANGE = re.compile(r"\s*([0-9]{1,5})(?:\s*-\s*([0-9]{1,5}))?\s*")


@dataclass(frozen=True, order=True)
class PortRange:
    """Ports from `first` to `last`, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def in_words(self) -> str:
        """The ports and the services that usually listen on them, such as ``22 SSH`` and ``1433-1434 SQL Server``."""
        names = dict.fromkeys(name for port, name in NAMES.items() if self.first <= port <= self.last)
        return f"{self} {', '.join(names)}" if 0 < len(names) <= MOST_NAMES else str(self)

    def overlaps(self, other: "PortRange") -> bool:
        return self.first <= other.last and other.first <= self.last

    def covers(self, other: "PortRange") -> bool:
        return self.first <= other.first and other.last <= self.last


EVERY_PORT = PortRange(0, LAST_PORT)


def merged(ranges: Iterable[PortRange]) -> tuple[PortRange, ...]:
    """The same ports in as few ranges as possible, lowest first."""
    found: list[PortRange] = []
    for ports in sorted(ranges):
        if found and ports.first <= found[-1].last + 1:
            found[-1] = PortRange(found[-1].first, max(found[-1].last, ports.last))
        else:
            found.append(ports)
    return tuple(found)


def without(ports: PortRange, taken: Iterable[PortRange]) -> tuple[PortRange, ...]:
    """`ports` without `taken`, lowest first.

    Examples
    --------
    >>> [str(left) for left in without(PortRange(20, 30), [PortRange(22, 22)])]
    ['20-21', '23-30']
    """
    left, first = [], ports.first
    for hole in merged(each for each in taken if each.first <= ports.last and each.last >= ports.first):
        if first < hole.first:
            left.append(PortRange(first, hole.first - 1))
        first = hole.last + 1
    return (*left, PortRange(first, ports.last)) if first <= ports.last else tuple(left)


def ports_from(text: str, field: str) -> tuple[PortRange, ...]:
    """Read a list of ports such as ``22,1433,6000-6063``; an empty string means no ports.

    Raises
    ------
    BadInput
        An item is not a port (0 to 65535) or a range of ports from low to high. The error names `field`.
    """
    if not isinstance(text, str):
        raise BadInput(field, text, "a text")
    if not text.strip():
        return ()
    return merged(_range(item, text, field) for item in text.split(","))


def _range(item: str, text: str, field: str) -> PortRange:
    match = RANGE.fullmatch(item)
    if match:
        ports = PortRange(int(match[1]), int(match[2] or match[1]))
        if ports.first <= ports.last <= LAST_PORT:
            return ports
    raise BadInput(field, text, "ports from 0 to 65535 or ranges of them, such as 22,6000-6063")
