"""Live security groups of a moto account, rule by rule."""

from collections.abc import Mapping
from typing import Any

from .conftest import Account

ANYONE = "0.0.0.0/0"


def made(account: Account, name: str = "web") -> str:
    return str(account.ec2.create_security_group(GroupName=name, Description="a test")["GroupId"])


def authorize(
    account: Account, group_id: str, protocol: str, ports: tuple[int, int], *sources: str, tags: Mapping[str, str] = {}
) -> None:
    """Admit sources by their form: ``pl-a`` is a prefix list, ``::/0`` is IPv6; CIDRs get the description ``why``."""
    key = {"pl-": ("PrefixListIds", "PrefixListId"), ":": ("Ipv6Ranges", "CidrIpv6"), "": ("IpRanges", "CidrIp")}
    permissions = []
    for source in sources:
        several, one = next(names for mark, names in key.items() if mark in source)
        described = {} if one == "PrefixListId" else {"Description": "why"}
        ends = {"FromPort": ports[0], "ToPort": ports[1]}
        permissions.append({"IpProtocol": protocol, **ends, several: [{one: source, **described}]})
    listed = [{"Key": name, "Value": value} for name, value in tags.items()]
    tagged = {"TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": listed}]} if tags else {}
    account.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=permissions, **tagged)


def revoke(account: Account, group_id: str, protocol: str, ports: tuple[int, int], cidr: str = ANYONE) -> None:
    account.ec2.revoke_security_group_ingress(
        GroupId=group_id, IpProtocol=protocol, FromPort=ports[0], ToPort=ports[1], CidrIp=cidr
    )


def rules(account: Account, group_id: str) -> list[dict[str, Any]]:
    filters = [{"Name": "group-id", "Values": [group_id]}]
    found = account.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    return [rule for rule in found if not rule["IsEgress"]]


def words(account: Account, group_id: str) -> list[str]:
    """The inbound rules, such as ``tcp 20-21 0.0.0.0/0``, sorted."""
    return sorted(
        f"{rule['IpProtocol']} {rule['FromPort']}-{rule['ToPort']} {_source(rule)}" for rule in rules(account, group_id)
    )


def prefix_list(account: Account, *cidrs: str) -> str:
    answer = account.ec2.create_managed_prefix_list(
        PrefixListName="partners",
        AddressFamily="IPv6" if ":" in cidrs[0] else "IPv4",
        MaxEntries=10,
        Entries=[{"Cidr": cidr} for cidr in cidrs],
    )
    return str(answer["PrefixList"]["PrefixListId"])


def _source(rule: Mapping[str, Any]) -> str:
    return str(rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId"))
