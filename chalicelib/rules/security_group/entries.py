"""Single security group rules, each a permission with one source: as EC2's API takes them, and in words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.exposure.networks import network_of
from chalicelib.resources import IpPermission, SecurityGroup, Source, SourceKind, TaggedRule
from chalicelib.rules.security_group.exposure import ALL_TRAFFIC, Door, transport_of

Identity = tuple[object, ...]

SOURCES: Mapping[SourceKind, tuple[str, str]] = {
    "ipv4": ("IpRanges", "CidrIp"),
    "ipv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefix_list": ("PrefixListIds", "PrefixListId"),
    "group": ("UserIdGroupPairs", "GroupId"),
}
"""Where an IpPermission of EC2's API holds a source: the list, and the key in an entry of the list."""


def rule_of(door: Door) -> IpPermission:
    return replace(door.permission, sources=(door.source,))


def rules_of(group: SecurityGroup) -> Iterator[IpPermission]:
    return (replace(each, sources=(source,)) for each in group.ingress for source in each.sources)


def identity(rule: IpPermission) -> Identity:
    """A key that is equal for two rules if EC2 treats them as one rule, however they are written."""
    (source,) = rule.sources
    ports = () if rule.protocol == ALL_TRAFFIC else (rule.from_port, rule.to_port)
    value = source.value if source.kind in ("prefix_list", "group") else str(network_of(source.value))
    return transport_of(rule) or rule.protocol.lower(), ports, source.kind, value


def entry(rule: IpPermission) -> dict[str, Any]:
    """The rule as a revoke call names it: protocol and ports exactly as stored, the source, and no description."""
    (source,) = rule.sources
    several, key = SOURCES[source.kind]
    ports = {"FromPort": rule.from_port, "ToPort": rule.to_port}
    stored = {name: port for name, port in ports.items() if port is not None}
    return {"IpProtocol": rule.protocol, **stored, several: [{key: source.value}]}


def described_entry(rule: IpPermission) -> dict[str, Any]:
    """The rule as an authorize call names it: with its description."""
    (source,) = rule.sources
    made = entry(rule)
    if source.description:
        made[SOURCES[source.kind][0]][0]["Description"] = source.description
    return made


def rules_in(entries: Iterable[Mapping[str, Any]]) -> Iterator[IpPermission]:
    """The rules that a call, or EC2's response, names as IpPermissions."""
    for each in entries:
        for kind, (several, key) in SOURCES.items():
            for item in each.get(several, ()):
                source = Source(kind, item[key], item.get("Description", ""))
                yield IpPermission(each["IpProtocol"], each.get("FromPort"), each.get("ToPort"), (source,))


def users_tags(rule: TaggedRule) -> dict[str, str]:
    """The tags that users can set: those that begin with ``aws:`` are reserved for AWS."""
    return {key: value for key, value in rule.tags.items() if not key.startswith("aws:")}


def line(rule: IpPermission, whom: str = "") -> str:
    """The rule as text, such as ``tcp 22 from 0.0.0.0/0 "office"``; `whom`, if given, replaces the source."""
    (source,) = rule.sources
    return f"{traffic(rule)} from {whom or source.value}" + (f' "{source.description}"' if source.description else "")


def traffic(permission: IpPermission) -> str:
    """The traffic that a permission admits, such as ``tcp 20-30``."""
    if permission.protocol == ALL_TRAFFIC:
        return "all traffic"
    numbers = [number for number in (permission.from_port, permission.to_port) if number is not None]
    transport = transport_of(permission)
    if transport:
        return f"{transport} {'-'.join(map(str, dict.fromkeys(numbers)))}"
    if permission.protocol.isdecimal():
        return f"protocol {permission.protocol}"
    named = [f"{word} {number}" for word, number in zip(("type", "code"), numbers, strict=False) if number != -1]
    return " ".join((permission.protocol, *named))
