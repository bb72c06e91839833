"""The two ways to close a bucket, S3's policy status, and S3's refusals, through both handlers."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from chalicelib.exposure.policies import statements_of
from chalicelib.settings import dead_letter
from chalicelib.wiring import HUB
from tests.answers import answered, calls, policy_status, refusal
from tests.handlers.pipeline import evaluate_s3_bucket

from .buckets import BUCKET, make, state
from .cases import S3_CASES
from .conftest import ACCOUNT, REGION, SETTINGS, Account
from .events import bucket_change, scheduled
from .pipeline import remediated
from .test_buckets import NO_GRANTS

SETTINGS_MATTER = ("acl_grants", "public_access_block", "account_public_access_block", "object_ownership")
PUBLIC = [
    case
    for case in S3_CASES
    if case["expected_public"] and case["id"] not in NO_GRANTS and any(case[key] for key in SETTINGS_MATTER)
]
"""The cases whose result depends on the settings that are turned on."""
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
OPEN = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
PARTNER = {**OPEN, "Sid": "Partner", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
DELETED = "AROADBQP57FF2AEXAMPLE"
EVERYONE_READS = {
    "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
    "Permission": "READ",
}
OWNER = {"Grantee": {"Type": "CanonicalUser", "ID": "79a59df9"}, "Permission": "FULL_CONTROL"}


def case(*statements: Mapping[str, Any], acl: bool = False, block: Mapping[str, bool] | None = None) -> dict[str, Any]:
    return {
        "policy": {"Version": "2012-10-17", "Statement": list(statements)} if statements else None,
        "acl_grants": [OWNER, EVERYONE_READS] if acl else None,
        "public_access_block": block,
        "account_public_access_block": None,
        "object_ownership": None,
    }


def evaluate(account: Account, some: Mapping[str, Any], fix: str = "surgical") -> None:
    owner = make(account, some)
    evaluate_s3_bucket(bucket_change(BUCKET, some, {"bucketFix": fix}, owner), None)


def block_of(account: Account) -> dict[str, bool]:
    answer = account.s3.get_public_access_block(Bucket=BUCKET)
    flags: dict[str, bool] = answer["PublicAccessBlockConfiguration"]
    return flags


@pytest.mark.parametrize("some", PUBLIC, ids=lambda some: some["id"])
def test_block_leaves_policy_and_acl_and_turns_on_what_takes_their_effect(
    some: dict[str, Any], account: Account
) -> None:
    evaluate(account, some, "block")
    before = state(account)
    with policy_status(bool(some["expected_policy_is_public"])):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "fixed"
    assert any("Block Public Access" in line for line in outcome["added"])
    assert outcome["removed"] == []
    assert state(account) == before
    was = some["public_access_block"] or dict.fromkeys(FLAGS, False)
    at_account = some["account_public_access_block"] or dict.fromkeys(FLAGS, False)
    open_policy = some["expected_policy_is_public"] and not at_account["RestrictPublicBuckets"]
    open_acl = (
        some["expected_acl_is_public"]
        and not at_account["IgnorePublicAcls"]
        and some["object_ownership"] != "BucketOwnerEnforced"
    )
    assert block_of(account) == {
        **was,
        "RestrictPublicBuckets": was["RestrictPublicBuckets"] or bool(open_policy),
        "IgnorePublicAcls": was["IgnorePublicAcls"] or bool(open_acl),
    }


def test_block_tells_which_partners_it_keeps_out(account: Account) -> None:
    evaluate(account, case(OPEN, PARTNER), "block")
    [message] = account.bodies(SETTINGS.remediation_queue)
    [note] = message["notes"]
    assert "Partner" in note
    assert "arn:aws:iam::111122223333:root" in note


@pytest.mark.parametrize("fix", ["surgical", "block"])
def test_a_policy_that_s3_calls_not_public_is_not_changed_and_the_difference_is_reported(
    fix: str, account: Account
) -> None:
    evaluate(account, case(OPEN, PARTNER), fix)
    with policy_status(is_public=False):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "failed"
    assert 'This rule finds it public (statement "Open": Principal admits everyone)' in outcome["reason"]
    assert "S3's own status (GetBucketPolicyStatus) says that it is not" in outcome["reason"]
    assert outcome["nextStep"]
    assert state(account)[0] == [OPEN, PARTNER]
    with pytest.raises(account.s3.exceptions.ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        block_of(account)
    assert account.waiting(SETTINGS.remediation_queue) == 0
    assert account.waiting(dead_letter(SETTINGS.work_queue("remediate_s3_bucket"))) == 1


def test_the_acl_beside_a_disputed_policy_is_closed(account: Account) -> None:
    evaluate(account, case(OPEN, acl=True))
    with policy_status(is_public=False):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "partially_fixed"
    assert outcome["removed"] == ["READ to AllUsers"]
    assert "GetBucketPolicyStatus" in outcome["reason"]
    statements, grants = state(account)
    assert statements == [OPEN]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]


def test_where_s3_does_not_answer_the_policy_is_fixed(account: Account) -> None:
    evaluate(account, case(OPEN, PARTNER))
    with policy_status(None):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "fixed"
    assert state(account)[0] == [PARTNER]


def test_if_s3s_status_cannot_be_read_now_nothing_changes_and_it_is_tried_again(account: Account) -> None:
    evaluate(account, case(OPEN, acl=True))
    before = state(account)
    with (
        answered("s3", "GetBucketPolicyStatus", lambda _: refusal("SlowDown")),
        pytest.raises(ExceptionGroup) as unfinished,
    ):
        remediated(account, "remediate_s3_bucket")
    assert "SlowDown" in str(unfinished.value.exceptions[0])
    assert state(account) == before
    assert account.notifications() == []
    assert account.waiting(SETTINGS.remediation_queue) == 1


def refuse_the_departed(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """S3 refuses a policy that names a principal that no longer exists."""
    policy = json.loads(request["body"])
    named = [statement[key] for statement in statements_of(policy) for key in statement if key.endswith("Principal")]
    return refusal("MalformedPolicy", "Invalid principal in policy") if DELETED in json.dumps(named) else None


def test_principals_that_no_longer_exist_are_dropped_and_told(account: Account) -> None:
    account.create_tables()
    departed = {**PARTNER, "Principal": {"AWS": [PARTNER["Principal"]["AWS"], DELETED]}}
    evaluate(account, case(departed, OPEN, {**PARTNER, "Sid": "Gone", "Principal": {"AWS": DELETED}}))
    with policy_status(is_public=True), answered("s3", "PutBucketPolicy", refuse_the_departed):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "fixed"
    assert state(account)[0] == [{**PARTNER, "Principal": {"AWS": [PARTNER["Principal"]["AWS"]]}}]
    assert [DELETED in note for note in outcome["notes"]] == [True, True]


TWICE = {
    "Statement": f'{{"Statement": [{json.dumps(OPEN)}], "Statement": [{json.dumps(PARTNER)}]}}',
    "Principal": f'{{"Statement": [{json.dumps(PARTNER)}, {json.dumps(OPEN)[:-1]}, "Principal": '
    '{"AWS": "111122223333"}}]}',
    "Effect": f'{{"Statement": [{json.dumps(PARTNER)}, {json.dumps(OPEN)[:-1]}, "Effect": "Deny"}}]}}',
}


@pytest.mark.parametrize("text", TWICE.values(), ids=TWICE)
@pytest.mark.parametrize("on_schedule", [True, False])
def test_a_policy_that_is_public_in_one_reading_of_a_repeated_key_is_closed_and_the_partner_stays(
    text: str, on_schedule: bool, account: Account
) -> None:
    owner = make(account, case(PARTNER))
    account.s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    event = bucket_change(BUCKET, case(PARTNER), {}, owner)
    item = json.loads(event["invokingEvent"])
    item["configurationItem"]["supplementaryConfiguration"]["BucketPolicy"] = json.dumps({"policyText": text})
    event["invokingEvent"] = json.dumps(item)
    evaluate_s3_bucket(scheduled({}) if on_schedule else event, None)
    with policy_status(is_public=True):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "fixed"
    assert state(account)[0] == [PARTNER]
    assert "is repeated in an object of the policy" in outcome["notes"][0]


def test_a_policy_that_s3_refuses_for_good_is_not_tried_twice(account: Account) -> None:
    evaluate(account, case(OPEN, PARTNER))
    with policy_status(is_public=True), answered("s3", "PutBucketPolicy", lambda _: refusal("MalformedPolicy")):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "failed"
    assert "MalformedPolicy" in outcome["reason"]
    assert "bucketFix" in outcome["nextStep"]
    assert state(account)[0] == [OPEN, PARTNER]
    assert account.waiting(SETTINGS.remediation_queue) == 0


def test_what_only_the_block_holds_back_is_compliant_and_told_in_the_annotation(account: Account) -> None:
    held = dict.fromkeys(FLAGS, True)
    with calls("config", account_id=HUB) as made:
        evaluate(account, case(OPEN, acl=True, block=held))
    [(_, put)] = [call for call in made if call[0] == "PutEvaluations"]
    [evaluation] = put["Evaluations"]
    assert evaluation["ComplianceType"] == "COMPLIANT"
    assert evaluation["Annotation"] == (
        'policy statement "Open" is suspended only by RestrictPublicBuckets; '
        "ACL grant READ to AllUsers is suspended only by IgnorePublicAcls"
    )
    assert account.waiting(SETTINGS.remediation_queue) == 0


@pytest.mark.parametrize("fix", ["surgical", "block"])
def test_every_call_about_a_bucket_names_the_account_that_is_to_own_it(fix: str, account: Account) -> None:
    with calls("s3", "s3control") as made, policy_status(is_public=True):
        evaluate(account, case(OPEN, PARTNER, acl=True), fix)
        remediated(account, "remediate_s3_bucket")
    puts = {"surgical": {"PutBucketPolicy", "PutBucketAcl"}, "block": {"PutPublicAccessBlock"}}
    reads = {
        "GetBucketAcl",
        "GetBucketPolicy",
        "GetBucketPolicyStatus",
        "GetBucketOwnershipControls",
        "GetPublicAccessBlock",
        "GetBucketTagging",
    }
    assert {name for name, _ in made} == puts[fix] | reads
    assert {given.get("ExpectedBucketOwner", given.get("AccountId")) for _, given in made} == {ACCOUNT}


def test_a_bucket_of_another_account_is_refused_by_s3_and_stays(account: Account) -> None:
    evaluate(account, case(OPEN))
    refused = refusal("AccessDenied", "not the expected bucket owner")
    with ExitStack() as another:
        for each in ("GetBucketAcl", "GetBucketPolicy", "GetPublicAccessBlock", "GetBucketOwnershipControls"):
            another.enter_context(answered("s3", each, lambda _: refused))
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "failed"
    assert state(account)[0] == [OPEN]
    assert account.s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == REGION


@pytest.mark.parametrize(
    ("operation", "left"),
    [("GetBucketAcl", [[], ["FULL_CONTROL", "READ"]]), ("GetBucketPolicy", [["Open"], ["FULL_CONTROL"]])],
)
def test_a_read_that_is_denied_is_told_once_at_once_with_what_may_deny_it(
    operation: str, left: list[list[str]], account: Account
) -> None:
    evaluate(account, case(OPEN, acl=True))
    with answered("s3", operation, lambda _: refusal("AccessDenied", "explicit deny in a resource control policy")):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "partially_fixed"
    for words in (operation, "bucket policy", "SCP", "RCP", "permissions boundary"):
        assert words in outcome["nextStep"]
    statements, grants = state(account)
    assert [[each["Sid"] for each in statements], [each["Permission"] for each in grants]] == left
    assert account.waiting(SETTINGS.remediation_queue) == 0
    assert account.waiting(dead_letter(SETTINGS.work_queue("remediate_s3_bucket"))) == 1
