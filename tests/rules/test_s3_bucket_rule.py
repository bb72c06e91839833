import json
import re
from dataclasses import replace

import pytest

from chalicelib.errors import BadInput
from chalicelib.exemptions.statements import statement_hash
from chalicelib.findings import AwsCall, Violation
from chalicelib.resources import BlockPublicAccess, Bucket, Fact
from chalicelib.rules.s3_bucket.parameters import NAMES
from chalicelib.rules.s3_bucket.rule import S3_BUCKET_RULE as RULE
from tests.source import PROJECT

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


@pytest.mark.parametrize(("raw", "fix"), [({}, "surgical"), ({"bucketFix": "surgical"}, "surgical")])
def test_a_bucket_is_fixed_surgically_unless_the_rule_says_otherwise(raw: dict[str, str], fix: str) -> None:
    assert RULE.parameters(raw).bucket_fix == fix
    assert RULE.parameters({"bucketFix": "block"}).bucket_fix == "block"


@pytest.mark.parametrize(
    ("name", "value"), [("prohibitedPorts", "22"), ("bucketfix", "block"), ("bucketFix", "Block"), ("bucketFix", "")]
)
def test_any_other_parameter_and_any_other_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        RULE.parameters({name: value})
    assert (refused.value.field, refused.value.value) == (f"ruleParameters.{name}", value)


def test_a_bucket_without_policy_and_acl_is_compliant() -> None:
    assert RULE.violations(bucket(), PARAMETERS) == ()
    assert plan(bucket()) == ()
    assert RULE.lines(bucket(), PARAMETERS) == ()


def test_a_public_policy_and_a_public_acl_are_two_violations() -> None:
    some = bucket(PARTNER, OPEN, grants=(OWNERS, READ))
    assert RULE.violations(some, PARAMETERS) == (
        Violation(
            "S3_BUCKET_PUBLIC_POLICY",
            {
                "reason": 'policy statement "PublicRead": Principal admits everyone',
                "statements": [
                    {
                        "sid": "PublicRead",
                        "index": 1,
                        "reason": "Principal admits everyone",
                        "sha256": statement_hash(OPEN, some.policy or {}),
                    }
                ],
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
    assert RULE.lines(bucket(PARTNER, grants=(OWNERS, READ)), PARAMETERS) == (
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


def test_what_only_a_setting_suspends_is_a_remark_and_no_violation() -> None:
    held = replace(bucket(OPEN, grants=(READ,)), bucket_block=BlockPublicAccess(False, True, False, True))
    assert RULE.violations(held, PARAMETERS) == ()
    assert RULE.lacking(held, PARAMETERS) == frozenset()
    assert RULE.remarks(held, PARAMETERS) == (
        'policy statement "PublicRead" is suspended only by RestrictPublicBuckets',
        "ACL grant READ to AllUsers is suspended only by IgnorePublicAcls",
    )
    assert RULE.remarks(bucket(OPEN, grants=(READ,)), PARAMETERS) == ()


def test_s3_is_asked_for_its_own_verdict_only_where_a_policy_is_public() -> None:
    restricted = replace(bucket(OPEN), bucket_block=BlockPublicAccess(restrict_public_buckets=True))
    assert RULE.lacking_to_fix(bucket(OPEN), PARAMETERS) == {Fact.POLICY_STATUS}
    for some in (bucket(PARTNER), bucket(grants=(READ,)), restricted):
        assert RULE.lacking_to_fix(some, PARAMETERS) == frozenset()
    assert Fact.POLICY_STATUS not in RULE.lacking(bucket(OPEN, grants=(READ,)), PARAMETERS)


def test_what_is_on_of_block_public_access_is_among_the_lines() -> None:
    block = BlockPublicAccess(block_public_acls=True, restrict_public_buckets=True)
    assert RULE.lines(replace(bucket(), bucket_block=block), PARAMETERS) == (
        "Block Public Access: BlockPublicAcls",
        "Block Public Access: RestrictPublicBuckets",
    )


def test_the_settings_page_names_every_parameter() -> None:
    page = (PROJECT / "docs" / "SETTINGS.md").read_text()
    assert re.findall(r"^\| `s3-bucket-public-access` \| `(\w+)` \|", page, re.MULTILINE) == list(NAMES)
