"""Changes that somebody makes to a bucket between our reading and our put, which replaces all settings, survive."""

import json
from typing import Any

from tests.answers import answered, policy_status, refusal
from tests.handlers.pipeline import evaluate_s3_bucket

from .buckets import BUCKET, make, state
from .conftest import SETTINGS, Account
from .events import bucket_change
from .intruder import once
from .pipeline import remediated
from .test_bucket_fixes import EVERYONE_READS, OPEN, OWNER, PARTNER, block_of, case

LOGS = {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}, "Permission": "WRITE"}


def outcome_of(account: Account, some: dict[str, Any], fix: str, moment: str, change: Any) -> str:
    """The outcome if somebody makes `change` at a `moment` of the fix."""
    owner = make(account, some)
    evaluate_s3_bucket(bucket_change(BUCKET, some, {"bucketFix": fix}, owner), None)
    with policy_status(is_public=True), once(moment, lambda: change(owner)):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert account.waiting(SETTINGS.remediation_queue) == 0
    return str(outcome["status"])


def test_a_grant_added_just_before_the_acl_is_put_survives(account: Account) -> None:
    def deliver_logs(owner: str) -> None:
        policy = {"Grants": [OWNER, EVERYONE_READS, LOGS], "Owner": {"ID": owner}}
        account.s3.put_bucket_acl(Bucket=BUCKET, AccessControlPolicy=policy)

    assert outcome_of(account, case(acl=True), "surgical", "after-call.s3.GetBucketAcl", deliver_logs) == "fixed"
    assert [grant["Grantee"].get("URI") for grant in state(account)[1]] == [None, LOGS["Grantee"]["URI"]]


def test_a_setting_turned_on_just_before_the_block_is_put_stays_on(account: Account) -> None:
    def refuse_acls(_owner: str) -> None:
        account.s3.put_public_access_block(
            Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": True}
        )

    assert outcome_of(account, case(OPEN), "block", "after-call.s3.GetPublicAccessBlock", refuse_acls) == "fixed"
    assert block_of(account) == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }


def test_a_policy_fixed_by_somebody_else_before_s3_gives_its_policy_status_is_superseded(account: Account) -> None:
    owner = make(account, case(OPEN, PARTNER))
    evaluate_s3_bucket(bucket_change(BUCKET, case(OPEN, PARTNER), {}, owner), None)
    harmless = json.dumps({"Version": "2012-10-17", "Statement": [PARTNER]})
    with (
        policy_status(is_public=False),
        once("after-call.s3.GetBucketPolicy", lambda: account.s3.put_bucket_policy(Bucket=BUCKET, Policy=harmless)),
    ):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert (outcome["status"], outcome["reason"]) == ("superseded", "")
    assert state(account)[0] == [PARTNER]


def test_acls_disabled_just_before_the_acl_is_put_leave_nothing_to_do(account: Account) -> None:
    def disable(_owner: str) -> None:
        account.s3.put_bucket_ownership_controls(
            Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        )

    with answered("s3", "PutBucketAcl", lambda _: refusal("AccessControlListNotSupported")):
        status = outcome_of(account, case(acl=True), "surgical", "after-call.s3.GetBucketOwnershipControls", disable)
    assert status == "superseded"
