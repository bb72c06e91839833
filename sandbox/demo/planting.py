"""Plants leaks: each an ordinary mistake in the midst of things that somebody relies on."""

import json
from functools import partial
from typing import Any

from sandbox import Sandbox
from sandbox.demo.leaks import GONE, THERE, Fact, Leak
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
    """A security group with SSH from the world, beside HTTPS from the world and SSH from an office."""
    group_id = create_group(box, name, (22, WORLD), (443, WORLD), (22, OFFICE))
    return Leak(
        GROUP,
        group_id,
        "remediate_security_group",
        "ec2:RevokeSecurityGroupIngress",
        (
            Fact(f"tcp 22 from {WORLD}", partial(ingress, box, group_id, 22, WORLD), THERE, GONE),
            Fact(f"tcp 443 from {WORLD}", partial(ingress, box, group_id, 443, WORLD), THERE, THERE),
            Fact(f"tcp 22 from {OFFICE} (office)", partial(ingress, box, group_id, 22, OFFICE), THERE, THERE),
        ),
    )


def bucket_with_public_policy(box: Sandbox, name: str) -> Leak:
    """A bucket whose policy lets everybody read, beside a statement for a partner's account."""
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
            Fact("statement EverybodyReads (*)", partial(statement, box, name, "EverybodyReads"), THERE, GONE),
            Fact(f"statement PartnerReads ({PARTNER})", partial(statement, box, name, "PartnerReads"), THERE, THERE),
        ),
    )


def bucket_with_public_acl(box: Sandbox, name: str) -> Leak:
    """A bucket whose ACL lets everybody list it, beside the owner's grant."""
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
            Fact("grant READ to AllUsers", partial(grant, box, name, "READ", ALL_USERS), THERE, GONE),
            Fact("grant FULL_CONTROL to owner", partial(grant, box, name, "FULL_CONTROL", owner["ID"]), THERE, THERE),
        ),
    )


def create_group(box: Sandbox, name: str, *allowed: tuple[int, str]) -> str:
    """A security group that lets these CIDRs in to these TCP ports; its id."""
    group_id: str = box.client("ec2").create_security_group(GroupName=name, Description=name)["GroupId"]
    allow(box, group_id, *allowed)
    return group_id


def allow(box: Sandbox, group_id: str, *allowed: tuple[int, str]) -> None:
    """Let CIDRs in to TCP ports."""
    permissions = [permission(port, cidr) for port, cidr in allowed]
    box.client("ec2").authorize_security_group_ingress(GroupId=group_id, IpPermissions=permissions)


def permission(port: int, cidr: str) -> Json:
    """One TCP port for one CIDR, as EC2 takes it."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}


def create_bucket(box: Sandbox, name: str) -> None:
    """A bucket without Block Public Access and with ACLs, which new buckets have had since April 2023."""
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
    """Whether a group lets `cidr` in to a TCP port: `THERE` or `GONE`."""
    [group] = box.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    allowed = {(p["FromPort"], entry["CidrIp"]) for p in group["IpPermissions"] for entry in p["IpRanges"]}
    return presence((port, cidr) in allowed)


def statement(box: Sandbox, bucket: str, sid: str) -> str:
    """Whether a bucket's policy has a statement: `THERE` or `GONE`."""
    policy = json.loads(box.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    return presence(sid in {statement["Sid"] for statement in policy["Statement"]})


def grant(box: Sandbox, bucket: str, permission: str, grantee: str) -> str:
    """Whether a bucket's ACL has a grant; a grantee is named by URI or id: `THERE` or `GONE`."""
    grants = box.client("s3").get_bucket_acl(Bucket=bucket)["Grants"]
    found = {(each["Permission"], each["Grantee"].get("URI") or each["Grantee"].get("ID")) for each in grants}
    return presence((permission, grantee) in found)


def presence(is_there: object) -> str:
    """In a fact's words."""
    return THERE if is_there else GONE
