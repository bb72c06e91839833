from dataclasses import replace

import pytest

from chalicelib.resources import BlockPublicAccess, Bucket
from chalicelib.rules.s3_bucket.exposure import bucket_exposure

ALL_USERS = {
    "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
    "Permission": "READ",
}
OPEN = Bucket(
    account_id="111122223333",
    region="eu-west-1",
    name="example-bucket",
    policy={"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}},
    grants=(ALL_USERS,),
)
RESTRICT = BlockPublicAccess(restrict_public_buckets=True)
IGNORE = BlockPublicAccess(ignore_public_acls=True)


def effective(bucket: Bucket) -> tuple[bool, bool]:
    """Whether the policy, and the ACL, make the bucket public in effect."""
    exposure = bucket_exposure(bucket)
    return bool(exposure.effective_statements), bool(exposure.effective_grants)


def test_without_a_block_policy_and_acl_are_both_in_effect() -> None:
    assert effective(OPEN) == (True, True)


@pytest.mark.parametrize("level", ["bucket_block", "account_block"])
def test_each_setting_counts_at_either_level(level: str) -> None:
    assert effective(replace(OPEN, **{level: RESTRICT})) == (False, True)
    assert effective(replace(OPEN, **{level: IGNORE})) == (True, False)


def test_settings_at_two_levels_add_up() -> None:
    covered = replace(OPEN, bucket_block=IGNORE, account_block=RESTRICT)
    assert effective(covered) == (False, False)
    assert not bucket_exposure(covered).is_public


def test_the_two_block_settings_do_not_touch_what_is_there() -> None:
    block = BlockPublicAccess(block_public_acls=True, block_public_policy=True)
    assert effective(replace(OPEN, bucket_block=block, account_block=block)) == (True, True)


def test_disabled_acls_are_no_exposure() -> None:
    assert effective(replace(OPEN, object_ownership="BucketOwnerEnforced")) == (True, False)


@pytest.mark.parametrize("ownership", [None, "BucketOwnerPreferred", "ObjectWriter"])
def test_acls_count_under_any_other_ownership(ownership: str | None) -> None:
    assert effective(replace(OPEN, object_ownership=ownership)) == (True, True)


def test_what_only_a_setting_suspends_is_latent() -> None:
    assert bucket_exposure(OPEN).latent == ()
    assert bucket_exposure(replace(OPEN, bucket_block=RESTRICT, object_ownership="BucketOwnerEnforced")).latent == (
        "policy statement 1 is suspended only by RestrictPublicBuckets",
        "ACL grant READ to AllUsers is suspended only by BucketOwnerEnforced",
    )
    assert bucket_exposure(replace(OPEN, policy=None, grants=(), account_block=IGNORE)).latent == ()
