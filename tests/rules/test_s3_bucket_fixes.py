"""The two ways to close a bucket, and the obstacles."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.exposure.deleted_principals import rest_of
from chalicelib.exposure.policies import statements_of
from chalicelib.resources import BlockPublicAccess, Bucket
from chalicelib.rules import Plan
from chalicelib.rules.s3_bucket.exposure import bucket_exposure
from chalicelib.rules.s3_bucket.rule import S3_BUCKET_RULE as RULE
from tests.exposure.strategies import policies
from tests.rules.aws import applied_to_bucket
from tests.rules.test_s3_bucket_rule import LOG, OPEN, OWNERS, PARTNER, READ, WRITE, bucket

SURGICAL, BLOCK = (RULE.parameters({"bucketFix": fix}) for fix in ("surgical", "block"))
DELETED = "AROADBQP57FF2AEXAMPLE"
TLS = {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
BLOCKS = st.builds(BlockPublicAccess, *[st.booleans()] * 4)
GRANTS = st.lists(st.sampled_from((OWNERS, READ, WRITE, LOG)), unique_by=str).map(tuple)
BUCKETS = st.builds(
    lambda policy, grants, own, accounts: replace(
        bucket(), policy=policy, grants=grants, bucket_block=own, account_block=accounts
    ),
    policies(),
    GRANTS,
    BLOCKS,
    st.one_of(st.none(), BLOCKS),
)


def plan(some: Bucket, parameters: Any = SURGICAL) -> Plan:
    return RULE.plan(some, parameters)


def put(some: Bucket, action: str = "PutBucketPolicy") -> Any:
    """The value that the plan's only call puts."""
    [call] = plan(some).calls
    assert call.action == action
    return call.parameters["Policy"]


def flags_put(some: Bucket) -> dict[str, bool]:
    [call] = plan(some, BLOCK).calls
    assert call.action == "PutPublicAccessBlock"
    flags: dict[str, bool] = call.parameters["PublicAccessBlockConfiguration"]
    return flags


def test_what_survives_is_put_byte_for_byte_in_its_order() -> None:
    one = '{"Sid":"Á","Effect":"Allow","Principal":{"AWS":["210987654321"]},"Action":["s3:GetObject"],"Resource":"*"}'
    two = '{"Resource":"arn:aws:s3:::b/ü","Effect":"Deny","Principal":"*","NotAction":"s3:Get*","Sid":"Á"}'
    text = f'{{"Version":"2008-10-17","Statement":[{one},{json.dumps(OPEN)},{two}],"Id":"x"}}'
    some = replace(bucket(), policy=json.loads(text))
    assert put(some) == f'{{"Version":"2008-10-17","Statement":[{one},{two}],"Id":"x"}}'


def test_of_two_statements_with_one_sid_the_public_one_goes() -> None:
    namesake = {**PARTNER, "Sid": "PublicRead"}
    assert json.loads(put(bucket(namesake, OPEN, namesake)))["Statement"] == [namesake, namesake]


@pytest.mark.parametrize(
    ("principal", "left"),
    [
        ({"AWS": ["*", "210987654321"]}, {"AWS": ["210987654321"]}),
        ({"AWS": "210987654321", "Federated": "graph.facebook.com"}, {"AWS": "210987654321"}),
        (
            {
                "Federated": ["accounts.google.com", "arn:aws:iam::1:saml-provider/x"],
                "AWS": "*",
                "CanonicalUser": "79a",
            },
            {"CanonicalUser": "79a"},
        ),
        (
            {"Service": ["s3.amazonaws.com"], "AWS": ["arn:aws:iam::*:root", DELETED]},
            {"Service": ["s3.amazonaws.com"]},
        ),
    ],
)
def test_a_mixed_statement_keeps_its_fixed_principals_and_all_else(principal: object, left: object) -> None:
    mixed = {**OPEN, "Condition": {"Bool": {"aws:SecureTransport": "true"}}, "Principal": principal}
    assert json.loads(put(bucket(mixed)))["Statement"] == [{**mixed, "Principal": left}]


def test_a_principal_that_no_longer_exists_is_dropped_and_shown() -> None:
    partner = {**PARTNER, "Principal": {"AWS": ["210987654321", DELETED]}}
    made = plan(bucket(partner, OPEN))
    assert json.loads(made.calls[0].parameters["Policy"])["Statement"] == [
        {**PARTNER, "Principal": {"AWS": ["210987654321"]}}
    ]
    assert len(made.notes) == 1
    assert DELETED in made.notes[0]
    assert made.obstacles == ()


def test_where_everyone_left_no_longer_exists_the_policy_is_deleted() -> None:
    made = plan(bucket(OPEN, {**PARTNER, "Principal": {"AWS": DELETED}}))
    assert [call.action for call in made.calls] == ["DeleteBucketPolicy"]
    assert DELETED in made.notes[0]


def test_a_deleted_principal_is_no_reason_to_change_a_policy_that_is_not_public() -> None:
    departed = {**PARTNER, "Principal": {"AWS": ["210987654321", DELETED]}}
    assert plan(bucket(departed)) == Plan()
    assert plan(bucket(OPEN)).notes == ()


@pytest.mark.parametrize("parameters", [SURGICAL, BLOCK])
def test_an_exception_for_a_deleted_principal_stops_only_the_surgical_fix(parameters: Any) -> None:
    only_us = {"Sid": "OnlyUs", "Effect": "Deny", "NotPrincipal": {"AWS": DELETED}, "Action": "s3:*", "Resource": "*"}
    made = plan(bucket(OPEN, only_us, grants=(OWNERS, READ)), parameters)
    if parameters is BLOCK:
        assert [call.action for call in made.calls] == ["PutPublicAccessBlock"]
        assert made.obstacles == ()
        return
    assert [call.action for call in made.calls] == ["PutBucketAcl"]
    [obstacle] = made.obstacles
    assert f'NotPrincipal of statement "OnlyUs" names {DELETED}' in obstacle.reason
    assert "bucketFix" in obstacle.next_step


@pytest.mark.parametrize("parameters", [SURGICAL, BLOCK])
def test_a_policy_that_s3_calls_not_public_stays_while_the_acl_is_closed(parameters: Any) -> None:
    some = replace(bucket(OPEN, PARTNER, grants=(OWNERS, READ)), policy_status=False)
    made = plan(some, parameters)
    closed = applied_to_bucket(some, made.calls)
    assert closed.policy == some.policy
    assert not closed.bucket_block.restrict_public_buckets
    assert bucket_exposure(closed).effective_grants == ()
    [obstacle] = made.obstacles
    assert 'statement "PublicRead": Principal admits everyone' in obstacle.reason
    assert "GetBucketPolicyStatus" in obstacle.reason
    assert obstacle.next_step


@pytest.mark.parametrize("status", [True, None])
def test_where_s3_agrees_or_does_not_answer_the_policy_is_fixed(status: bool | None) -> None:
    made = plan(replace(bucket(OPEN), policy_status=status))
    assert [call.action for call in made.calls] == ["DeleteBucketPolicy"]
    assert made.obstacles == ()


def test_s3s_status_of_a_suspended_policy_does_not_matter() -> None:
    some = replace(bucket(OPEN), policy_status=False, bucket_block=BlockPublicAccess(restrict_public_buckets=True))
    assert plan(some) == Plan()


@pytest.mark.parametrize(
    ("some", "turned_on"),
    [
        (bucket(OPEN), {"RestrictPublicBuckets"}),
        (bucket(grants=(READ,)), {"IgnorePublicAcls"}),
        (bucket(OPEN, grants=(READ,)), {"RestrictPublicBuckets", "IgnorePublicAcls"}),
    ],
)
def test_block_turns_on_what_closes_what_is_open_beside_what_is_on(some: Bucket, turned_on: set[str]) -> None:
    on = BlockPublicAccess(block_public_acls=True, block_public_policy=True)
    assert {name for name, is_on in flags_put(some).items() if is_on} == turned_on
    assert flags_put(replace(some, bucket_block=on)) == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": "IgnorePublicAcls" in turned_on,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": "RestrictPublicBuckets" in turned_on,
    }


def test_block_names_what_it_suspends_in_addition_to_the_public() -> None:
    made = plan(bucket(OPEN, {**PARTNER, "Sid": "Partner"}, TLS, grants=(READ,)), BLOCK)
    assert made.notes == (
        "IgnorePublicAcls also makes S3 ignore the public ACLs of the objects in the bucket.",
        'Policy statement "Partner" is suspended for 210987654321: as long as the policy is public, '
        "RestrictPublicBuckets admits only AWS services and account 111122223333.",
    )
    assert plan(bucket(PARTNER, grants=(OWNERS, READ)), BLOCK).notes == made.notes[:1]
    assert plan(bucket(OPEN), BLOCK).notes == ()


def test_an_acl_of_the_public_alone_is_put_empty_and_the_owner_keeps_the_bucket() -> None:
    [call] = plan(bucket(grants=(READ, WRITE))).calls
    assert call.parameters["AccessControlPolicy"]["Grants"] == []
    assert call.parameters["AccessControlPolicy"]["Owner"]["ID"] == "79a59df9"


def test_an_empty_acl_is_left_alone() -> None:
    assert plan(bucket(grants=())) == plan(bucket(grants=()), BLOCK) == Plan()


@given(BUCKETS)
def test_a_surgical_fix_removes_every_exposure_and_nothing_else(some: Bucket) -> None:
    made = plan(some)
    fixed = applied_to_bucket(some, made.calls)
    exposure, is_stuck = bucket_exposure(some), bool(made.obstacles)
    assert bucket_exposure(fixed).is_public == is_stuck
    if exposure.effective_statements and not is_stuck:
        left = rest_of(some.policy or {}).policy
        assert statements_of(fixed.policy) == statements_of(left)
        assert {**(fixed.policy or some.policy or {}), "Statement": 0} == {**(some.policy or {}), "Statement": 0}
    else:
        assert fixed.policy == some.policy
    assert fixed.grants == tuple(g for g in some.grants if g in (OWNERS, LOG) or not exposure.effective_grants)
    assert replace(fixed, policy=some.policy, grants=some.grants) == some


@given(BUCKETS)
def test_blocking_removes_every_exposure_turns_no_setting_off_and_changes_nothing_else(some: Bucket) -> None:
    fixed = applied_to_bucket(some, plan(some, BLOCK).calls)
    assert not bucket_exposure(fixed).is_public
    assert replace(fixed, bucket_block=some.bucket_block) == some
    before, after = (vars(each.bucket_block) for each in (some, fixed))
    assert all(after[name] for name, is_on in before.items() if is_on)
    exposure = bucket_exposure(some)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        *(["restrict_public_buckets"] if exposure.effective_statements else []),
        *(["ignore_public_acls"] if exposure.effective_grants else []),
    }


@given(BUCKETS, st.sampled_from((SURGICAL, BLOCK)), st.sampled_from((SURGICAL, BLOCK)))
def test_fixing_twice_changes_nothing_the_second_time(some: Bucket, one: Any, other: Any) -> None:
    made = plan(some, one)
    fixed = applied_to_bucket(some, made.calls)
    again = other if not made.obstacles else one
    assert plan(fixed, again).calls == ()


@given(BUCKETS)
def test_the_policy_that_is_put_is_never_longer_than_the_one_that_was_read(some: Bucket) -> None:
    for call in plan(some).calls:
        if call.action == "PutBucketPolicy":
            assert len(call.parameters["Policy"]) < len(json.dumps(some.policy, separators=(",", ":")))
