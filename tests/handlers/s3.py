"""Puts that S3 refuses and moto accepts."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.answers import Answer, answered, calls, refusal

from .conftest import Account

DELETED_PRINCIPAL = re.compile(r'"A(ROA|IDA)[A-Z0-9]{17}"')


@contextmanager
def refusing_as_s3(account: Account) -> Iterator[None]:
    """S3 refuses a policy that is empty or names a principal that no longer exists, and an ACL if ACLs are disabled."""

    def put_policy(asked: Mapping[str, Any]) -> Answer | None:
        sound = json.loads(asked["Policy"])["Statement"] and not DELETED_PRINCIPAL.search(asked["Policy"])
        return None if sound else refusal("MalformedPolicy")

    def put_acl(asked: Mapping[str, Any]) -> Answer | None:
        return refusal("AccessControlListNotSupported") if acls_are_disabled(account, asked["Bucket"]) else None

    with (
        calls("s3") as made,
        answered("s3", "PutBucketPolicy", lambda _: put_policy(made[-1][1])),
        answered("s3", "PutBucketAcl", lambda _: put_acl(made[-1][1])),
    ):
        yield


def acls_are_disabled(account: Account, bucket: str) -> bool:
    try:
        controls = account.s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    except account.s3.exceptions.ClientError:
        return False
    return bool(controls["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced")


def disable_acls(account: Account, bucket: str) -> None:
    account.s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
