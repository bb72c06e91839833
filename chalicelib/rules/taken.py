"""What a call takes away or overwrites, cut out of the resource as it was seen before the call."""

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
"""What a call on a bucket puts anew, whole, by the fields of the model."""


def lacking(resource: Resource | None) -> frozenset[Fact]:
    """The facts without which what a change takes could not be put back as it was."""
    is_lacking = isinstance(resource, SecurityGroup) and resource.rule_tags is None
    return frozenset({Fact.RULE_TAGS} if is_lacking else ())


def taken(call: AwsCall, seen: Resource, answer: Mapping[str, Any] | None = None) -> Resource:
    """What `call` takes or overwrites of the resource `seen`, and nothing else of it.

    AWS's `answer`, once there is one, may say that some of it was not there to be taken.
    """
    if isinstance(seen, Bucket):
        kept = {name: getattr(seen, name) for name in OVERWRITTEN[call.action]}
        return replace(Bucket(seen.account_id, seen.region, seen.name), **kept)
    unknown = (answer or {}).get("UnknownIpPermissions", ())
    return cut(seen, identities(call) - {identity(rule) for rule in rules_in(unknown)})


def cut(group: SecurityGroup, wanted: set[Identity]) -> SecurityGroup:
    """The group with no inbound rules but the `wanted`, each as a permission of its own, and their tags."""
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
