import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from chalicelib.exposure.buckets import bucket_exposure
from chalicelib.messages import AwsCall, Violation
from chalicelib.resources import BlockPublicAccess, Bucket
from chalicelib.rules.s3_bucket import S3_BUCKET_RULE as RULE
from tests.exposure.strategies import policies
from tests.rules.aws import applied_to_bucket

PARAMETERS = RULE.parameters({})
OWNER = {"ID": "79a59df9", "DisplayName": "owner"}
OWNERS = {"Grantee": {"Type": "CanonicalUser", **OWNER}, "Permission": "FULL_CONTROL"}
GROUPS = "http://acs.amazonaws.com/groups"
READ, WRITE, LOG = (
    {"Grantee": {"Type": "Group", "URI": f"{GROUPS}/{uri}"}, "Permission": permission}
    for uri, permission in (
        ("global/AllUsers", "READ"),
        ("global/AuthenticatedUsers", "WRITE"),
        ("s3/LogDelivery", "WRITE"),
    )
)
OPEN = {
    "Sid": "PublicRead",
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::b/*",
}
PARTNER = {"Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}


def bucket(*statements: object, grants: tuple[dict[str, object], ...] = ()) -> Bucket:
    policy = {"Version": "2012-10-17", "Id": "shared", "Statement": list(statements)} if statements else None
    return Bucket("111122223333", "eu-west-1", "b", policy, OWNER, grants)


def plan(some: Bucket) -> tuple[AwsCall, ...]:
    return RULE.plan(some, PARAMETERS).calls


def test_the_rule_takes_no_parameter() -> None:
    with pytest.raises(BadInput, match=r"ruleParameters\.prohibitedPorts"):
        RULE.parameters({"prohibitedPorts": "22"})


def test_a_bucket_without_policy_and_acl_is_compliant() -> None:
    assert RULE.violations(bucket(), PARAMETERS) == ()
    assert plan(bucket()) == ()
    assert RULE.lines(bucket()) == ()


def test_a_public_policy_and_a_public_acl_are_two_violations() -> None:
    some = bucket(PARTNER, OPEN, grants=(OWNERS, READ))
    assert RULE.violations(some, PARAMETERS) == (
        Violation(
            "S3_BUCKET_PUBLIC_POLICY",
            {
                "reason": 'policy statement "PublicRead": Principal admits everyone',
                "statements": [{"sid": "PublicRead", "index": 1, "reason": "Principal admits everyone"}],
            },
        ),
        Violation("S3_BUCKET_PUBLIC_ACL", {"reason": "the ACL grants READ to AllUsers", "grants": [READ]}),
    )


def test_the_public_statement_goes_and_the_rest_of_the_policy_stays() -> None:
    [call] = plan(bucket(PARTNER, OPEN))
    assert (call.service, call.action) == ("s3", "PutBucketPolicy")
    assert call.parameters["Bucket"] == "b"
    assert call.parameters["ExpectedBucketOwner"] == "111122223333"
    assert json.loads(call.parameters["Policy"]) == {"Version": "2012-10-17", "Id": "shared", "Statement": [PARTNER]}


def test_a_policy_with_nothing_left_is_deleted() -> None:
    assert plan(bucket(OPEN, {**OPEN, "Principal": {"AWS": "*"}})) == (
        AwsCall("s3", "DeleteBucketPolicy", {"Bucket": "b", "ExpectedBucketOwner": "111122223333"}),
    )


def test_all_group_grants_leave_the_acl_in_one_call_and_the_others_stay() -> None:
    assert plan(bucket(grants=(OWNERS, READ, WRITE, LOG))) == (
        AwsCall(
            "s3",
            "PutBucketAcl",
            {
                "Bucket": "b",
                "ExpectedBucketOwner": "111122223333",
                "AccessControlPolicy": {"Grants": [OWNERS, LOG], "Owner": OWNER},
            },
        ),
    )


def test_a_public_policy_that_is_restricted_is_left_alone() -> None:
    restricted = replace(bucket(OPEN), account_block=BlockPublicAccess(restrict_public_buckets=True))
    assert RULE.violations(restricted, PARAMETERS) == ()
    assert plan(restricted) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"bucket_block": BlockPublicAccess(ignore_public_acls=True)},
        {"account_block": BlockPublicAccess(ignore_public_acls=True)},
        {"object_ownership": "BucketOwnerEnforced"},
    ],
)
def test_an_acl_without_effect_is_left_alone_while_the_policy_is_fixed(change: dict[str, object]) -> None:
    assert [call.action for call in plan(replace(bucket(OPEN, grants=(READ,)), **change))] == ["DeleteBucketPolicy"]


def test_what_a_rule_says_travels_as_json() -> None:
    some = bucket(PARTNER, OPEN, grants=(OWNERS, READ))
    said = [*RULE.violations(some, PARAMETERS), *plan(some)]
    assert [each.from_json(json.loads(json.dumps(each.to_json())), "message") for each in said] == said


def test_every_type_of_violation_is_declared() -> None:
    found = RULE.violations(bucket(OPEN, grants=(READ,)), PARAMETERS)
    assert {violation.violation_type for violation in found} == RULE.violation_types


def test_a_line_per_statement_and_per_grant() -> None:
    assert RULE.lines(bucket(PARTNER, grants=(OWNERS, READ))) == (
        '{"Action":"s3:*","Effect":"Allow","Principal":{"AWS":"210987654321"},"Resource":"arn:aws:s3:::b/*"}',
        "FULL_CONTROL to 79a59df9",
        "READ to AllUsers",
    )


def test_judging_changes_nothing_about_the_bucket() -> None:
    some = bucket({**OPEN, "Principal": {"AWS": ["*", "210987654321"]}}, grants=(OWNERS, READ))
    before = json.dumps([some.policy, some.grants])
    RULE.violations(some, PARAMETERS)
    plan(some)
    assert json.dumps([some.policy, some.grants]) == before


@given(policies(), st.lists(st.sampled_from((OWNERS, READ, WRITE, LOG)), unique_by=str))
def test_a_fix_removes_every_exposure_and_fixing_twice_changes_nothing(
    policy: dict[str, object], grants: list[dict[str, object]]
) -> None:
    some = replace(bucket(), policy=policy, grants=tuple(grants))
    fixed = applied_to_bucket(some, plan(some))
    assert not bucket_exposure(fixed).is_public
    assert plan(fixed) == ()
    assert fixed.grants == tuple(grant for grant in grants if grant in (OWNERS, LOG))
