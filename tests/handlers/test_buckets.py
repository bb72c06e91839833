"""Both bucket functions on every shared case: from AWS Config's event over the message to the live bucket."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.exposure.policies import public_statements
from tests.answers import policy_status
from tests.handlers.pipeline import evaluate_s3_bucket

from .buckets import BUCKET, make, state
from .cases import S3_CASES
from .conftest import ACCOUNT, SETTINGS, Account
from .events import bucket_change, scheduled
from .pipeline import remediated

NO_GRANTS = ("acl-empty-grants", "acl-allusers-write-only")
"""The cases with an ACL without grants, which moto cannot store; tests/rules covers them."""
CASES = [case for case in S3_CASES if case["id"] not in NO_GRANTS]
by_id = pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
GLOBAL_GROUPS = "http://acs.amazonaws.com/groups/global/"


@by_id
def test_the_live_bucket_loses_its_public_part_alone(case: dict[str, Any], account: Account) -> None:
    owner = make(account, case)
    statements, grants = state(account)
    evaluate_s3_bucket(bucket_change(BUCKET, case, {}, owner), None)
    with policy_status(bool(case["expected_policy_is_public"])):
        told = remediated(account, "remediate_s3_bucket")
    statements_left, grants_left = state(account)
    assert [outcome["status"] for outcome in told] == (["fixed"] if case["expected_public"] else [])
    if not case["expected_public"]:
        assert (statements_left, grants_left) == (statements, grants)
        return
    assert [s for s in statements_left if s in statements] == [s for s in statements if s in statements_left]
    assert {_without_principal(s) for s in statements_left} <= {_without_principal(s) for s in statements}
    if case["expected_policy_is_public"] and not _restricted(case):
        assert not public_statements({"Statement": statements_left})
    if case["expected_acl_is_public"]:
        assert grants_left == [g for g in grants if not g["Grantee"].get("URI", "").startswith(GLOBAL_GROUPS)]
    assert account.waiting(SETTINGS.remediation_queue) == 0


def _without_principal(statement: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in statement.items() if key != "Principal"}, sort_keys=True)


def _restricted(case: Mapping[str, Any]) -> bool:
    blocks = (case["public_access_block"], case["account_public_access_block"])
    return any(block and block["RestrictPublicBuckets"] for block in blocks)


def test_a_scheduled_run_judges_every_bucket_from_aws_configs_items(account: Account) -> None:
    public = next(case for case in S3_CASES if case["id"] == "ug-deny-insecure-plus-allow")
    make(account, public)
    evaluate_s3_bucket(scheduled({}), None)
    [message] = account.bodies(SETTINGS.remediation_queue)
    assert message["violations"][0]["violationType"] == "S3_BUCKET_PUBLIC_POLICY"
    [step] = message["requiredSteps"]
    assert step["action"] == "PutBucketPolicy"
    assert step["parameters"]["ExpectedBucketOwner"] == ACCOUNT
    assert [s["Effect"] for s in json.loads(step["parameters"]["Policy"])["Statement"]] == ["Deny"]


def test_a_bucket_deleted_before_the_fix_is_gone(account: Account) -> None:
    public = next(case for case in S3_CASES if case["id"] == "acl-allusers-full-control")
    owner = make(account, public)
    evaluate_s3_bucket(bucket_change(BUCKET, public, {}, owner), None)
    account.s3.delete_bucket(Bucket=BUCKET)
    [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "gone"
    assert account.waiting(SETTINGS.remediation_queue) == 0
