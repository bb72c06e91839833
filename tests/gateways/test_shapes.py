"""AWS Config's items and the live API's responses, including unusual forms, become one model."""

import json
from typing import Any

import pytest

from chalicelib.errors import BadInput
from chalicelib.resources import BUCKET_PARTS, BlockPublicAccess, Bucket, Fact, IpPermission, SecurityGroup, Source
from chalicelib.rules.s3_bucket.shapes import bucket_from_item
from chalicelib.rules.security_group.shapes import security_group

ACCOUNT, REGION = "123456789012", "eu-west-1"


def group(**permission: Any) -> SecurityGroup:
    return security_group({"groupId": "sg-1", "ipPermissions": [permission]}, ACCOUNT, REGION, "configuration")


def test_an_item_and_the_api_give_the_same_tags() -> None:
    item = security_group({"groupId": "sg-1", "tags": [{"key": "a", "value": "b"}]}, ACCOUNT, REGION, "configuration")
    api = security_group({"GroupId": "sg-1", "Tags": [{"Key": "a", "Value": "b"}]}, ACCOUNT, REGION, "SecurityGroup")
    assert item.tags == api.tags == {"a": "b"}
    assert security_group({"groupId": "sg-1", "tags": None}, ACCOUNT, REGION, "configuration").tags == {}


def test_an_item_and_the_api_give_the_same_group() -> None:
    item = group(
        ipProtocol="tcp",
        fromPort=22,
        toPort=22,
        ipv4Ranges=[{"cidrIp": "0.0.0.0/0", "description": "office"}],
        ipRanges=["0.0.0.0/0"],
        ipv6Ranges=[{"cidrIpv6": "::/0"}],
        prefixListIds=[{"prefixListId": "pl-1"}],
        userIdGroupPairs=[{"groupId": "sg-2", "userId": ACCOUNT}],
    )
    api = {
        "GroupId": "sg-1",
        "IpPermissions": [
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "office"}],
                "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
                "PrefixListIds": [{"PrefixListId": "pl-1"}],
                "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": ACCOUNT}],
            }
        ],
    }
    assert item == security_group(api, ACCOUNT, REGION, "SecurityGroup")
    assert item.ingress == (
        IpPermission(
            "tcp",
            22,
            22,
            (
                Source("ipv4", "0.0.0.0/0", "office"),
                Source("ipv6", "::/0"),
                Source("prefix_list", "pl-1"),
                Source("group", "sg-2"),
            ),
        ),
    )


def test_missing_keys_and_nulls_are_empty() -> None:
    assert group(ipProtocol="-1", ipRanges=None).ingress == (IpPermission("-1", None, None, ()),)
    assert security_group({"groupId": "sg-1"}, ACCOUNT, REGION, "c").ingress == ()


@pytest.mark.parametrize(
    ("permission", "field"),
    [
        ({}, r"configuration\.ipPermissions\[0\]\.ipProtocol"),
        ({"ipProtocol": "tcp", "fromPort": "22"}, r"\[0\]\.fromPort"),
        ({"ipProtocol": "tcp", "ipRanges": "0.0.0.0/0"}, r"\[0\]\.ipRanges"),
        ({"ipProtocol": "tcp", "ipv6Ranges": [{"cidrIp": "::/0"}]}, r"\[0\]\.ipv6Ranges\[0\]\.cidrIpv6"),
    ],
)
def test_a_malformed_group_names_the_field(permission: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput, match=field):
        group(**permission)


ACL = {
    "grantSet": None,
    "grantList": [
        {"grantee": "AllUsers", "permission": "Read"},
        {"grantee": {"id": "abc", "displayName": "AllUsers"}, "permission": "FullControl"},
    ],
    "owner": {"displayName": None, "id": "abc"},
}
EVERYONE = {
    "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
    "Permission": "READ",
}


def bucket(**supplement: Any) -> Bucket:
    return bucket_from_item("b", supplement, ACCOUNT, REGION)


@pytest.mark.parametrize("encode", [lambda acl: acl, json.dumps, lambda acl: json.dumps(json.dumps(acl))])
def test_an_acl_is_read_however_often_it_was_encoded(encode: Any) -> None:
    made = bucket(AccessControlList=encode(ACL))
    assert made.grants[0] == EVERYONE
    assert made.grants[1]["Grantee"] == {"Type": "CanonicalUser", "ID": "abc", "DisplayName": "AllUsers"}
    assert made.owner == {"ID": "abc"}


@pytest.mark.parametrize(
    "raw",
    [
        {"policyText": '{"Statement": []}'},
        '{"policyText": "{\\"Statement\\": []}"}',
        {"policyText": {"Statement": []}},
        '{"Statement": []}',
    ],
)
def test_a_policy_is_read_in_every_encoding(raw: Any) -> None:
    policy = bucket(BucketPolicy=raw).policy
    assert policy is not None
    assert {key.lower(): value for key, value in policy.items()} == {"statement": []}


@pytest.mark.parametrize("raw", [{"policyText": None}, '{"policyText": null}'])
def test_no_policy_in_aws_configs_form_is_no_policy(raw: Any) -> None:
    made = bucket(BucketPolicy=raw)
    assert made.policy is None
    assert Fact.POLICY not in made.missing


@pytest.mark.parametrize(
    "raw", [None, "null", "", "{", {}, {"policyText": ""}, {"policyText": "{"}, {"policyText": "[]"}]
)
def test_a_policy_that_the_item_does_not_show_is_missing(raw: Any) -> None:
    assert Fact.POLICY in bucket(BucketPolicy=raw).missing


@pytest.mark.parametrize("supplement", [None, "", "{", {}, "null", []])
def test_of_a_bucket_of_which_the_item_says_nothing_all_is_missing(supplement: Any) -> None:
    found = bucket_from_item("b", supplement, ACCOUNT, REGION)
    assert found == Bucket(ACCOUNT, REGION, "b", missing=BUCKET_PARTS)


@pytest.mark.parametrize(
    "acl",
    [
        None,
        "",
        "{",
        {},
        {"grantList": None},
        {"grantSet": None, "owner": {"id": "abc"}},
        {"grantList": [{"grantee": "AllUsers"}]},
        {"grantList": [{"permission": "Read", "grantee": {}}]},
    ],
)
def test_an_acl_that_the_item_does_not_show_is_missing(acl: Any) -> None:
    assert Fact.ACL in bucket(AccessControlList=acl).missing


def test_an_acl_without_grants_is_none_that_is_missing() -> None:
    assert Fact.ACL not in bucket(AccessControlList={"grantList": [], "owner": {"id": "abc"}}).missing


@pytest.mark.parametrize("raw", [None, "", "{", {}, {"ignorePublicAcls": "yes"}])
def test_a_block_that_the_item_does_not_show_is_missing_and_takes_no_other_part_along(raw: Any) -> None:
    made = bucket(PublicAccessBlockConfiguration=raw, AccessControlList=ACL, BucketPolicy={"policyText": None})
    assert made.missing == (Fact.BUCKET_BLOCK,)


def test_block_public_access_and_object_ownership_are_read_from_the_item() -> None:
    made = bucket(
        PublicAccessBlockConfiguration='{"ignorePublicAcls": true, "blockPublicAcls": false}',
        BucketOwnershipControls={"rules": [{"objectOwnership": "BucketOwnerEnforced"}]},
    )
    assert made.bucket_block == BlockPublicAccess(ignore_public_acls=True)
    assert made.object_ownership == "BucketOwnerEnforced"
