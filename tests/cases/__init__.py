"""The cases of s3_cases.json and sg_cases.json (see README.md), as the model that the rules judge; reports.json."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.resources import BlockPublicAccess, Bucket, IpPermission, SecurityGroup, Source

Case = dict[str, Any]

HERE = Path(__file__).parent
ACCOUNT, REGION = "111122223333", "eu-west-1"
SOURCES = {
    "ipv4": ("IpRanges", "CidrIp"),
    "ipv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefix_list": ("PrefixListIds", "PrefixListId"),
    "group": ("UserIdGroupPairs", "GroupId"),
}


def s3_cases() -> list[Case]:
    return json.loads((HERE / "s3_cases.json").read_text())


def sg_cases() -> list[Case]:
    return json.loads((HERE / "sg_cases.json").read_text())


def reports() -> list[Case]:
    return json.loads((HERE / "reports.json").read_text())


def named(case: Case) -> str:
    return case["id"]


def bucket(case: Case) -> Bucket:
    return Bucket(
        account_id=ACCOUNT,
        region=REGION,
        name="example-bucket",
        policy=case["policy"],
        owner={"ID": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
        grants=tuple(case["acl_grants"] or ()),
        object_ownership=case["object_ownership"],
        bucket_block=_block(case["public_access_block"]),
        account_block=_block(case["account_public_access_block"]),
    )


def security_group(case: Case) -> SecurityGroup:
    permissions = tuple(map(permission, case["ip_permissions"]))
    return SecurityGroup(ACCOUNT, REGION, "sg-0123456789abcdef0", "web", permissions)


def permission(raw: Mapping[str, Any]) -> IpPermission:
    sources = (
        Source(kind, item[field], item.get("Description", ""))
        for kind, (key, field) in SOURCES.items()
        for item in raw.get(key, [])
    )
    return IpPermission(raw["IpProtocol"], raw.get("FromPort"), raw.get("ToPort"), tuple(sources))


def _block(raw: Mapping[str, bool] | None) -> BlockPublicAccess:
    raw = raw or {}
    return BlockPublicAccess(
        block_public_acls=raw.get("BlockPublicAcls", False),
        ignore_public_acls=raw.get("IgnorePublicAcls", False),
        block_public_policy=raw.get("BlockPublicPolicy", False),
        restrict_public_buckets=raw.get("RestrictPublicBuckets", False),
    )
