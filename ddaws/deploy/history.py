"""The bucket to which AWS Config delivers its history if the delivery channel is ours."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.findings import AwsCall
from ddaws.account import error_code
from ddaws.plan import Call, Change, Target, Verb

BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
LONGEST = 63
SETTLES = ("NoSuchBucket", "OperationAborted")
"""S3 may not yet have propagated the creation of the bucket, or the deletion of one of the same name."""


def bucket_name(target: Target) -> str:
    """The bucket's name: unique by account, region and stage, since S3 has one global namespace.

    A stage name that is too long is replaced by its digest.
    """
    account = target.account
    name = target.stage.named(f"config-history-{account.account_id}-{account.region}")
    if len(name) <= LONGEST:
        return name
    digest = hashlib.sha256(target.stage.name.encode()).hexdigest()[:10]
    return f"dd-aws-history-{digest}-{account.account_id}-{account.region}"


def making(target: Target) -> Iterator[Change]:
    """Create the bucket, and correct the settings that differ."""
    name = bucket_name(target)
    exists = "LocationConstraint" in _answer(target, "get_bucket_location", "NoSuchBucket")
    if not exists:
        region = target.account.region
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        yield _call("create", f"bucket {name}", "CreateBucket", Bucket=name, **place)
    yield from _settings(target, name, exists=exists)


def _settings(target: Target, name: str, *, exists: bool) -> Iterator[Change]:
    owned = {"Bucket": name, "ExpectedBucketOwner": target.account.account_id}
    block = exists and _answer(target, "get_public_access_block", "NoSuchPublicAccessBlockConfiguration")
    if not block or block["PublicAccessBlockConfiguration"] != BLOCKED:
        yield _call(
            "update",
            f"bucket {name}: all public access blocked",
            "PutPublicAccessBlock",
            PublicAccessBlockConfiguration=BLOCKED,
            **owned,
        )
    if not exists:
        yield _call(
            "update",
            f"bucket {name}: encrypted",
            "PutBucketEncryption",
            ServerSideEncryptionConfiguration=ENCRYPTED,
            **owned,
        )
    wanted = _policy(target, name)
    policy = exists and _answer(target, "get_bucket_policy", "NoSuchBucketPolicy")
    if not policy or json.loads(policy["Policy"]) != wanted:
        yield _call("update", f"bucket {name}: policy", "PutBucketPolicy", Policy=json.dumps(wanted), **owned)


def _call(verb: Verb, what: str, action: str, **parameters: Any) -> Call:
    return Call(verb, what, AwsCall("s3", action, parameters), SETTLES)


def _answer(target: Target, operation: str, absent: str) -> dict[str, Any]:
    """S3's answer about the bucket; empty if it is the error code `absent`."""
    method = getattr(target.account.client("s3"), operation)
    try:
        answer: dict[str, Any] = method(Bucket=bucket_name(target), ExpectedBucketOwner=target.account.account_id)
    except ClientError as error:
        if error_code(error) in (absent, "NoSuchBucket"):
            return {}
        raise
    return answer


def _policy(target: Target, name: str) -> dict[str, Any]:
    """Allow AWS Config to deliver for this account only, and deny plain HTTP.

    The last statement is left out for an emulator that has no HTTPS.
    """
    account = target.account
    bucket = f"arn:{account.partition}:s3:::{name}"
    config = {"Service": "config.amazonaws.com"}
    ours = {"AWS:SourceAccount": account.account_id}
    delivered = f"{bucket}/AWSLogs/{account.account_id}/Config/*"
    statements: list[dict[str, Any]] = [
        {
            "Sid": "ConfigLooks",
            "Effect": "Allow",
            "Principal": config,
            "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
            "Resource": bucket,
            "Condition": {"StringEquals": ours},
        },
        {
            "Sid": "ConfigDelivers",
            "Effect": "Allow",
            "Principal": config,
            "Action": "s3:PutObject",
            "Resource": delivered,
            "Condition": {"StringEquals": {**ours, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
    if account.speaks_https("s3"):
        statements.append(
            {
                "Sid": "NobodySpeaksPlainHttp",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket, f"{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}
