"""CloudTrail's events, in CloudTrail's format."""

import json
from typing import Any

from chalicelib.exposure.trail_events import TrailEvent
from chalicelib.findings import Violation
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP

ACCOUNT, REGION, GROUP, BUCKET = "123456789012", "eu-west-1", "sg-0a1b2c3d4e5f67890", "acme-reports"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 terraform-provider-aws/5.70.0 aws-sdk-go-v2/1.30.5"
ANN = {
    "type": "IAMUser",
    "principalId": "AIDAJ45Q7YFFAREXAMPLE",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/ann",
    "accountId": ACCOUNT,
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "userName": "ann",
}
ROOT = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
SERVICE = {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}
SSH_OPEN = Violation(
    "EC2_SG_PROHIBITED_PORT",
    {
        "reason": "tcp 22 is open to 0.0.0.0/0",
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "cidrs": ["0.0.0.0/0"],
        "exposedPorts": ["22"],
    },
)


def session(role: str, name: str = "ci", account: str = ACCOUNT) -> dict[str, Any]:
    """The identity of an assumed role."""
    issuer = f"arn:aws:iam::{account}:role/{role}"
    return {
        "type": "AssumedRole",
        "principalId": f"AROAJ45Q7YFFAREXAMPLE:{name}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{name}",
        "accountId": account,
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "arn": issuer, "accountId": account, "userName": role.rpartition("/")[2]},
            "attributes": {"creationDate": "2026-11-05T03:00:00Z", "mfaAuthenticated": "false"},
        },
    }


def at(minute: int) -> str:
    return f"2026-11-05T03:{minute:02}:00Z"


def event(name: str, parameters: object, minute: int = 10, **changed: Any) -> dict[str, Any]:
    """CloudTrail's event of a call."""
    source = "s3" if "Bucket" in name else "ec2"
    return {
        "eventVersion": "1.10",
        "userIdentity": ANN,
        "eventTime": at(minute),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.42",
        "userAgent": TERRAFORM,
        "requestParameters": parameters,
        "responseElements": {"_return": True} if source == "ec2" else None,
        "requestID": "e0d9f1c2",
        "eventID": f"{name}-{minute}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        **changed,
    }


def entry(protocol: str, first: int | None, last: int | None, *cidrs: str) -> dict[str, Any]:
    """An entry of ``ipPermissions.items``; an empty list is an empty object."""
    ports = {} if first is None else {"fromPort": first, "toPort": last}
    v4 = [{"cidrIp": cidr} for cidr in cidrs if ":" not in cidr and not cidr.startswith("pl-")]
    v6 = [{"cidrIpv6": cidr} for cidr in cidrs if ":" in cidr]
    lists = [{"prefixListId": cidr} for cidr in cidrs if cidr.startswith("pl-")]
    kinds = {"ipRanges": v4, "ipv6Ranges": v6, "prefixListIds": lists}
    return {
        "ipProtocol": protocol,
        **ports,
        "groups": {},
        **{kind: {"items": items} if items else {} for kind, items in kinds.items()},
    }


SSH = entry("tcp", 22, 22, "0.0.0.0/0")


def ingress(verb: str, minute: int, *entries: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """AuthorizeSecurityGroupIngress or RevokeSecurityGroupIngress; by default for SSH from everywhere."""
    parameters = {"groupId": GROUP, "ipPermissions": {"items": list(entries or (SSH,))}}
    return event(f"{verb}SecurityGroupIngress", parameters, minute, **changed)


def modified(rules: object, minute: int = 10) -> dict[str, Any]:
    """ModifySecurityGroupRules: a single change is an object, several are a list."""
    request = {"GroupId": GROUP, "SecurityGroupRule": rules}
    return event("ModifySecurityGroupRules", {"ModifySecurityGroupRulesRequest": request}, minute)


def rule(cidr: str = "0.0.0.0/0") -> dict[str, Any]:
    changed = {"CidrIpv4": cidr, "FromPort": 22, "ToPort": 22, "IpProtocol": "tcp", "Description": "office"}
    return {"SecurityGroupRuleId": "sgr-0d28445c956a5d8ac", "tag": 1, "SecurityGroupRule": changed}


def inquiry(*violations: Violation, **changed: Any) -> Inquiry:
    """An inquiry at 03:20 about violations detected at 03:12."""
    is_bucket = bool(violations) and violations[0].violation_type.startswith("S3")
    values = {
        "remediation_id": "3f2a91c07b",
        "raised_by_rule": "dd-aws-dev-rule",
        "aws_account_id": ACCOUNT,
        "aws_region": REGION,
        "target_resource_type": S3_BUCKET if is_bucket else SECURITY_GROUP,
        "target_resource_id": BUCKET if is_bucket else GROUP,
        "detected_at": at(12),
        "asked_at": at(20),
        "violations": violations or (SSH_OPEN,),
        **changed,
    }
    return Inquiry(**values)


def read(raw: dict[str, Any]) -> TrailEvent:
    return TrailEvent.from_json(json.loads(json.dumps(raw)))
