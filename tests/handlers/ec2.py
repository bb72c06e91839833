"""EC2's revoke, over moto's groups: moto neither knows default VPCs nor returns the revoked rules."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.answers import Answer, answered, calls, refusal

from .cases import entries
from .conftest import Account

SAID_OF_A_RULE = (
    "SecurityGroupRuleId",
    "GroupId",
    "IsEgress",
    "IpProtocol",
    "FromPort",
    "ToPort",
    "CidrIpv4",
    "CidrIpv6",
    "PrefixListId",
    "Description",
)


@contextmanager
def revoking_as_ec2(account: Account, *, default_vpc: bool) -> Iterator[None]:
    """In a default VPC, an entry that matches no rule is listed as unknown; in other VPCs, it fails the whole call."""

    def revoke(asked: Mapping[str, Any]) -> Answer:
        before = rules(account, asked["GroupId"])
        known, unknown = sorted_out(account, asked)
        if unknown and not default_vpc:
            return refusal("InvalidPermission.NotFound")
        if known:
            account.ec2.revoke_security_group_ingress(GroupId=asked["GroupId"], IpPermissions=known)
        gone = before.keys() - rules(account, asked["GroupId"]).keys()
        revoked = [{key: rule[key] for key in SAID_OF_A_RULE if key in rule} for rule in map(before.get, gone) if rule]
        return {"Return": True, "RevokedSecurityGroupRules": revoked, "UnknownIpPermissions": unknown}

    with (
        calls("ec2") as made,
        answered("ec2", "RevokeSecurityGroupIngress", lambda _: revoke(made[-1][1])),
    ):
        yield


def sorted_out(account: Account, asked: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """The entries of a revoke that match rules of the group, and those that match none."""
    [group] = account.ec2.describe_security_groups(GroupIds=[asked["GroupId"]])["SecurityGroups"]
    here = entries(group["IpPermissions"])
    known = [entry for entry in asked["IpPermissions"] if entries([entry]) <= here]
    return known, [entry for entry in asked["IpPermissions"] if entry not in known]


def rules(account: Account, group_id: str) -> dict[str, dict[str, Any]]:
    """The group's inbound rules by ID."""
    answer = account.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])
    return {rule["SecurityGroupRuleId"]: rule for rule in answer["SecurityGroupRules"] if not rule["IsEgress"]}
