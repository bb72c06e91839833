"""The leaks and resources that the tests plant in addition to the demonstration's three leaks."""

from dataclasses import dataclass, replace
from functools import partial

from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.demo.leaks import PRESENT, REMOVED, Fact, Leak
from sandbox.demo.planting import (
    BUCKET,
    GROUP,
    OBJECT,
    OFFICE,
    WORLD,
    bucket_with_public_acl,
    bucket_with_public_policy,
    create_bucket,
    create_group,
    group_open_to_ssh,
    ingress,
    partner_read,
    presence,
    public_read,
    put_policy,
    statement,
)
from sandbox.demo.probes import unsigned_get

OFFICES = 58
PARTNERS = 60
LARGEST_NOTIFICATION = 12_000
"""Bytes: ordinary items stay below it, a large group's or bucket's is oversized."""


@dataclass(frozen=True)
class Planted:
    """Everything that is there before auto-response is turned on.

    Attributes
    ----------
    leaks : dict of Leak
        What has to be healed, by what is special about it.
    by_hand : Leak
        What somebody fixes by hand while it waits.
    harmless : str
        The id of a security group that is changed, and harmless before and after.
    """

    leaks: dict[str, Leak]
    by_hand: Leak
    harmless: str

    @property
    def all(self) -> tuple[Leak, ...]:
        return (*self.leaks.values(), self.by_hand)


LEAKS = ("group", "policy", "acl", "policy with nothing else", "large group", "large bucket")


def plant(box: Sandbox) -> Planted:
    """Plant all of it."""
    leaks = (
        group_open_to_ssh(box, "web-servers"),
        bucket_with_public_policy(box, "acme-reports"),
        bucket_with_public_acl(box, "acme-downloads"),
        _bucket_with_public_policy_alone(box, "acme-website"),
        _large_group(box, "offices"),
        _large_bucket(box, "acme-partners"),
    )
    harmless = create_group(box, "intranet", (22, OFFICE))
    return Planted(dict(zip(LEAKS, leaks, strict=True)), group_open_to_ssh(box, "by-hand"), harmless)


def group_with_a_range_and_a_list(box: Sandbox, name: str) -> Leak:
    """A tagged range of ports around MySQL's, for the world; SSH and HTTPS for a prefix list that admits it."""
    client = box.client("ec2")
    group_id = create_group(box, name)
    tagged = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "team", "Value": "web"}]}]
    ranges = [{"CidrIp": WORLD, "Description": "shop"}]
    ports = {"IpProtocol": "tcp", "FromPort": 3300, "ToPort": 3310, "IpRanges": ranges}
    entries = [{"Cidr": "0.0.0.0/1"}, {"Cidr": "128.0.0.0/1"}]
    listed = client.create_managed_prefix_list(
        PrefixListName=name, MaxEntries=len(entries), AddressFamily="IPv4", Entries=entries
    )["PrefixList"]["PrefixListId"]
    by_list = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": listed}]}
    harmless = {**by_list, "FromPort": 443, "ToPort": 443}
    all_of_it = [ports, by_list, harmless]  # in one call, else the one would be closed before the other is seen
    client.authorize_security_group_ingress(GroupId=group_id, IpPermissions=all_of_it, TagSpecifications=tagged)
    facts = (
        Fact("rules", partial(_rules, box, group_id), "3300-3310 shop web", "3300-3305 shop web, 3307-3310 shop web"),
        Fact("lists", partial(_lists, box, group_id), f"22 {listed}, 443 {listed}", f"443 {listed}"),
    )
    return Leak(GROUP, group_id, "remediate_security_group", "ec2:RevokeSecurityGroupIngress", facts)


def bucket_to_be_blocked(box: Sandbox, name: str) -> Leak:
    """A bucket with a public policy, of a rule that is set to block public access rather than change policies."""
    leak = bucket_with_public_policy(box, name)
    facts = (
        Fact("unsigned GET", partial(unsigned_get, box, f"/{name}/{OBJECT}"), "200", "403"),
        Fact("public statement", partial(statement, box, name, "EverybodyReads"), PRESENT, PRESENT),
        Fact("partner's statement", partial(statement, box, name, "PartnerReads"), PRESENT, PRESENT),
        Fact("public buckets restricted", partial(_restricted, box, name), "False", "True"),
    )
    return replace(leak, change="s3:PutBucketPublicAccessBlock", facts=facts)


def _bucket_with_public_policy_alone(box: Sandbox, name: str) -> Leak:
    """A bucket whose whole policy is public, so that the fix deletes the policy."""
    create_bucket(box, name)
    box.client("s3").put_object(Bucket=name, Key=OBJECT, Body=b"For our eyes only.\n")
    put_policy(box, name, public_read(name))
    facts = (
        Fact("unsigned GET", partial(unsigned_get, box, f"/{name}/{OBJECT}"), "200", "403"),
        Fact("policy", partial(_policy, box, name), PRESENT, REMOVED),
    )
    return Leak(BUCKET, name, "remediate_s3_bucket", "s3:DeleteBucketPolicy", facts)


def _large_group(box: Sandbox, name: str) -> Leak:
    """As many rules as a group may have, with descriptions as long as they may be."""
    group_id = create_group(box, name, (22, WORLD))
    offices = [{"CidrIp": f"198.51.100.{host}/32", "Description": "x" * 255} for host in range(OFFICES)]
    box.client("ec2").authorize_security_group_ingress(
        GroupId=group_id, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": offices}]
    )
    facts = (
        Fact("world", partial(ingress, box, group_id, 22, WORLD), PRESENT, REMOVED),
        Fact("offices", partial(_sources, box, group_id, "198.51.100."), str(OFFICES), str(OFFICES)),
    )
    return Leak(GROUP, group_id, "remediate_security_group", "ec2:RevokeSecurityGroupIngress", facts)


def _large_bucket(box: Sandbox, name: str) -> Leak:
    """A policy of nearly 20 KB, which is as long as one may be."""
    create_bucket(box, name)
    partners = [{**partner_read(name), "Sid": f"Partner{number}"} for number in range(PARTNERS)]
    put_policy(box, name, *partners, public_read(name))
    facts = (
        Fact("public statement", partial(statement, box, name, "EverybodyReads"), PRESENT, REMOVED),
        Fact("first partner", partial(statement, box, name, "Partner0"), PRESENT, PRESENT),
        Fact("last partner", partial(statement, box, name, f"Partner{PARTNERS - 1}"), PRESENT, PRESENT),
    )
    return Leak(BUCKET, name, "remediate_s3_bucket", "s3:PutBucketPolicy", facts)


def _policy(box: Sandbox, bucket: str) -> str:
    try:
        return presence(box.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return REMOVED


def _sources(box: Sandbox, group_id: str, start: str) -> str:
    """How many of a group's CIDRs begin with `start`."""
    [group] = box.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    cidrs = [entry["CidrIp"] for permission in group["IpPermissions"] for entry in permission["IpRanges"]]
    return str(sum(cidr.startswith(start) for cidr in cidrs))


def _rules(box: Sandbox, group_id: str) -> str:
    """A group's rules for CIDRs: ports, description and tags."""
    found = box.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])
    inbound = [rule for rule in found["SecurityGroupRules"] if not rule["IsEgress"] and "CidrIpv4" in rule]
    return ", ".join(
        f"{rule['FromPort']}-{rule['ToPort']} {rule['Description']} {' '.join(tag['Value'] for tag in rule['Tags'])}"
        for rule in sorted(inbound, key=lambda rule: int(rule["FromPort"]))
    )


def _lists(box: Sandbox, group_id: str) -> str:
    """The prefix lists that a group admits, and to which port."""
    [group] = box.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    permissions = [(each["FromPort"], listed) for each in group["IpPermissions"] for listed in each["PrefixListIds"]]
    return ", ".join(sorted(f"{port} {listed['PrefixListId']}" for port, listed in permissions))


def _restricted(box: Sandbox, bucket: str) -> str:
    client = box.client("s3")
    try:
        block = client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        return str(False)
    return str(block["RestrictPublicBuckets"])
