"""S3's responses about a bucket, and our calls, each with ExpectedBucketOwner."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.errors import AwsRefused, DdAwsError, NotDone, Superseded
from chalicelib.findings import AwsCall
from chalicelib.resources import S3_BUCKET, BlockPublicAccess, Bucket, Fact
from chalicelib.rules import live
from tests.answers import ACCOUNT, REGION, answered, calls, policy_status, refusal

BUCKET = "example-bucket"
S3 = boto3.client("s3", region_name=REGION)
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
STATUS = frozenset({Fact.POLICY_STATUS})
POLICY, ACL, BLOCK = "PutBucketPolicy", "PutBucketAcl", "PutPublicAccessBlock"


@pytest.fixture(autouse=True)
def _account() -> Iterator[None]:
    with mock_aws():
        S3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield


def put_policy(*statements: object) -> None:
    S3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))


def put_block(**flags: bool) -> None:
    S3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=flags)


def read() -> Bucket:
    found = live.reader(S3_BUCKET, ACCOUNT, REGION).get(BUCKET)
    assert isinstance(found, Bucket)
    return found


def status_of(bucket: Bucket) -> bool | None:
    told = live.with_facts(bucket, STATUS)
    assert isinstance(told, Bucket)
    return told.policy_status


def demand_unchanged(action: str, seen: Bucket) -> None:
    live.demand_unchanged(AwsCall("s3", action, {}), seen)


def test_a_bare_bucket_has_no_policy_and_no_block() -> None:
    bucket = read()
    assert (bucket.policy, bucket.bucket_block) == (None, BlockPublicAccess())
    assert [grant["Permission"] for grant in bucket.grants] == ["FULL_CONTROL"]
    assert bucket.owner
    assert (bucket.account_block, bucket.object_ownership, bucket.policy_status) == (None, None, None)


def test_a_bucket_that_is_gone_is_none() -> None:
    assert live.reader(S3_BUCKET, ACCOUNT, REGION).get("no-such-bucket") is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"PolicyStatus": {"IsPublic": True}}, True),
        ({"PolicyStatus": {"IsPublic": False}}, False),
        ({"PolicyStatus": {}}, None),
        ({}, None),
        (refusal("NoSuchBucketPolicy"), None),
    ],
)
def test_s3_may_give_its_own_verdict_on_the_policy_or_none(answer: dict[str, Any], expected: bool | None) -> None:
    put_policy(OPEN)
    with answered("s3", "GetBucketPolicyStatus", lambda _: answer):
        assert status_of(read()) is expected


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", AwsRefused),
        ("MethodNotAllowed", AwsRefused),
        ("SlowDown", NotDone),
        ("InternalError", NotDone),
    ],
)
def test_a_verdict_that_cannot_be_read_is_no_verdict(code: str, kind: type[DdAwsError]) -> None:
    put_policy(OPEN)
    bucket = read()
    with (
        answered("s3", "GetBucketPolicyStatus", lambda _: refusal(code)),
        pytest.raises(kind, match=f"bucket example-bucket: .*{code}"),
    ):
        status_of(bucket)


def test_a_verdict_on_another_policy_than_the_one_that_was_read_supersedes_it() -> None:
    put_policy(OPEN)
    bucket = read()
    put_policy({**OPEN, "Principal": {"AWS": "123456789012"}})
    with policy_status(is_public=False), pytest.raises(Superseded, match="the policy of example-bucket has changed"):
        status_of(bucket)


def test_no_object_ownership_leaves_acls_in_effect() -> None:
    told = live.with_facts(read(), frozenset({Fact.OBJECT_OWNERSHIP, Fact.ACCOUNT_BLOCK}))
    assert isinstance(told, Bucket)
    assert (told.object_ownership, told.account_block) == ("ObjectWriter", BlockPublicAccess())


@pytest.mark.parametrize("action", [POLICY, "DeleteBucketPolicy", ACL, BLOCK])
def test_what_is_as_it_was_may_be_overwritten(action: str) -> None:
    put_policy(OPEN)
    put_block(BlockPublicAcls=True)
    demand_unchanged(action, read())


def test_a_policy_that_has_changed_or_gone_is_not_overwritten() -> None:
    put_policy(OPEN)
    seen = read()
    put_policy(OPEN, OPEN)
    for action in (POLICY, "DeleteBucketPolicy"):
        with pytest.raises(Superseded, match=action):
            demand_unchanged(action, seen)
    S3.delete_bucket_policy(Bucket=BUCKET)
    with pytest.raises(Superseded):
        demand_unchanged(POLICY, seen)
    demand_unchanged(ACL, seen)


def test_an_acl_that_has_changed_is_not_overwritten() -> None:
    S3.put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    seen = read()
    S3.put_bucket_acl(Bucket=BUCKET, ACL="authenticated-read")
    with pytest.raises(Superseded, match=ACL):
        demand_unchanged(ACL, seen)
    demand_unchanged(BLOCK, seen)


def test_a_block_that_has_changed_or_gone_is_not_overwritten() -> None:
    put_block(BlockPublicAcls=True)
    seen = read()
    put_block(BlockPublicAcls=True, BlockPublicPolicy=True)
    with pytest.raises(Superseded, match=BLOCK):
        demand_unchanged(BLOCK, seen)
    S3.delete_public_access_block(Bucket=BUCKET)
    with pytest.raises(Superseded):
        demand_unchanged(BLOCK, seen)


@pytest.mark.parametrize("action", [POLICY, ACL, BLOCK])
def test_a_bucket_that_has_gone_is_not_overwritten(action: str) -> None:
    put_policy(OPEN)
    put_block(BlockPublicAcls=True)
    seen = read()
    S3.delete_bucket_policy(Bucket=BUCKET)
    S3.delete_bucket(Bucket=BUCKET)
    with pytest.raises((Superseded, NotDone), match=r"changed|there is no bucket"):
        demand_unchanged(action, seen)


def test_every_call_names_the_account_that_is_expected_to_own_the_bucket() -> None:
    put_policy(OPEN)
    with calls("s3", "s3control") as made:
        bucket = live.with_facts(read(), frozenset(Fact) & {Fact.ACCOUNT_BLOCK, Fact.OBJECT_OWNERSHIP, *STATUS})
        for action in (POLICY, ACL, BLOCK):
            demand_unchanged(action, replace(bucket))
    owners = {(name, given.get("ExpectedBucketOwner") or given.get("AccountId")) for name, given in made}
    assert {name for name, _ in owners} == {
        "GetBucketAcl",
        "GetBucketPolicy",
        "GetBucketPolicyStatus",
        "GetBucketOwnershipControls",
        "GetPublicAccessBlock",
    }
    assert {owner for _, owner in owners} == {ACCOUNT}


TAGS = frozenset({Fact.TAGS})


def test_tags_are_read_where_they_are_asked_for_and_a_bucket_without_tags_has_none() -> None:
    assert read().tags is None
    assert live.with_facts(read(), TAGS).tags == {}
    S3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "dd-aws:exempt-until", "Value": "2027-01-31"}]})
    assert live.with_facts(read(), TAGS).tags == {"dd-aws:exempt-until": "2027-01-31"}


def test_tags_that_cannot_be_read_leave_open_what_is_exempt() -> None:
    with answered("s3", "GetBucketTagging", lambda _: refusal("AccessDenied")), pytest.raises(AwsRefused):
        live.with_facts(read(), TAGS)
