"""Calls, written down as CloudTrail writes them: our own readers understand them as they do AWS's."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from chalicelib.exposure.event_effect import EventEffect
from chalicelib.exposure.trail_events import TrailEvent
from chalicelib.rules.s3_bucket.opened_by import on_bucket
from chalicelib.rules.security_group.opened_by import entries
from sandbox import trail
from sandbox.environment import ACCOUNT_ID
from sandbox.trail import ec2, s3
from tests.trust.test_bucket_trail import BY_ACL, BY_POLICY, OPEN
from tests.trust.trail import BUCKET, GROUP

ANN = f"arn:aws:iam::{ACCOUNT_ID}:user/ann"
CALLER = {"caller": ANN, "access_key": "AKIA1", "address": "127.0.0.1", "user_agent": "terraform"}
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "any"}]}
EC2 = boto3.client("ec2", region_name="eu-west-1")


def sent(operation: str, **parameters: Any) -> dict[str, str]:
    """What boto3 sends to EC2."""
    caught: list[Mapping[str, Any]] = []

    def catch(params: Mapping[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        caught.append(params["body"])
        return type("Response", (), {"status_code": 200, "headers": {}})(), {}

    EC2.meta.events.register_first("before-call.ec2", catch)
    try:
        getattr(EC2, operation)(**parameters)
    finally:
        EC2.meta.events.unregister("before-call.ec2", catch)
    return {key: str(value) for key, value in caught[0].items()}


def written(seen: trail.Seen) -> TrailEvent:
    return TrailEvent.from_json(json.loads(json.dumps(trail.event(seen)["event"])))


def of_ec2(operation: str, status: int = 200, answer: str = "", **parameters: Any) -> trail.Seen:
    return ec2.seen(sent(operation, **parameters), status, answer, **CALLER)


def of_s3(method: str, query: str, body: str = "", status: int = 200, answer: str = "", **headers: str) -> trail.Seen:
    return s3.seen((method, f"/{BUCKET}", query), headers, body.encode(), (status, answer.encode()), **CALLER)


def test_entries_of_a_request_are_items() -> None:
    both = {**SSH, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    seen = of_ec2("authorize_security_group_ingress", GroupId=GROUP, IpPermissions=[both])
    [entry] = seen.parameters["ipPermissions"]["items"]
    assert (entry["ipProtocol"], entry["fromPort"], entry["toPort"]) == ("tcp", 22, 22)
    assert entry["ipRanges"] == {"items": [{"cidrIp": "0.0.0.0/0", "description": "any"}]}
    assert {*entries(written(seen))} == {("tcp", 22, 22, "0.0.0.0/0"), ("tcp", 22, 22, "::/0")}
    assert seen.resources == [("AWS::EC2::SecurityGroup", GROUP)]


def test_a_modified_rule_stands_in_a_request_of_its_own() -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "0.0.0.0/0"}
    changes = [{"SecurityGroupRuleId": f"sgr-{number}", "SecurityGroupRule": rule} for number in (1, 2)]
    for some in (changes, changes[:1]):
        seen = of_ec2("modify_security_group_rules", GroupId=GROUP, SecurityGroupRules=some)
        request = seen.parameters["ModifySecurityGroupRulesRequest"]
        assert request["GroupId"] == GROUP
        assert isinstance(request["SecurityGroupRule"], dict) == (len(some) == 1)
        assert {*entries(written(seen))} == {("tcp", 22, 22, "0.0.0.0/0")}


def test_a_group_that_is_made_is_found_by_the_id_that_it_is_given() -> None:
    answer = f"<CreateSecurityGroupResponse><groupId>{GROUP}</groupId></CreateSecurityGroupResponse>"
    seen = of_ec2("create_security_group", answer=answer, GroupName="web", Description="web")
    assert seen.resources == [("AWS::EC2::SecurityGroup", GROUP)]
    assert seen.parameters == {"groupName": "web", "groupDescription": "web"}


def test_a_refused_call_has_its_error() -> None:
    answer = (
        "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>"
    )
    seen = of_ec2("authorize_security_group_ingress", 403, answer, GroupId=GROUP, IpPermissions=[SSH])
    assert (seen.error, seen.message) == ("Client.UnauthorizedOperation", "no")
    assert trail.event(seen)["event"]["responseElements"] is None


@pytest.mark.parametrize(("name", "is_change"), [("DescribeVpcs", False), ("RevokeSecurityGroupIngress", True)])
def test_what_changes_nothing_is_not_written_down(name: str, is_change: bool) -> None:
    assert ec2.changes(name) is is_change


def test_a_policy_is_written_as_it_stands() -> None:
    policy = {"Version": "2012-10-17", "Statement": [OPEN]}
    seen = of_s3("PUT", "policy", json.dumps(policy))
    assert (seen.name, seen.parameters["bucketPolicy"]) == ("PutBucketPolicy", policy)
    assert on_bucket(written(seen), BY_POLICY) is EventEffect.OPENS


def test_an_acl_is_written_be_it_canned_or_not() -> None:
    grantee = '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">'
    uri = "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>"
    grant = f"<Grant>{grantee}{uri}</Grantee><Permission>READ</Permission></Grant>"
    for grants in (grant, grant + grant):
        body = f"<AccessControlPolicy {NAMESPACE}><AccessControlList>{grants}</AccessControlList></AccessControlPolicy>"
        assert on_bucket(written(of_s3("PUT", "acl", body)), BY_ACL) is EventEffect.OPENS
    canned = of_s3("PUT", "acl", **{"x-amz-acl": "public-read"})
    assert on_bucket(written(canned), BY_ACL) is EventEffect.OPENS


def test_settings_are_true_or_false() -> None:
    flags = "<IgnorePublicAcls>true</IgnorePublicAcls><RestrictPublicBuckets>false</RestrictPublicBuckets>"
    body = f"<PublicAccessBlockConfiguration {NAMESPACE}>{flags}</PublicAccessBlockConfiguration>"
    seen = written(of_s3("PUT", "publicAccessBlock=", body))
    assert seen.name == "PutBucketPublicAccessBlock"
    assert seen.parameters["PublicAccessBlockConfiguration"] == {
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": False,
    }
    assert on_bucket(seen, BY_ACL) is EventEffect.CLOSES
    assert on_bucket(seen, BY_POLICY) is EventEffect.OPENS


@pytest.mark.parametrize(
    ("method", "path", "query", "name"),
    [
        ("PUT", "/b", "", "CreateBucket"),
        ("DELETE", "/b/", "", "DeleteBucket"),
        ("DELETE", "/b", "publicAccessBlock", "DeleteBucketPublicAccessBlock"),
        ("PUT", "/b", "ownershipControls", "PutBucketOwnershipControls"),
        ("PUT", "/b/key", "", ""),
        ("PUT", "/b/key", "acl", ""),
        ("GET", "/b", "policy", ""),
    ],
)
def test_each_change_of_a_bucket_has_cloudtrails_own_name(method: str, path: str, query: str, name: str) -> None:
    assert s3.name_of(method, path, query) == name


def test_a_call_that_s3_refuses_has_its_error() -> None:
    answer = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    assert of_s3("DELETE", "policy", status=403, answer=answer).error == "AccessDenied"


@pytest.mark.parametrize(
    ("arn", "kind", "described"),
    [
        (ANN, "IAMUser", "IAM user ann"),
        (f"arn:aws:iam::{ACCOUNT_ID}:root", "Root", "the account's root user"),
        (
            f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/deploy/run-42",
            "AssumedRole",
            f"session run-42 of role arn:aws:iam::{ACCOUNT_ID}:role/deploy",
        ),
    ],
)
def test_each_caller_is_described_as_cloudtrail_does(arn: str, kind: str, described: str) -> None:
    seen = ec2.seen({"Action": "CreateTags"}, 200, "", **{**CALLER, "caller": arn})
    event = written(seen)
    assert (event.identity["type"], event.who, event.described) == (kind, arn, described)
