"""AWS::EC2::SecurityGroup, in AWS Config's shape of it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.awsconfig.resource import Account, Json, Relationship, Resource, ResourceType

NAME = "AWS::EC2::SecurityGroup"


def poll(ec2: Any, account: Account) -> Iterator[Resource]:
    """Describe every security group of the region."""
    for page in ec2.get_paginator("describe_security_groups").paginate():
        for group in page["SecurityGroups"]:
            yield _resource(group, account)


def _resource(group: Json, account: Account) -> Resource:
    group_id, vpc_id = group["GroupId"], group.get("VpcId")
    return Resource(
        resource_type=NAME,
        resource_id=group_id,
        resource_name=group["GroupName"],
        arn=f"arn:aws:ec2:{account.region}:{account.account_id}:security-group/{group_id}",
        availability_zone="Not Applicable",
        configuration=_configuration(group),
        tags={tag["Key"]: tag["Value"] for tag in group.get("Tags", [])},
        relationships=(Relationship("Is contained in Vpc", "AWS::EC2::VPC", vpc_id),) if vpc_id else (),
    )


def _configuration(group: Json) -> Json:
    return {
        "description": group["Description"],
        "groupName": group["GroupName"],
        "ipPermissions": _permissions(group["IpPermissions"]),
        "ownerId": group["OwnerId"],
        "groupId": group["GroupId"],
        "ipPermissionsEgress": _permissions(group["IpPermissionsEgress"]),
        "tags": _sorted(_camel(tag) for tag in group.get("Tags", [])),
        "vpcId": group.get("VpcId"),
    }


def _permissions(permissions: Sequence[Json]) -> list[Json]:
    return _sorted(_permission(permission) for permission in permissions)


def _permission(permission: Json) -> Json:
    """One IpPermission. ``ipRanges`` repeats the CIDRs of ``ipv4Ranges``, for readers of the older form."""
    ipv4_ranges = _sorted(_camel(entry) for entry in permission.get("IpRanges", []))
    ports = {"fromPort": permission.get("FromPort"), "toPort": permission.get("ToPort")}
    return {
        "ipProtocol": permission["IpProtocol"],
        **{name: port for name, port in ports.items() if port is not None},
        "ipv6Ranges": _sorted(_camel(entry) for entry in permission.get("Ipv6Ranges", [])),
        "prefixListIds": _sorted(_camel(entry) for entry in permission.get("PrefixListIds", [])),
        "userIdGroupPairs": _sorted(_camel(entry) for entry in permission.get("UserIdGroupPairs", [])),
        "ipv4Ranges": ipv4_ranges,
        "ipRanges": [entry["cidrIp"] for entry in ipv4_ranges],
    }


def _camel(entry: Json) -> Json:
    return {name[0].lower() + name[1:]: value for name, value in entry.items()}


def _sorted(entries: Any) -> list[Json]:
    """EC2 promises no order; a change of order alone must not look like a change."""
    return sorted(entries, key=lambda entry: json.dumps(entry, sort_keys=True))


RESOURCE_TYPE = ResourceType(NAME, "ec2", poll)
