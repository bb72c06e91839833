"""Changes that somebody makes to a resource between our reading and our change survive."""

import json
from typing import Any

from tests.handlers.pipeline import evaluate_s3_bucket, evaluate_security_group

from .conftest import REGION, SETTINGS, Account
from .events import scheduled
from .intruder import once
from .pipeline import remediated

BUCKET = "example-bucket"
OPEN = {
    "Sid": "Open",
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::example-bucket/*",
}
PARTNER = {**OPEN, "Sid": "Partner", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}


def remediate(account: Account, remediator: str) -> str:
    return str(remediated(account, remediator)[0]["status"])


def test_a_rule_that_became_a_good_one_under_the_same_id_survives(account: Account) -> None:
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    group_id = account.ec2.create_security_group(GroupName="web", Description="a test")["GroupId"]
    account.ec2.authorize_security_group_ingress(
        GroupId=group_id, IpPermissions=[{**ssh, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    [rule] = [rule for rule in rules(account, group_id) if not rule["IsEgress"]]
    evaluate_security_group(scheduled({"prohibitedPorts": "22"}), None)

    def narrow() -> None:
        good = {**ssh, "CidrIpv4": "203.0.113.0/24"}
        account.ec2.modify_security_group_rules(
            GroupId=group_id,
            SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": good}],
        )

    with once("before-call.ec2.RevokeSecurityGroupIngress", narrow):
        assert remediate(account, "remediate_security_group") == "superseded"
    [left] = [rule for rule in rules(account, group_id) if not rule["IsEgress"]]
    assert left["CidrIpv4"] == "203.0.113.0/24"


def rules(account: Account, group_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group_id]}]
    )["SecurityGroupRules"]
    return found


def test_a_statement_added_just_before_the_policy_is_put_survives(account: Account) -> None:
    account.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    put(account, OPEN)
    evaluate_s3_bucket(scheduled({}), None)
    with once("after-call.s3.GetBucketPolicy", lambda: put(account, OPEN, PARTNER)):
        assert remediate(account, "remediate_s3_bucket") == "fixed"
    assert json.loads(account.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"] == [PARTNER]
    assert account.waiting(SETTINGS.remediation_queue) == 0


def put(account: Account, *statements: dict[str, Any]) -> None:
    account.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
