"""Security groups: one model of AWS Config's item and EC2's response."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.aws.shapes import listing, mapping, text
from chalicelib.errors import BadInput
from chalicelib.resources import IpPermission, SecurityGroup, Source, SourceKind, TaggedRule

_SOURCES: tuple[tuple[str, str, SourceKind], ...] = (
    ("ipv4Ranges", "cidrIp", "ipv4"),
    ("ipRanges", "cidrIp", "ipv4"),
    ("ipv6Ranges", "cidrIpv6", "ipv6"),
    ("prefixListIds", "prefixListId", "prefix_list"),
    ("userIdGroupPairs", "groupId", "group"),
)
"""Where sources are: the list, the key in an entry, the kind. AWS Config repeats `ipv4Ranges` as bare `ipRanges`."""


def security_group(raw: object, account_id: str, region: str, where: str) -> SecurityGroup:
    """A security group as EC2 or AWS Config describes it; BadInput names the invalid field."""
    group = mapping(raw, where)
    permissions = listing(group.get("ipPermissions"), f"{where}.ipPermissions")
    return SecurityGroup(
        account_id=account_id,
        region=region,
        group_id=text(group.get("groupId"), f"{where}.groupId"),
        group_name=str(group.get("groupName") or ""),
        ingress=tuple(_permission(item, f"{where}.ipPermissions[{i}]") for i, item in enumerate(permissions)),
        vpc_id=str(group.get("vpcId") or ""),
        tags={str(tag.get("key")): str(tag.get("value")) for tag in _tags(group, where)},
    )


def recorded_group(raw: object, account_id: str, region: str, where: str) -> SecurityGroup:
    """A security group as AWS Config's item shows it; BadInput if the item is invalid or lacks rules or sources.

    AWS Config writes an empty list for a group without rules, and EC2 has no rule without a source.
    """
    group = mapping(raw, where)
    if not isinstance(group.get("ipPermissions"), list):
        raise BadInput(f"{where}.ipPermissions", group.get("ipPermissions"), "a list")
    found = security_group(raw, account_id, region, where)
    for index, permission in enumerate(found.ingress):
        if not permission.sources:
            raise BadInput(f"{where}.ipPermissions[{index}]", None, "a source")
    return found


def tagged_rule(raw: Mapping[str, Any]) -> TaggedRule:
    """A security group rule as DescribeSecurityGroupRules returns it."""
    sources: tuple[tuple[SourceKind, Any], ...] = (
        ("ipv4", raw.get("CidrIpv4")),
        ("ipv6", raw.get("CidrIpv6")),
        ("prefix_list", raw.get("PrefixListId")),
        ("group", raw.get("ReferencedGroupInfo", {}).get("GroupId")),
    )
    [source] = (Source(kind, value, raw.get("Description", "")) for kind, value in sources if value)
    tags = {tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())}
    return TaggedRule(IpPermission(raw["IpProtocol"], raw.get("FromPort"), raw.get("ToPort"), (source,)), tags)


def _permission(raw: object, where: str) -> IpPermission:
    permission = mapping(raw, where)
    protocol = permission.get("ipProtocol")
    if not isinstance(protocol, str | int) or isinstance(protocol, bool) or protocol == "":
        raise BadInput(f"{where}.ipProtocol", protocol, "a protocol's name or number")
    return IpPermission(
        protocol=str(protocol),
        from_port=_port(permission, "fromPort", where),
        to_port=_port(permission, "toPort", where),
        sources=tuple({(s.kind, s.value): s for s in reversed(list(_sources(permission, where)))}.values())[::-1],
    )


def _tags(group: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    return [mapping(tag, f"{where}.tags") for tag in listing(group.get("tags"), f"{where}.tags")]


def _port(permission: Mapping[str, Any], key: str, where: str) -> int | None:
    value = permission.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise BadInput(f"{where}.{key}", value, "a whole number")
    return value


def _sources(permission: Mapping[str, Any], where: str) -> Iterator[Source]:
    for plural, key, kind in _SOURCES:
        for index, item in enumerate(listing(permission.get(plural), f"{where}.{plural}")):
            place = f"{where}.{plural}[{index}]"
            entry = {key: item} if isinstance(item, str) else mapping(item, place)
            value = entry.get(key) or (entry.get("groupName") if kind == "group" else None)
            yield Source(kind, text(value, f"{place}.{key}"), str(entry.get("description") or ""))
