"""Scopes of exemptions: no broader than a violation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.errors import BadInput
from chalicelib.exposure.acls import PUBLIC_GROUPS
from chalicelib.exposure.networks import IpNetwork, network_of
from chalicelib.exposure.ports import LAST_PORT, PortRange
from chalicelib.json_values import a_text, an_object

PREFIX_LIST_ID = re.compile(r"pl-[0-9a-f]+")
DIGEST = re.compile(r"[0-9a-f]{64}")
PERMISSIONS = ("READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL")
TRANSPORTS = ("tcp", "udp")


@dataclass(frozen=True)
class PortScope:
    """Ports of a protocol, from a network or from a prefix list, whatever the list's entries.

    Attributes
    ----------
    protocol : str
        ``tcp`` or ``udp``.
    source : network or str
        The network, or the prefix list's ID.
    """

    protocol: str
    ports: PortRange
    source: IpNetwork | str

    @property
    def key(self) -> str:
        """A key that is equal for equal scopes."""
        return str(self)

    def __str__(self) -> str:
        return f"{self.protocol} {self.ports} from {self.source}"

    def to_json(self) -> dict[str, Any]:
        key = "prefixListId" if isinstance(self.source, str) else "cidr"
        ports = {"fromPort": self.ports.first, "toPort": self.ports.last}
        return {"protocol": self.protocol, **ports, key: str(self.source)}


@dataclass(frozen=True)
class StatementScope:
    """A statement of a bucket's policy, by its exact meaning (:mod:`chalicelib.exemptions.statements`).

    Attributes
    ----------
    digest : str
        The statement's hash.
    name : str
        The statement's name for people.
    """

    digest: str
    name: str = field(compare=False)

    @property
    def key(self) -> str:
        return self.digest

    def __str__(self) -> str:
        return f"policy {self.name} unchanged (sha256 {self.digest[:12]})"

    def to_json(self) -> dict[str, Any]:
        return {"statementHash": self.digest, "statement": self.name}


@dataclass(frozen=True)
class GrantScope:
    """One permission of one public group (``AllUsers``, ``AuthenticatedUsers``) in a bucket's ACL."""

    grantee: str
    permission: str

    @property
    def key(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"ACL grant {self.permission} to {self.grantee}"

    def to_json(self) -> dict[str, Any]:
        return {"grantee": self.grantee, "permission": self.permission}


@dataclass(frozen=True)
class WholeResource:
    """Any violation of any rule on the resource. Never stored."""

    @property
    def key(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "the whole resource"


StoredScope = PortScope | StatementScope | GrantScope
Scope = StoredScope | WholeResource


def scope_from_json(raw: object, where: str) -> StoredScope:
    """Read a scope; BadInput names the field and the invalid value."""
    data = an_object(raw, where)
    if "statementHash" in data:
        digest = a_text(data, "statementHash", where, DIGEST, "a SHA-256 in 64 hexadecimal digits")
        return StatementScope(digest, a_text(data, "statement", where))
    if "grantee" in data:
        return GrantScope(
            _one_of(data, "grantee", where, tuple(PUBLIC_GROUPS.values())),
            _one_of(data, "permission", where, PERMISSIONS),
        )
    return PortScope(_one_of(data, "protocol", where, TRANSPORTS), _ports(data, where), _source(data, where))


def _one_of(data: Mapping[str, Any], key: str, where: str, known: tuple[str, ...]) -> str:
    value = a_text(data, key, where)
    if value not in known:
        raise BadInput(f"{where}.{key}", value, " or ".join(known))
    return value


def _ports(data: Mapping[str, Any], where: str) -> PortRange:
    first, last = (_port(data, key, where) for key in ("fromPort", "toPort"))
    if last < first:
        raise BadInput(f"{where}.toPort", last, f"a port not below fromPort, {first}")
    return PortRange(first, last)


def _port(data: Mapping[str, Any], key: str, where: str) -> int:
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LAST_PORT:
        raise BadInput(f"{where}.{key}", value, f"a port from 0 to {LAST_PORT}")
    return value


def _source(data: Mapping[str, Any], where: str) -> IpNetwork | str:
    if "prefixListId" in data:
        return a_text(data, "prefixListId", where, PREFIX_LIST_ID, "a prefix list ID, such as pl-63a5400a")
    cidr = a_text(data, "cidr", where)
    try:
        return network_of(cidr)
    except ValueError as error:
        raise BadInput(f"{where}.cidr", cidr, "a CIDR") from error
