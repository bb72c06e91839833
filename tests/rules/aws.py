"""AWS's side of a plan, on the model: as strict as AWS, so that an invalid plan fails."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from chalicelib.findings import AwsCall
from chalicelib.resources import BlockPublicAccess, Bucket, IpPermission, SecurityGroup, Source
from tests.cases import permission

Key = tuple[object, ...]


def rule_keys(permissions: Iterable[IpPermission]) -> Counter[Key]:
    """A security group rule per source: (protocol, ports unless all traffic, kind, value)."""
    return Counter(_key(some, source) for some in permissions for source in some.sources)


def entries_of(calls: Iterable[AwsCall]) -> list[dict[str, Any]]:
    return [entry for call in calls for entry in call.parameters["IpPermissions"]]


def revoked_by(calls: Iterable[AwsCall]) -> list[dict[str, Any]]:
    return entries_of(call for call in calls if call.action == "RevokeSecurityGroupIngress")


def applied_to_group(group: SecurityGroup, calls: tuple[AwsCall, ...]) -> SecurityGroup:
    """`group` after `calls`, as in a nondefault VPC: an entry that matches no rule is refused."""
    for call in calls:
        assert call.service == "ec2"
        assert set(call.parameters) == {"GroupId", "IpPermissions"}
        assert call.parameters["GroupId"] == group.group_id
        group = GROUP_ACTIONS[call.action](group, call.parameters["IpPermissions"])
    return group


def applied_to_bucket(bucket: Bucket, calls: tuple[AwsCall, ...]) -> Bucket:
    for call in calls:
        assert call.service == "s3"
        rest = dict(call.parameters)
        assert rest.pop("Bucket") == bucket.name
        assert rest.pop("ExpectedBucketOwner") == bucket.account_id
        bucket = BUCKET_ACTIONS[call.action](bucket, **rest)
    return bucket


def _revoked(group: SecurityGroup, entries: list[dict[str, Any]]) -> SecurityGroup:
    asked = Counter(rule_keys(map(permission, entries)))
    assert all("Description" not in item for entry in entries for item in next(reversed(entry.values())))
    assert set(asked.values()) == {1}, "EC2 refuses a call that names the same rule twice"
    assert asked.keys() <= rule_keys(group.ingress).keys(), "InvalidPermission.NotFound"
    left = (
        replace(some, sources=tuple(source for source in some.sources if _key(some, source) not in asked))
        for some in group.ingress
    )
    return replace(group, ingress=tuple(some for some in left if some.sources))


def _authorized(group: SecurityGroup, entries: list[dict[str, Any]]) -> SecurityGroup:
    made = tuple(map(permission, entries))
    assert not rule_keys(made).keys() & rule_keys(group.ingress).keys(), "InvalidPermission.Duplicate"
    return replace(group, ingress=(*group.ingress, *made))


GROUP_ACTIONS = {"AuthorizeSecurityGroupIngress": _authorized, "RevokeSecurityGroupIngress": _revoked}


def _key(some: IpPermission, source: Source) -> Key:
    ports = () if some.protocol == "-1" else (some.from_port, some.to_port)
    return some.protocol, ports, source.kind, source.value


def _put_policy(bucket: Bucket, Policy: str) -> Bucket:  # noqa: N803 (AWS's own name)
    policy = json.loads(Policy)
    assert policy["Statement"], "MalformedPolicy: S3 refuses an empty list of statements"
    assert not re.search(r'"A(ROA|IDA)[A-Z0-9]+"', Policy), "MalformedPolicy: Invalid principal in policy"
    return replace(bucket, policy=policy)


def _delete_policy(bucket: Bucket) -> Bucket:
    assert bucket.policy is not None
    return replace(bucket, policy=None)


def _put_acl(bucket: Bucket, AccessControlPolicy: dict[str, Any]) -> Bucket:  # noqa: N803 (AWS's own name)
    assert bucket.object_ownership != "BucketOwnerEnforced", "AccessControlListNotSupported"
    assert AccessControlPolicy["Owner"] == bucket.owner, "MalformedACLError"
    return replace(bucket, grants=tuple(AccessControlPolicy["Grants"]))


def _put_block(bucket: Bucket, PublicAccessBlockConfiguration: dict[str, bool]) -> Bucket:  # noqa: N803 (AWS's own name)
    is_on = PublicAccessBlockConfiguration.get
    block = BlockPublicAccess(
        block_public_acls=is_on("BlockPublicAcls", False),
        ignore_public_acls=is_on("IgnorePublicAcls", False),
        block_public_policy=is_on("BlockPublicPolicy", False),
        restrict_public_buckets=is_on("RestrictPublicBuckets", False),
    )
    return replace(bucket, bucket_block=block)


BUCKET_ACTIONS = {
    "PutBucketPolicy": _put_policy,
    "DeleteBucketPolicy": _delete_policy,
    "PutBucketAcl": _put_acl,
    "PutPublicAccessBlock": _put_block,
}
