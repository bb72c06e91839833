"""Security groups and buckets to evaluate and fix, and AWS Config's events about them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bench.account import RULE_NAMES, BenchAccount
from bench.environment import ACCOUNT_ID, REGION
from chalicelib.aws.config_events import SCHEDULED, TEST_MODE_TOKEN
from sandbox.awsconfig import notifications
from sandbox.awsconfig.items import Item
from sandbox.awsconfig.resource import Account
from sandbox.awsconfig.resource_types import installed

EVERYWHERE = "0.0.0.0/0"
OFFICE = "203.0.113.0/24"
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
PLUG_INS = {plug_in.name: plug_in for plug_in in installed()}


def group(account: BenchAccount, name: str, source: str) -> str:
    """Create a security group that allows port 22 from `source` and 443 from anywhere; return its ID."""
    ec2 = account.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    group_id = str(ec2.create_security_group(GroupName=name, Description="bench", VpcId=vpc)["GroupId"])
    permissions = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
        for port, cidr in ((22, source), (443, EVERYWHERE))
    ]
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=permissions)
    return group_id


def bucket(account: BenchAccount, name: str, *, public_policy: bool = False, public_acl: bool = False) -> str:
    """A bucket that is public by its policy, by its ACL, by both or not at all; its name."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if public_policy:
        objects = f"arn:aws:s3:::{name}/*"
        everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": objects}
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}))
    if public_acl:
        acl = s3.get_bucket_acl(Bucket=name)
        grant = {"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": "READ"}
        policy = {"Owner": acl["Owner"], "Grants": [*acl["Grants"], grant]}
        s3.put_bucket_acl(Bucket=name, AccessControlPolicy=policy)
    return name


def change(account: BenchAccount, resource_type: str, resource_id: str) -> dict[str, Any]:
    """AWS Config's event on a change of a live resource."""
    plug_in, where = PLUG_INS[resource_type], Account(ACCOUNT_ID, REGION)
    found = plug_in.poll(account.client(plug_in.service), where)
    resource = next(each for each in found if each.resource_id == resource_id)
    now = datetime.now(UTC)
    return {
        **_event(notifications.change(Item(where, resource, "OK", now), None, now)),
        "configRuleName": account.settings.name(RULE_NAMES[resource_type]),
    }


def scheduled() -> dict[str, Any]:
    """AWS Config's event on a rule's own schedule."""
    created = datetime.now(UTC).isoformat()
    return _event({"messageType": SCHEDULED, "awsAccountId": ACCOUNT_ID, "notificationCreationTime": created})


def tick() -> dict[str, Any]:
    """What the coordinator's schedule sends."""
    return {
        "version": "0",
        "id": "bench",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": "2026-01-01T00:00:00Z",
        "region": REGION,
        "resources": [],
        "detail": {},
    }


def _event(invoking_event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": "1.0",
        "invokingEvent": json.dumps(invoking_event),
        "ruleParameters": "{}",
        "resultToken": TEST_MODE_TOKEN,
        "eventLeftScope": False,
        "configRuleName": "bench",
        "accountId": ACCOUNT_ID,
    }
