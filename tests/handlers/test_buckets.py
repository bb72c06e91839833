"""Both bucket functions on every shared case: AWS Config's event in; message out; through to the live bucket."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

import app
from chalicelib.exposure.policies import public_statements, statements_of
from tests.answers import policy_status

from .cases import S3_CASES
from .conftest import ACCOUNT, REGION, SETTINGS, Account
from .events import TICK, bucket_change, scheduled

NO_GRANTS = ("acl-empty-grants", "acl-allusers-write-only")
"""Moto cannot hold an ACL without grants, which these begin or end with: tests/rules has them."""
CASES = [case for case in S3_CASES if case["id"] not in NO_GRANTS]
by_id = pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
BUCKET = "example-bucket"
GLOBAL_GROUPS = "http://acs.amazonaws.com/groups/global/"


def make(account: Account, case: Mapping[str, Any]) -> str:
    """A live bucket in the case's state; its owner."""
    account.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    owner = account.s3.get_bucket_acl(Bucket=BUCKET)["Owner"]
    if case["policy"]:
        account.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(case["policy"]))
    if case["acl_grants"] is not None:
        account.s3.put_bucket_acl(Bucket=BUCKET, AccessControlPolicy={"Grants": case["acl_grants"], "Owner": owner})
    if case["public_access_block"]:
        account.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=case["public_access_block"])
    if case["account_public_access_block"]:
        account.s3control.put_public_access_block(
            AccountId=ACCOUNT, PublicAccessBlockConfiguration=case["account_public_access_block"]
        )
    if case["object_ownership"]:
        account.s3.put_bucket_ownership_controls(
            Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": case["object_ownership"]}]}
        )
    return str(owner["ID"])


def state(account: Account) -> tuple[list[Any], list[Any]]:
    """The live policy's statements and the live ACL's grants."""
    grants = account.s3.get_bucket_acl(Bucket=BUCKET)["Grants"]
    try:
        policy = json.loads(account.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    except account.s3.exceptions.ClientError:
        return [], grants
    return list(statements_of(policy)), grants


def remediate(account: Account) -> None:
    app.coordinator(TICK, None)
    app.remediate_s3_bucket(account.work("remediate_s3_bucket"), None)


@by_id
def test_the_live_bucket_loses_its_public_part_alone(case: dict[str, Any], account: Account) -> None:
    owner = make(account, case)
    statements, grants = state(account)
    app.evaluate_s3_bucket(bucket_change(BUCKET, case, {}, owner), None)
    with policy_status(bool(case["expected_policy_is_public"])):
        remediate(account)
    statements_left, grants_left = state(account)
    assert [told["status"] for told in account.notifications()] == (["fixed"] if case["expected_public"] else [])
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
    app.evaluate_s3_bucket(scheduled({}), None)
    [message] = account.bodies(SETTINGS.remediation_queue)
    assert message["violations"][0]["violationType"] == "S3_BUCKET_PUBLIC_POLICY"
    [step] = message["requiredSteps"]
    assert step["action"] == "PutBucketPolicy"
    assert step["parameters"]["ExpectedBucketOwner"] == ACCOUNT
    assert [s["Effect"] for s in json.loads(step["parameters"]["Policy"])["Statement"]] == ["Deny"]


def test_a_bucket_deleted_before_the_fix_is_already_compliant(account: Account) -> None:
    public = next(case for case in S3_CASES if case["id"] == "acl-allusers-full-control")
    owner = make(account, public)
    app.evaluate_s3_bucket(bucket_change(BUCKET, public, {}, owner), None)
    account.s3.delete_bucket(Bucket=BUCKET)
    remediate(account)
    assert account.notifications()[0]["status"] == "already_compliant"
    assert account.waiting(SETTINGS.remediation_queue) == 0
