"""The two ways to close a public bucket: remove its public part, or turn on Block Public Access."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.exposure import acls
from chalicelib.exposure.deleted_principals import rest_of
from chalicelib.findings import AwsCall
from chalicelib.resources import BlockPublicAccess, Bucket
from chalicelib.rules.plan import Obstacle, Plan
from chalicelib.rules.s3_bucket.exempt import Offending
from chalicelib.rules.s3_bucket.suspended import suspensions


def surgical(bucket: Bucket, found: Offending) -> Plan:
    """Remove exactly the offending statements and grants from the policy, the ACL, or both."""
    policy = _without_statements(bucket, found) if found.statements else Plan()
    return policy + (_without_grants(bucket, found) if found.grants else Plan())


def block(bucket: Bucket, found: Offending) -> Plan:
    """Turn on the setting that suspends the policy, the ACL, or both; every setting that is on stays on.

    Only the setting that is needed is turned on: RestrictPublicBuckets for the policy, IgnorePublicAcls for the ACL.
    IgnorePublicAcls also affects objects, so it stays off if the bucket's ACL is private. A setting that would also
    suspend what is exempt stays off.
    """
    policy = bool(found.statements) and not found.exempt_statements
    acl = bool(found.grants) and not found.exempt_grants
    obstacles = Plan(obstacles=tuple(_held(found)))
    if not (policy or acl):
        return obstacles
    now = bucket.bucket_block
    then = replace(
        now,
        restrict_public_buckets=now.restrict_public_buckets or policy,
        ignore_public_acls=now.ignore_public_acls or acl,
    )
    call = _call(bucket, "PutPublicAccessBlock", PublicAccessBlockConfiguration=flags(then))
    return Plan((call,), tuple(_side_effects(bucket, policy=policy, acl=acl))) + obstacles


def flags(some: BlockPublicAccess) -> dict[str, bool]:
    """The settings of Block Public Access in S3's names and order: all four, because a put turns off any it omits."""
    return {
        "BlockPublicAcls": some.block_public_acls,
        "IgnorePublicAcls": some.ignore_public_acls,
        "BlockPublicPolicy": some.block_public_policy,
        "RestrictPublicBuckets": some.restrict_public_buckets,
    }


def _without_statements(bucket: Bucket, found: Offending) -> Plan:
    rest = rest_of(bucket.policy or {}, [each.index for each in found.exempt_statements])
    if rest.stuck:
        return Plan(obstacles=(_stuck(rest.stuck),))
    if rest.policy is None:
        return Plan((_call(bucket, "DeleteBucketPolicy"),), rest.dropped)
    return Plan((_call(bucket, "PutBucketPolicy", Policy=_text(rest.policy)),), rest.dropped)


def _without_grants(bucket: Bucket, found: Offending) -> Plan:
    left = [dict(grant) for grant in bucket.grants if grant not in found.grants]
    policy = {"Grants": left, "Owner": dict(bucket.owner or {})}
    return Plan((_call(bucket, "PutBucketAcl", AccessControlPolicy=policy),))


def _text(policy: Mapping[str, Any]) -> str:
    """JSON without spaces and unnecessary escapes, because S3 limits a policy to 20 KB."""
    return json.dumps(policy, separators=(",", ":"), ensure_ascii=False)


def _call(bucket: Bucket, action: str, **parameters: Any) -> AwsCall:
    return AwsCall("s3", action, {"Bucket": bucket.name, "ExpectedBucketOwner": bucket.account_id, **parameters})


def _side_effects(bucket: Bucket, *, policy: bool, acl: bool) -> Iterator[str]:
    if acl:
        yield "IgnorePublicAcls also makes S3 ignore the public ACLs of the objects in the bucket."
    for each in suspensions(bucket.policy or {}, bucket.account_id, (bucket.owner or {}).get("ID")) if policy else ():
        yield (
            f"Policy {each.statement} is suspended for {', '.join(each.principals)}: as long as the policy is public, "
            f"RestrictPublicBuckets admits only AWS services and account {bucket.account_id}."
        )


def _held(found: Offending) -> Iterator[Obstacle]:
    """What stays public because the setting that would suspend it would also suspend what is exempt."""
    if found.statements and found.exempt_statements:
        yield _would_take("RestrictPublicBuckets", f"policy {', '.join(each.name for each in found.exempt_statements)}")
    if found.grants and found.exempt_grants:
        yield _would_take("IgnorePublicAcls", f"ACL grant {', '.join(map(acls.line, found.exempt_grants))}")


def _would_take(setting: str, exempt: str) -> Obstacle:
    return Obstacle(
        f"{setting} stays off: it would also block what is exempt ({exempt}).",
        "Set the rule's bucketFix to surgical, or remove the statements and grants that are not exempt by hand.",
    )


def _stuck(statements: tuple[str, ...]) -> Obstacle:
    return Obstacle(
        f"The policy is not changed: {'; '.join(statements)}. S3 accepts no policy that names principals that no "
        "longer exist, and a person has to decide whom the exception should name instead.",
        "Put the policy without these principals and without its public statements by hand, or set the rule's "
        "bucketFix to block.",
    )
