"""The effect of an event on a public bucket."""

from typing import Any

import pytest

from chalicelib.exposure.event_effect import EventEffect
from chalicelib.findings import Violation
from chalicelib.resources import Bucket
from chalicelib.rules import S3_BUCKET_RULE
from chalicelib.rules.s3_bucket.opened_by import on_bucket
from tests.trust.trail import ACCOUNT, BUCKET, REGION, event, read

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
ANY_ACCOUNT = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
OPEN: dict[str, Any] = {
    "Sid": "Public",
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": f"arn:aws:s3:::{BUCKET}/*",
}
PARTNER = {**OPEN, "Sid": "Partner", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}}
POLICY = {"Version": "2012-10-17", "Statement": [PARTNER, OPEN]}


def violations(**bucket: Any) -> tuple[Violation, ...]:
    """The violations of a bucket by our rule."""
    found = Bucket(ACCOUNT, REGION, BUCKET, **bucket)
    violations: tuple[Violation, ...] = S3_BUCKET_RULE.violations(found, S3_BUCKET_RULE.parameters({}))
    return violations


[BY_POLICY] = violations(policy=POLICY)
[BY_ACL] = violations(grants=({"Grantee": {"Type": "Group", "URI": EVERYBODY}, "Permission": "READ"},))


def named(**parameters: Any) -> dict[str, Any]:
    return {"bucketName": BUCKET, "Host": f"{BUCKET}.s3.{REGION}.amazonaws.com", **parameters}


def policy_put(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    document = {"Version": version, "Statement": list(statements)}
    return event("PutBucketPolicy", named(bucketPolicy=document, policy=""))


def acl_put(*grants: tuple[str, str]) -> dict[str, Any]:
    written = [
        {
            "Grantee": {"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsi:type": "Group", "URI": uri},
            "Permission": permission,
        }
        for uri, permission in grants
    ]
    acl = {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "AccessControlList": {"Grant": written}}
    return event("PutBucketAcl", named(AccessControlPolicy=acl, acl=""))


def block_put(*on: str) -> dict[str, Any]:
    flags = ("RestrictPublicBuckets", "BlockPublicPolicy", "BlockPublicAcls", "IgnorePublicAcls")
    block = {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", **{flag: flag in on for flag in flags}}
    return event("PutBucketPublicAccessBlock", named(PublicAccessBlockConfiguration=block, publicAccessBlock=""))


def ownership_put(value: str) -> dict[str, Any]:
    controls = {"Rule": {"ObjectOwnership": value}}
    return event("PutBucketOwnershipControls", named(OwnershipControls=controls, ownershipControls=""))


def test_the_policy_with_the_offending_statement_opens_the_bucket_whatever_its_spelling() -> None:
    respelt = {**OPEN, "Sid": "Other", "Action": ["s3:GetObject"]}
    assert on_bucket(read(policy_put(PARTNER, OPEN)), BY_POLICY) is EventEffect.OPENS
    assert on_bucket(read(policy_put(respelt)), BY_POLICY) is EventEffect.OPENS


@pytest.mark.parametrize("put", [policy_put(PARTNER), policy_put({**OPEN, "Action": "s3:*"}), policy_put()])
def test_another_policy_has_replaced_whatever_was_opened_before(put: dict[str, Any]) -> None:
    assert on_bucket(read(put), BY_POLICY) is EventEffect.REPLACES


def test_a_policy_in_another_version_says_something_else() -> None:
    assert on_bucket(read(policy_put(OPEN, version="2008-10-17")), BY_POLICY) is EventEffect.REPLACES


@pytest.mark.parametrize(
    "raw",
    [
        acl_put((EVERYBODY, "READ")),
        acl_put((ANY_ACCOUNT, "READ"), (EVERYBODY, "READ")),
        event("PutBucketAcl", named(**{"x-amz-acl": ["public-read"]})),
        event("PutBucketAcl", named(**{"x-amz-acl": "public-read-write"})),
        event("PutBucketAcl", named(**{"x-amz-grant-read": f'id="1", uri="{EVERYBODY}"'})),
        event("CreateBucket", named(**{"x-amz-acl": "public-read"})),
        event("DeleteBucketPublicAccessBlock", named(publicAccessBlock="")),
        block_put("RestrictPublicBuckets", "BlockPublicAcls"),
        ownership_put("ObjectWriter"),
        event("DeleteBucketOwnershipControls", named(ownershipControls="")),
    ],
)
def test_each_way_to_open_a_bucket_by_its_acl_is_known(raw: dict[str, Any]) -> None:
    assert on_bucket(read(raw), BY_ACL) is EventEffect.OPENS


@pytest.mark.parametrize(
    "raw",
    [
        acl_put((EVERYBODY, "WRITE")),
        acl_put((ANY_ACCOUNT, "READ")),
        acl_put(),
        event("PutBucketAcl", named(**{"x-amz-acl": ["private"]})),
        event("PutBucketAcl", named(**{"x-amz-acl": ["authenticated-read"]})),
    ],
)
def test_another_acl_has_replaced_whatever_was_opened_before(raw: dict[str, Any]) -> None:
    assert on_bucket(read(raw), BY_ACL) is EventEffect.REPLACES


def test_a_setting_that_holds_it_back_closes_it_and_one_that_does_not_opens_it() -> None:
    assert on_bucket(read(block_put("RestrictPublicBuckets")), BY_POLICY) is EventEffect.CLOSES
    assert on_bucket(read(block_put("IgnorePublicAcls")), BY_POLICY) is EventEffect.OPENS
    assert on_bucket(read(block_put("IgnorePublicAcls")), BY_ACL) is EventEffect.CLOSES
    assert on_bucket(read(ownership_put("BucketOwnerEnforced")), BY_ACL) is EventEffect.CLOSES
    assert on_bucket(read(event("DeleteBucketPolicy", named(policy=""))), BY_POLICY) is EventEffect.CLOSES


def test_to_create_a_private_bucket_opens_nothing_yet() -> None:
    assert on_bucket(read(event("CreateBucket", named())), BY_POLICY) is EventEffect.CHANGES
    assert on_bucket(read(event("CreateBucket", named())), BY_ACL) is EventEffect.CHANGES


@pytest.mark.parametrize("name", ["PutBucketVersioning", "GetBucketAcl", "DeleteBucket", "PutBucketTagging"])
def test_what_opens_nothing_has_nothing_to_do_with_it(name: str) -> None:
    assert on_bucket(read(event(name, named())), BY_POLICY) is None
    assert on_bucket(read(event(name, named())), BY_ACL) is None
