"""Changes of others that our put has overwritten, from CloudTrail's events of the bucket."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.findings import AwsCall
from chalicelib.investigation.inquiry import OwnPut
from chalicelib.investigation.overwritten import Overwritten, content, overwritten, own_puts, saw
from chalicelib.journal.record import Answer, Attempt
from chalicelib.resources import BlockPublicAccess, Bucket

from .trail import ACCOUNT, BUCKET, REGION, event, read, session

OURS = "dd-aws-dev-remediate_s3_bucket"
READ_AT, PUT_AT = "2026-11-05T03:10:00+00:00", "2026-11-05T03:10:04+00:00"
PUBLIC = {"Sid": "Public", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
PARTNER = {**PUBLIC, "Sid": "Partner", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
THEIRS = {**PARTNER, "Sid": "Theirs", "Action": "s3:ListBucket"}
SEEN = Bucket(ACCOUNT, REGION, BUCKET, policy={"Version": "2012-10-17", "Statement": [PUBLIC, PARTNER]})


def put(action: str = "PutBucketPolicy", seen: Bucket = SEEN) -> OwnPut:
    return OwnPut(action, READ_AT, PUT_AT, saw(AwsCall("s3", action, {}), seen))


def policy_put(second: int, *statements: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    parameters = {"bucketName": BUCKET, "bucketPolicy": policy}
    return event("PutBucketPolicy", parameters, **{"eventTime": f"2026-11-05T03:10:{second:02}Z", **changed})


def ours(second: int = 3, name: str = "PutBucketPolicy") -> dict[str, Any]:
    return event(name, {}, eventTime=f"2026-11-05T03:10:{second:02}Z", userIdentity=session(OURS))


def found(*events: dict[str, Any], by: OwnPut | None = None) -> Overwritten | None:
    latest_first = sorted(map(read, events), key=lambda each: each.at, reverse=True)
    return overwritten(by or put(), latest_first, ACCOUNT, frozenset({OURS}))


def test_a_policy_that_somebody_put_between_our_reading_and_our_put_is_lost() -> None:
    lost = found(policy_put(1, PUBLIC, THEIRS), ours(3))
    assert lost
    assert lost.is_certain
    assert [json.loads(line)["Sid"] for line in content(lost.event)] == ["Public", "Theirs"]


def test_a_policy_that_somebody_put_after_ours_is_not_lost() -> None:
    assert found(ours(1), policy_put(3, THEIRS)) is None


def test_a_policy_that_we_had_read_is_not_lost_however_it_is_written() -> None:
    assert found(policy_put(0, {**PUBLIC, "Action": ["s3:GetObject"]}, PARTNER), ours(3)) is None


def test_of_two_only_the_last_was_overwritten_by_us() -> None:
    lost = found(policy_put(1, THEIRS), policy_put(2, PARTNER), ours(3))
    assert lost
    assert [json.loads(line)["Sid"] for line in content(lost.event)] == ["Partner"]


@pytest.mark.parametrize("second", [0, 3])
def test_what_was_in_the_same_second_as_our_reading_or_our_put_is_told_as_no_more_than_that(second: int) -> None:
    lost = found(policy_put(second, THEIRS), ours(3))
    assert lost
    assert not lost.is_certain


def test_what_cloudtrail_has_before_it_has_our_own_put_is_told_as_no_more_than_that() -> None:
    lost = found(policy_put(1, THEIRS))
    assert lost
    assert not lost.is_certain


def test_what_came_long_before_our_reading_or_failed_or_was_ours_is_not_lost() -> None:
    before = policy_put(1, THEIRS, eventTime="2026-11-05T03:09:50Z")
    refused = policy_put(1, THEIRS, errorCode="AccessDenied")
    other = policy_put(1, THEIRS, userIdentity=session(OURS))
    assert found(before, refused, other, ours(3)) is None


def test_a_role_of_that_name_in_another_account_is_somebody_else() -> None:
    assert found(policy_put(1, THEIRS, userIdentity=session(OURS, account="999999999999")), ours(3))


def test_a_policy_that_somebody_deleted_meanwhile_and_we_put_again_is_told() -> None:
    lost = found(event("DeleteBucketPolicy", {}, eventTime="2026-11-05T03:10:01Z"), ours(3))
    assert lost
    assert content(lost.event) == ("nothing: DeleteBucketPolicy",)


EVERYBODY = {
    "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
    "Permission": "READ",
}
PARTNERS = {"Grantee": {"Type": "CanonicalUser", "ID": "79a59df9"}, "Permission": "READ"}


def acl_put(*grants: Mapping[str, Any]) -> dict[str, Any]:
    parameters = {"AccessControlPolicy": {"AccessControlList": {"Grant": list(grants)}}}
    return event("PutBucketAcl", parameters, eventTime="2026-11-05T03:10:01Z")


def test_an_acl_is_compared_by_its_grants() -> None:
    ours_put = put("PutBucketAcl", replace(SEEN, grants=(EVERYBODY,)))
    own = ours(3, "PutBucketAcl")
    assert found(acl_put(EVERYBODY), own, by=ours_put) is None
    lost = found(acl_put(EVERYBODY, PARTNERS), own, by=ours_put)
    assert lost
    assert content(lost.event) == ("READ to AllUsers", "READ to 79a59df9")


def test_block_public_access_is_compared_by_its_settings() -> None:
    ours_put = put("PutPublicAccessBlock", replace(SEEN, bucket_block=BlockPublicAccess(block_public_acls=True)))
    own = ours(3, "PutBucketPublicAccessBlock")

    def block_put(**settings: bool) -> dict[str, Any]:
        parameters = {"PublicAccessBlockConfiguration": settings}
        return event("PutBucketPublicAccessBlock", parameters, eventTime="2026-11-05T03:10:01Z")

    assert found(block_put(BlockPublicAcls=True, IgnorePublicAcls=False), own, by=ours_put) is None
    assert found(block_put(BlockPublicPolicy=True), own, by=ours_put)
    assert found(event("DeleteBucketPublicAccessBlock", {}, eventTime="2026-11-05T03:10:01Z"), own, by=ours_put)


def test_a_change_of_something_else_of_the_bucket_is_not_lost() -> None:
    assert found(acl_put(PARTNERS), event("PutBucketOwnershipControls", {}, eventTime=READ_AT), ours(3)) is None


def test_the_puts_of_a_remediation_are_those_that_were_made_or_may_have_been() -> None:
    call = AwsCall("s3", "PutBucketPolicy", {})
    attempts = [
        Attempt(number, call, SEEN, READ_AT, answer, PUT_AT if answer is not Answer.UNKNOWN else "")
        for number, answer in enumerate(Answer)
    ]
    assert [(each.read_at, each.put_at) for each in own_puts(attempts)] == [(READ_AT, READ_AT), (READ_AT, PUT_AT)]
