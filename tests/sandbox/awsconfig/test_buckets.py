"""Buckets in AWS Config's shape, as moto's S3 describes them."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.awsconfig.clock import utc_now
from sandbox.awsconfig.items import Item
from sandbox.awsconfig.resource import Account, Resource
from sandbox.awsconfig.resource_types.bucket import RESOURCE_TYPE
from tests.sandbox.awsconfig.world import client_error

ACCOUNT = Account("123456789012", "eu-west-1")
HERE = {"LocationConstraint": "eu-west-1"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("s3", region_name="eu-west-1")


@pytest.fixture
def s3(client: Any) -> Iterator[Any]:
    client.create_bucket(Bucket="papers", CreateBucketConfiguration=HERE)
    yield client
    client.delete_bucket_tagging(Bucket="papers")
    client.delete_bucket(Bucket="papers")


def recorded(s3: Any, bucket: str = "papers") -> Resource:
    (found,) = [resource for resource in RESOURCE_TYPE.poll(s3, ACCOUNT) if resource.resource_id == bucket]
    return found


def supplementary(s3: Any) -> dict[str, Any]:
    return recorded(s3).supplementary_configuration


def grants(s3: Any) -> list[dict[str, Any]]:
    acl = json.loads(supplementary(s3)["AccessControlList"])
    assert acl["grantSet"] is None
    entries: list[dict[str, Any]] = acl["grantList"]
    return entries


def test_a_new_bucket_has_the_configuration_that_aws_config_records(s3: Any) -> None:
    found = recorded(s3)
    owner = s3.get_bucket_acl(Bucket="papers")["Owner"]["ID"]
    assert found.arn == "arn:aws:s3:::papers"
    assert found.resource_name == "papers"
    assert found.availability_zone == "Regional"
    assert found.creation_time is not None
    assert found.configuration == {
        "name": "papers",
        "owner": {"displayName": None, "id": owner},
        "creationDate": f"{found.creation_time:%Y-%m-%dT%H:%M:%S}.000Z",
    }
    assert found.supplementary_configuration["BucketPolicy"] == {"policyText": None}
    assert found.supplementary_configuration["BucketVersioningConfiguration"] == {
        "status": "Off",
        "isMfaDeleteEnabled": None,
    }
    assert grants(s3) == [{"grantee": {"id": owner, "displayName": None}, "permission": "FullControl"}]


def test_what_a_bucket_does_not_have_is_left_out(s3: Any) -> None:
    assert supplementary(s3).keys() == {
        "AccessControlList",
        "BucketAccelerateConfiguration",
        "BucketLoggingConfiguration",
        "BucketPolicy",
        "BucketVersioningConfiguration",
        "IsRequesterPaysEnabled",
    }


@pytest.mark.parametrize(
    ("acl", "public"),
    [
        ("public-read", [{"grantee": "AllUsers", "permission": "Read"}]),
        ("authenticated-read", [{"grantee": "AuthenticatedUsers", "permission": "Read"}]),
    ],
)
def test_groups_are_grantees_by_their_short_name(s3: Any, acl: str, public: list[dict[str, str]]) -> None:
    s3.put_bucket_acl(Bucket="papers", ACL=acl)
    assert [grant for grant in grants(s3) if isinstance(grant["grantee"], str)] == public


@pytest.mark.parametrize(
    ("permission", "recorded_as"),
    [("WRITE", "Write"), ("READ_ACP", "ReadAcp"), ("WRITE_ACP", "WriteAcp"), ("FULL_CONTROL", "FullControl")],
)
def test_permissions_are_in_camel_case(s3: Any, permission: str, recorded_as: str) -> None:
    owner = s3.get_bucket_acl(Bucket="papers")["Owner"]
    grantee = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    acl = {"Owner": owner, "Grants": [{"Grantee": grantee, "Permission": permission}]}
    s3.put_bucket_acl(Bucket="papers", AccessControlPolicy=acl)
    assert grants(s3) == [{"grantee": "AllUsers", "permission": recorded_as}]


def test_policy_block_tags_versioning_and_encryption_are_recorded(s3: Any) -> None:
    s3.put_bucket_policy(Bucket="papers", Policy=POLICY)
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    s3.put_public_access_block(Bucket="papers", PublicAccessBlockConfiguration=block)
    s3.put_bucket_tagging(Bucket="papers", Tagging={"TagSet": [{"Key": "team", "Value": "red"}]})
    s3.put_bucket_versioning(Bucket="papers", VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket="papers", ServerSideEncryptionConfiguration={"Rules": [rule]})

    found = supplementary(s3)
    assert found["BucketPolicy"] == {"policyText": POLICY}
    assert found["PublicAccessBlockConfiguration"] == {
        "blockPublicAcls": True,
        "ignorePublicAcls": False,
        "blockPublicPolicy": True,
        "restrictPublicBuckets": True,
    }
    assert found["BucketTaggingConfiguration"] == {"tagSets": [{"tags": {"team": "red"}}]}
    assert recorded(s3).tags == {"team": "red"}
    assert found["BucketVersioningConfiguration"]["status"] == "Enabled"
    default = {"sseAlgorithm": "AES256", "kmsMasterKeyID": None}
    assert found["ServerSideEncryptionConfiguration"] == {
        "rules": [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]
    }


LOGGING, ACCELERATE = "BucketLoggingConfiguration", "BucketAccelerateConfiguration"
LOGS = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "papers/"}}


@pytest.mark.parametrize(
    ("method", "answer", "part", "recorded_as"),
    [
        ("get_bucket_logging", {}, LOGGING, {"destinationBucketName": None, "logFilePrefix": None}),
        ("get_bucket_logging", LOGS, LOGGING, {"destinationBucketName": "logs", "logFilePrefix": "papers/"}),
        ("get_bucket_accelerate_configuration", {}, ACCELERATE, {"status": None}),
        ("get_bucket_accelerate_configuration", {"Status": "Enabled"}, ACCELERATE, {"status": "Enabled"}),
        ("get_bucket_request_payment", {"Payer": "BucketOwner"}, "IsRequesterPaysEnabled", False),
        ("get_bucket_request_payment", {"Payer": "Requester"}, "IsRequesterPaysEnabled", True),
    ],
)
def test_the_smaller_settings_are_recorded(
    s3: Any, method: str, answer: dict[str, Any], part: str, recorded_as: object
) -> None:
    assert supplementary(Answering(s3, **{method: lambda **_: answer}))[part] == recorded_as


def test_buckets_of_other_regions_belong_to_the_aws_config_there(s3: Any) -> None:
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="elsewhere")
    assert [resource.resource_id for resource in RESOURCE_TYPE.poll(s3, ACCOUNT)] == ["papers"]


class Answering:
    """S3, but for the methods that are given."""

    def __init__(self, s3: Any, **methods: Callable[..., Any]) -> None:
        self._s3 = s3
        vars(self).update(methods)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)


def test_a_bucket_that_disappears_while_it_is_read_is_left_out(s3: Any) -> None:
    gone = Answering(s3, get_bucket_acl=Mock(side_effect=client_error("NoSuchBucket")))
    assert list(RESOURCE_TYPE.poll(gone, ACCOUNT)) == []


def test_a_bucket_that_may_not_be_read_is_not_taken_for_deleted(s3: Any) -> None:
    closed = Answering(s3, get_bucket_acl=Mock(side_effect=client_error("AccessDenied")))
    with pytest.raises(ClientError, match="AccessDenied"):
        list(RESOURCE_TYPE.poll(closed, ACCOUNT))


def test_the_api_encoding_agrees_with_motos_independent_one(s3: Any) -> None:
    s3.put_bucket_policy(Bucket="papers", Policy=POLICY)
    s3.put_public_access_block(Bucket="papers", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    ours = Item(ACCOUNT, recorded(s3), "OK", utc_now()).for_batch()["supplementaryConfiguration"]
    config, key = boto3.client("config", region_name="eu-west-1"), {"resourceType": "AWS::S3::Bucket"}
    (item,) = config.batch_get_resource_config(resourceKeys=[{**key, "resourceId": "papers"}])["baseConfigurationItems"]
    theirs = item["supplementaryConfiguration"]

    for part in theirs.keys() - {"AccessControlList", "BucketNotificationConfiguration"}:
        assert json.loads(ours[part]) == json.loads(theirs[part])
    acl, moto_acl = (json.loads(json.loads(each["AccessControlList"])) for each in (ours, theirs))
    assert {name: acl[name] for name in moto_acl} == moto_acl
