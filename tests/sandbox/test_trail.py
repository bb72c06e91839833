"""The sandbox's trail, from outside: who changed what by EC2 and S3, with IAM enforced."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.environment import ACCOUNT_ID, REGION

pytestmark = pytest.mark.e2e

TERRAFORM = "Terraform/1.9.8"


@pytest.fixture(scope="module")
def without_lag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("trail"), trail_lag=0) as box:
        yield box


def user(box: Sandbox, name: str, *actions: str) -> boto3.Session:
    """A new IAM user who may do `actions` on everything."""
    iam = box.client("iam")
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)


def events(box: Sandbox, resource: str) -> list[dict[str, Any]]:
    """What CloudTrail has of a resource, oldest first."""
    attributes = [{"AttributeKey": "ResourceName", "AttributeValue": resource}]
    found = box.client("cloudtrail").lookup_events(LookupAttributes=attributes)["Events"]
    return [json.loads(each["CloudTrailEvent"]) for each in reversed(found)]


def test_ec2s_changes_are_written_down_with_who_made_them_and_refused_ones_too(without_lag: Sandbox) -> None:
    box = without_lag
    session = user(box, "terraform", "ec2:AuthorizeSecurityGroupIngress", "ec2:DescribeSecurityGroups")
    config = Config(user_agent=TERRAFORM, proxies={})
    client = session.client("ec2", endpoint_url=box.running.front, config=config)
    group = box.client("ec2").create_security_group(GroupName="web", Description="web")["GroupId"]
    client.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    client.describe_security_groups(GroupIds=[group])
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        client.delete_security_group(GroupId=group)
    made, opened, refused = events(box, group)
    assert (made["eventName"], made["userIdentity"]["type"]) == ("CreateSecurityGroup", "Root")
    assert opened["userIdentity"]["arn"] == f"arn:aws:iam::{ACCOUNT_ID}:user/terraform"
    assert opened["userAgent"].startswith(TERRAFORM)
    assert opened["sourceIPAddress"] == "127.0.0.1"
    assert "errorCode" not in opened
    assert (refused["eventName"], refused["errorCode"]) == ("DeleteSecurityGroup", "Client.UnauthorizedOperation")


def test_s3s_changes_are_written_down_with_who_made_them_and_refused_ones_too(without_lag: Sandbox) -> None:
    box = without_lag
    session = user(box, "pulumi", "s3:PutBucketPublicAccessBlock")
    client = session.client("s3", endpoint_url=box.running.aws, config=Config(proxies={}))
    box.client("s3").create_bucket(Bucket="acme", CreateBucketConfiguration={"LocationConstraint": REGION})
    client.delete_public_access_block(Bucket="acme")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_bucket_policy(Bucket="acme")
    made, lifted, refused = events(box, "acme")
    assert (made["eventName"], made["userIdentity"]["type"]) == ("CreateBucket", "Root")
    assert lifted["eventName"] == "DeleteBucketPublicAccessBlock"
    assert lifted["userIdentity"]["arn"] == f"arn:aws:iam::{ACCOUNT_ID}:user/pulumi"
    assert (refused["eventName"], refused["errorCode"]) == ("DeleteBucketPolicy", "AccessDenied")
