"""Security groups in AWS Config's shape, as moto's EC2 describes them."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.awsconfig.resource import Account, Resource
from sandbox.awsconfig.resource_types.security_group import RESOURCE_TYPE

ACCOUNT = Account("123456789012", "eu-west-1")


@pytest.fixture(scope="module")
def ec2() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("ec2", region_name="eu-west-1")


@pytest.fixture
def group_id(ec2: Any) -> str:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "red"}]}]
    group = ec2.create_security_group(GroupName="web", Description="For the web", VpcId=vpc, TagSpecifications=tags)
    return str(group["GroupId"])


def recorded(ec2: Any, group_id: str) -> Resource:
    (found,) = [resource for resource in RESOURCE_TYPE.poll(ec2, ACCOUNT) if resource.resource_id == group_id]
    return found


def authorize(ec2: Any, group_id: str, **permission: Any) -> None:
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])


def test_a_group_is_named_and_tied_to_its_vpc(ec2: Any, group_id: str) -> None:
    found = recorded(ec2, group_id)
    vpc_id = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]["VpcId"]
    assert found.resource_type == "AWS::EC2::SecurityGroup"
    assert found.resource_name == "web"
    assert found.arn == f"arn:aws:ec2:eu-west-1:123456789012:security-group/{group_id}"
    assert found.availability_zone == "Not Applicable"
    assert found.tags == {"team": "red"}
    assert [tie.for_notification() for tie in found.relationships] == [
        {
            "resourceId": vpc_id,
            "resourceName": None,
            "resourceType": "AWS::EC2::VPC",
            "name": "Is contained in Vpc",
        }
    ]


def test_a_new_group_has_the_configuration_that_aws_config_records(ec2: Any, group_id: str) -> None:
    found = recorded(ec2, group_id)
    assert found.configuration == {
        "description": "For the web",
        "groupName": "web",
        "ipPermissions": [],
        "ownerId": "123456789012",
        "groupId": group_id,
        "ipPermissionsEgress": [
            {
                "ipProtocol": "-1",
                "ipv6Ranges": [],
                "prefixListIds": [],
                "userIdGroupPairs": [],
                "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}],
                "ipRanges": ["0.0.0.0/0"],
            }
        ],
        "tags": [{"key": "team", "value": "red"}],
        "vpcId": found.relationships[0].resource_id,
    }


def test_all_kinds_of_sources_are_recorded(ec2: Any, group_id: str) -> None:
    prefix_list = ec2.create_managed_prefix_list(PrefixListName="offices", MaxEntries=1, AddressFamily="IPv4")
    prefix_list_id = prefix_list["PrefixList"]["PrefixListId"]
    authorize(
        ec2,
        group_id,
        IpProtocol="tcp",
        FromPort=22,
        ToPort=23,
        IpRanges=[{"CidrIp": "198.51.100.0/24", "Description": "office"}, {"CidrIp": "0.0.0.0/0"}],
        Ipv6Ranges=[{"CidrIpv6": "::/0", "Description": "all"}],
        PrefixListIds=[{"PrefixListId": prefix_list_id}],
        UserIdGroupPairs=[{"GroupId": group_id}],
    )
    configuration = recorded(ec2, group_id).configuration or {}
    assert configuration["ipPermissions"] == [
        {
            "ipProtocol": "tcp",
            "fromPort": 22,
            "toPort": 23,
            "ipv6Ranges": [{"cidrIpv6": "::/0", "description": "all"}],
            "prefixListIds": [{"prefixListId": prefix_list_id}],
            "userIdGroupPairs": [{"groupId": group_id, "userId": "123456789012"}],
            "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}, {"cidrIp": "198.51.100.0/24", "description": "office"}],
            "ipRanges": ["0.0.0.0/0", "198.51.100.0/24"],
        }
    ]


def test_the_order_in_which_rules_were_made_does_not_matter(ec2: Any, group_id: str) -> None:
    def permission(cidr: str) -> dict[str, Any]:
        return {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": cidr}]}

    first, second = permission("192.0.2.0/24"), permission("198.51.100.0/24")
    seen = []
    for order in ([first, second], [second, first]):
        for each in order:
            authorize(ec2, group_id, **each)
        seen.append(recorded(ec2, group_id))
        ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=order)
    assert seen[0] == seen[1]


def test_two_polls_of_an_unchanged_group_are_equal(ec2: Any, group_id: str) -> None:
    assert recorded(ec2, group_id) == recorded(ec2, group_id)
