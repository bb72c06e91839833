"""AWS::S3::Bucket, in AWS Config's shape of it.

The item holds what `PARTS` reads, which is what access rules look at; to record more of a bucket, add an entry there.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from sandbox.awsconfig.clock import timestamp
from sandbox.awsconfig.resource import Account, Json, Resource, ResourceType

NAME = "AWS::S3::Bucket"
PERMISSIONS = {
    "READ": "Read",
    "WRITE": "Write",
    "READ_ACP": "ReadAcp",
    "WRITE_ACP": "WriteAcp",
    "FULL_CONTROL": "FullControl",
}


@dataclass(frozen=True)
class Part:
    """One entry of ``supplementaryConfiguration``.

    Attributes
    ----------
    read : str
        The boto3 method that reads it.
    shaped : callable
        Its answer -> AWS Config's shape; an empty answer where S3 says that the bucket has none.
    absent : str
        S3's error code for "the bucket has none".
    """

    name: str
    read: str
    shaped: Callable[[Json], Any]
    absent: str = ""


def poll(s3: Any, account: Account) -> Iterator[Resource]:
    """Read every bucket of the region; one that disappears meanwhile is left out."""
    for page in s3.get_paginator("list_buckets").paginate(BucketRegion=account.region):
        for bucket in page["Buckets"]:
            try:
                yield _resource(s3, bucket)
            except ClientError as error:
                if error.response["Error"]["Code"] != "NoSuchBucket":
                    raise


def _resource(s3: Any, bucket: Json) -> Resource:
    name = bucket["Name"]
    acl = s3.get_bucket_acl(Bucket=name)
    supplementary = {"AccessControlList": _access_control_list(acl), **_parts(s3, name)}
    return Resource(
        resource_type=NAME,
        resource_id=name,
        resource_name=name,
        arn=f"arn:aws:s3:::{name}",
        availability_zone="Regional",
        creation_time=bucket["CreationDate"],
        configuration={
            "name": name,
            "owner": {"displayName": None, "id": acl["Owner"]["ID"]},
            "creationDate": timestamp(bucket["CreationDate"]),
        },
        supplementary_configuration=supplementary,
        tags=supplementary.get("BucketTaggingConfiguration", {"tagSets": [{"tags": {}}]})["tagSets"][0]["tags"],
    )


def _parts(s3: Any, bucket: str) -> Json:
    parts = {part.name: part.shaped(_answer(s3, part, bucket)) for part in PARTS}
    return {name: shape for name, shape in parts.items() if shape is not None}


def _answer(s3: Any, part: Part, bucket: str) -> Json:
    try:
        answer: Json = getattr(s3, part.read)(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != part.absent:
            raise
        return {}
    return answer


def _access_control_list(acl: Json) -> str:
    """The ACL as AWS Config has it: JSON in a text, and groups by name alone."""
    shape = {
        "grantSet": None,
        "grantList": [
            {"grantee": _grantee(grant["Grantee"]), "permission": PERMISSIONS[grant["Permission"]]}
            for grant in acl["Grants"]
        ],
        "owner": {"displayName": None, "id": acl["Owner"]["ID"]},
        "isRequesterCharged": False,
    }
    return json.dumps(shape, separators=(",", ":"))


def _grantee(grantee: Json) -> str | Json:
    if "URI" in grantee:
        return str(grantee["URI"]).rpartition("/")[2]
    return {"id": grantee["ID"], "displayName": None}


def _policy(answer: Json) -> Json:
    return {"policyText": answer.get("Policy")}


def _block_public_access(answer: Json) -> Json | None:
    block = answer.get("PublicAccessBlockConfiguration")
    return block and {name[0].lower() + name[1:]: setting for name, setting in block.items()}


def _tagging(answer: Json) -> Json | None:
    tags = {tag["Key"]: tag["Value"] for tag in answer.get("TagSet", [])}
    return {"tagSets": [{"tags": tags}]} if tags else None


def _versioning(answer: Json) -> Json:
    mfa_delete = answer.get("MFADelete")
    return {"status": answer.get("Status", "Off"), "isMfaDeleteEnabled": mfa_delete and mfa_delete == "Enabled"}


def _logging(answer: Json) -> Json:
    enabled = answer.get("LoggingEnabled", {})
    return {"destinationBucketName": enabled.get("TargetBucket"), "logFilePrefix": enabled.get("TargetPrefix")}


def _accelerate(answer: Json) -> Json:
    return {"status": answer.get("Status")}


def _requester_pays(answer: Json) -> bool:
    return answer.get("Payer") == "Requester"


def _encryption(answer: Json) -> Json | None:
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules")
    return rules and {"rules": [_encryption_rule(rule) for rule in rules]}


def _encryption_rule(rule: Json) -> Json:
    default = rule["ApplyServerSideEncryptionByDefault"]
    return {
        "applyServerSideEncryptionByDefault": {
            "sseAlgorithm": default["SSEAlgorithm"],
            "kmsMasterKeyID": default.get("KMSMasterKeyID"),
        },
        "bucketKeyEnabled": rule.get("BucketKeyEnabled", False),
    }


PARTS = (
    Part("BucketAccelerateConfiguration", "get_bucket_accelerate_configuration", _accelerate),
    Part("BucketLoggingConfiguration", "get_bucket_logging", _logging),
    Part("BucketPolicy", "get_bucket_policy", _policy, "NoSuchBucketPolicy"),
    Part("BucketTaggingConfiguration", "get_bucket_tagging", _tagging, "NoSuchTagSet"),
    Part("BucketVersioningConfiguration", "get_bucket_versioning", _versioning),
    Part("IsRequesterPaysEnabled", "get_bucket_request_payment", _requester_pays),
    Part(
        "PublicAccessBlockConfiguration",
        "get_public_access_block",
        _block_public_access,
        "NoSuchPublicAccessBlockConfiguration",
    ),
    Part(
        "ServerSideEncryptionConfiguration",
        "get_bucket_encryption",
        _encryption,
        "ServerSideEncryptionConfigurationNotFoundError",
    ),
)
RESOURCE_TYPE = ResourceType(NAME, "s3", poll)
