"""Live buckets in the state of a shared case."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.exposure.policies import statements_of

from .conftest import ACCOUNT, REGION, Account

BUCKET = "example-bucket"


def make(account: Account, case: Mapping[str, Any], name: str = BUCKET) -> str:
    """Create a bucket in the case's state; its owner."""
    account.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    owner = account.s3.get_bucket_acl(Bucket=name)["Owner"]
    if case["policy"]:
        account.s3.put_bucket_policy(Bucket=name, Policy=json.dumps(case["policy"]))
    if case["acl_grants"] is not None:
        account.s3.put_bucket_acl(Bucket=name, AccessControlPolicy={"Grants": case["acl_grants"], "Owner": owner})
    if case["public_access_block"]:
        account.s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=case["public_access_block"])
    if case["account_public_access_block"]:
        account.s3control.put_public_access_block(
            AccountId=ACCOUNT, PublicAccessBlockConfiguration=case["account_public_access_block"]
        )
    if case["object_ownership"]:
        account.s3.put_bucket_ownership_controls(
            Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": case["object_ownership"]}]}
        )
    return str(owner["ID"])


def state(account: Account, name: str = BUCKET) -> tuple[list[Any], list[Any]]:
    """The statements of the live policy and the grants of the live ACL."""
    grants = account.s3.get_bucket_acl(Bucket=name)["Grants"]
    try:
        policy = json.loads(account.s3.get_bucket_policy(Bucket=name)["Policy"])
    except account.s3.exceptions.ClientError:
        return [], grants
    return list(statements_of(policy)), grants
