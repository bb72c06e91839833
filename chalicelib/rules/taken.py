"""The part of a resource that a call removes or overwrites, as it was read before the call."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.findings import AwsCall
from chalicelib.resources import Bucket, Fact, IpPermission, Resource, SecurityGroup
from chalicelib.rules.security_group.entries import Identity, identity, rules_in, rules_of

OVERWRITTEN: Mapping[str, tuple[str, ...]] = {
    "PutBucketPolicy": ("policy", "policy_text"),
    "DeleteBucketPolicy": ("policy", "policy_text"),
    "PutBucketAcl": ("grants", "owner"),
    "PutPublicAccessBlock": ("bucket_block",),
}
"""The fields of the model that a call on a bucket overwrites as a whole."""


def lacking(resource: Resource | None) -> frozenset[Fact]:
    """The facts that are needed to restore exactly what a change removes, and that the resource lacks."""
    is_lacking = isinstance(resource, SecurityGroup) and resource.rule_tags is None
    return frozenset({Fact.RULE_TAGS} if is_lacking else ())


def taken(call: AwsCall, seen: Resource, answer: Mapping[str, Any] | None = None) -> Resource:
    """The part of the resource `seen` that `call` removes or overwrites, and nothing else.

    AWS's response (`answer`), once there is one, may say that a part of it did not exist.
    """
    if isinstance(seen, Bucket):
        kept = {name: getattr(seen, name) for name in OVERWRITTEN[call.action]}
        return replace(Bucket(seen.account_id, seen.region, seen.name), **kept)
    unknown = (answer or {}).get("UnknownIpPermissions", ())
    return cut(seen, identities(call) - {identity(rule) for rule in rules_in(unknown)})


def cut(group: SecurityGroup, wanted: set[Identity]) -> SecurityGroup:
    """The group with only the `wanted` inbound rules, each as a permission of its own, and their tags."""
    tags = tuple(each for each in group.rule_tags or () if identity(each.permission) in wanted)
    return SecurityGroup(
        group.account_id,
        group.region,
        group.group_id,
        group.group_name,
        tuple(rule for rule in rules_of(group) if identity(rule) in wanted),
        rule_tags=None if group.rule_tags is None else tags,
    )


def rules(call: AwsCall) -> Iterator[IpPermission]:
    """The rules that a call on a group names."""
    return rules_in(call.parameters.get("IpPermissions", ()))


def identities(call: AwsCall) -> set[Identity]:
    return {identity(rule) for rule in rules(call)}
