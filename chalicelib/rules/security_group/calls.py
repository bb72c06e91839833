"""The calls that revoke and authorize security group rules."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import batched
from typing import Any

from chalicelib.findings import AwsCall
from chalicelib.resources import IpPermission, SecurityGroup, TaggedRule
from chalicelib.rules.security_group.entries import described_entry, entry
from chalicelib.rules.security_group.exposure import ALL_TRAFFIC

AUTHORIZE, REVOKE = "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"
ENTRIES_PER_CALL = 1000


def revocations(group: SecurityGroup, rules: Iterable[IpPermission]) -> tuple[AwsCall, ...]:
    """Revoke `rules`. Each is named once, as EC2 requires, with the protocol and ports that EC2 has stored."""
    entries = {_stored(rule): entry(rule) for rule in rules}
    return _calls(group, REVOKE, entries.values(), {})


def authorizations(group: SecurityGroup, rules: Iterable[TaggedRule]) -> tuple[AwsCall, ...]:
    """Authorize `rules`, with one call per set of tags, because EC2 gives all rules of a call the same tags."""
    by_tags: dict[tuple[tuple[str, str], ...], list[dict[str, Any]]] = defaultdict(list)
    for rule in rules:
        by_tags[tuple(sorted(rule.tags.items()))].append(described_entry(rule.permission))
    return tuple(
        call for tags, entries in by_tags.items() for call in _calls(group, AUTHORIZE, entries, _specification(tags))
    )


def _calls(
    group: SecurityGroup, action: str, entries: Iterable[dict[str, Any]], more: Mapping[str, Any]
) -> tuple[AwsCall, ...]:
    return tuple(
        AwsCall("ec2", action, {"GroupId": group.group_id, "IpPermissions": list(some), **more})
        for some in batched(entries, ENTRIES_PER_CALL, strict=False)
    )


def _specification(tags: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    if not tags:
        return {}
    listed = [{"Key": key, "Value": value} for key, value in tags]
    return {"TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": listed}]}


def _stored(rule: IpPermission) -> tuple[object, ...]:
    """The key that a call may name only once."""
    (source,) = rule.sources
    ports = () if rule.protocol == ALL_TRAFFIC else (rule.from_port, rule.to_port)
    return rule.protocol, ports, source.kind, source.value
