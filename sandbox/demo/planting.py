"""Plants leaks: each is a common mistake next to access that somebody needs."""

import json
from functools import partial
from typing import Any

from sandbox import Sandbox
from sandbox.demo.leaks import PRESENT, REMOVED, Fact, Leak
from sandbox.demo.probes import unsigned_get
from sandbox.environment import REGION

WORLD = "0.0.0.0/0"
OFFICE = "203.0.113.0/24"
PARTNER = "111122223333"
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
OBJECT = "report.txt"
GROUP, BUCKET = "AWS::EC2::SecurityGroup", "AWS::S3::Bucket"

type Json = dict[str, Any]


def group_open_to_ssh(box: Sandbox, name: str) -> Leak:
    """A security group with SSH open to the internet, next to HTTPS from the internet and SSH from an office."""
    group_id = create_group(box, name, (22, WORLD), (443, WORLD), (22, OFFICE))
    return Leak(
        GROUP,
        group_id,
        "remediate_security_group",
        "ec2:RevokeSecurityGroupIngress",
        (
            Fact(f"tcp 22 from {WORLD}", partial(ingress, box, group_id, 22, WORLD), PRESENT, REMOVED),
            Fact(f"tcp 443 from {WORLD}", partial(ingress, box, group_id, 443, WORLD), PRESENT, PRESENT),
            Fact(f"tcp 22 from {OFFICE} (office)", partial(ingress, box, group_id, 22, OFFICE), PRESENT, PRESENT),
        ),
    )


def bucket_with_public_policy(box: Sandbox, name: str) -> Leak:
    """A bucket whose policy lets everybody read, next to a statement for a partner's account."""
    create_bucket(box, name)
    box.client("s3").put_object(Bucket=name, Key=OBJECT, Body=b"For our eyes only.\n")
    put_policy(box, name, public_read(name), partner_read(name))
    return Leak(
        BUCKET,
        name,
        "remediate_s3_bucket",
        "s3:PutBucketPolicy",
        (
            Fact(f"unsigned GET /{name}/{OBJECT}", partial(unsigned_get, box, f"/{name}/{OBJECT}"), "200", "403"),
            Fact("statement EverybodyReads (*)", partial(statement, box, name, "EverybodyReads"), PRESENT, REMOVED),
            Fact(
                f"statement PartnerReads ({PARTNER})", partial(statement, box, name, "PartnerReads"), PRESENT, PRESENT
            ),
        ),
    )


def bucket_with_public_acl(box: Sandbox, name: str) -> Leak:
    """A bucket whose ACL lets everybody list it, next to the owner's grant."""
    create_bucket(box, name)
    client = box.client("s3")
    owner = client.get_bucket_acl(Bucket=name)["Owner"]
    grants = [
        {"Grantee": {"Type": "CanonicalUser", "ID": owner["ID"]}, "Permission": "FULL_CONTROL"},
        {"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": "READ"},
    ]
    client.put_bucket_acl(Bucket=name, AccessControlPolicy={"Owner": owner, "Grants": grants})
    return Leak(
        BUCKET,
        name,
        "remediate_s3_bucket",
        "s3:PutBucketAcl",
        (
            Fact(f"unsigned GET /{name} (list)", partial(unsigned_get, box, f"/{name}"), "200", "403"),
            Fact("grant READ to AllUsers", partial(grant, box, name, "READ", ALL_USERS), PRESENT, REMOVED),
            Fact(
                "grant FULL_CONTROL to owner", partial(grant, box, name, "FULL_CONTROL", owner["ID"]), PRESENT, PRESENT
            ),
        ),
    )


def create_group(box: Sandbox, name: str, *allowed: tuple[int, str]) -> str:
    """Create a security group that allows these TCP ports from these CIDRs; return its ID."""
    group_id: str = box.client("ec2").create_security_group(GroupName=name, Description=name)["GroupId"]
    allow(box, group_id, *allowed)
    return group_id


def allow(box: Sandbox, group_id: str, *allowed: tuple[int, str]) -> None:
    """Allow TCP ports from CIDRs."""
    permissions = [permission(port, cidr) for port, cidr in allowed]
    box.client("ec2").authorize_security_group_ingress(GroupId=group_id, IpPermissions=permissions)


def permission(port: int, cidr: str) -> Json:
    """The EC2 ``IpPermission`` of one TCP port and one CIDR."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}


def create_bucket(box: Sandbox, name: str) -> None:
    """Create a bucket without Block Public Access and with ACLs enabled, unlike the S3 defaults since April 2023."""
    client = box.client("s3")
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.delete_public_access_block(Bucket=name)
    ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    client.put_bucket_ownership_controls(Bucket=name, OwnershipControls=ownership)


def put_policy(box: Sandbox, bucket: str, *statements: Json) -> None:
    policy = {"Version": "2012-10-17", "Statement": statements}
    box.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def public_read(bucket: str) -> Json:
    return _reads("EverybodyReads", "*", bucket)


def partner_read(bucket: str) -> Json:
    return _reads("PartnerReads", {"AWS": f"arn:aws:iam::{PARTNER}:root"}, bucket)


def _reads(sid: str, principal: object, bucket: str) -> Json:
    objects = f"arn:aws:s3:::{bucket}/*"
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": objects}


def ingress(box: Sandbox, group_id: str, port: int, cidr: str) -> str:
    """Whether a group allows a TCP port from `cidr`: `PRESENT` or `REMOVED`."""
    [group] = box.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    allowed = {(p["FromPort"], entry["CidrIp"]) for p in group["IpPermissions"] for entry in p["IpRanges"]}
    return presence((port, cidr) in allowed)


def statement(box: Sandbox, bucket: str, sid: str) -> str:
    """Whether a bucket's policy has a statement: `PRESENT` or `REMOVED`."""
    policy = json.loads(box.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    return presence(sid in {statement["Sid"] for statement in policy["Statement"]})


def grant(box: Sandbox, bucket: str, permission: str, grantee: str) -> str:
    """Whether a bucket's ACL has a grant; the grantee is a URI or a canonical user ID: `PRESENT` or `REMOVED`."""
    grants = box.client("s3").get_bucket_acl(Bucket=bucket)["Grants"]
    found = {(each["Permission"], each["Grantee"].get("URI") or each["Grantee"].get("ID")) for each in grants}
    return presence((permission, grantee) in found)


def presence(is_present: object) -> str:
    """`PRESENT` or `REMOVED`."""
    return PRESENT if is_present else REMOVED
