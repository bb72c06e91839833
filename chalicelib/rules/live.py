"""Readers of live resources, and inventories, by account and region."""

from collections.abc import Callable
from functools import cache
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.aws.config_service import ConfigService
from chalicelib.aws.service_quotas import ServiceQuotas
from chalicelib.findings import AwsCall
from chalicelib.resources import (
    BUCKET_PARTS,
    SECURITY_GROUP,
    BlockPublicAccess,
    Bucket,
    Fact,
    PrefixList,
    Resource,
    SecurityGroup,
)
from chalicelib.rules.inventories import REMEMBERED_SECONDS, BucketInventory, SecurityGroupInventory, remembered
from chalicelib.rules.s3_bucket.read import Buckets
from chalicelib.rules.security_group.prefix_lists import PrefixLists
from chalicelib.rules.security_group.read import SecurityGroups


def reader(resource_type: str, account_id: str, region: str) -> SecurityGroups | Buckets:
    """The reader of live resources of a type. It caches nothing."""
    if resource_type == SECURITY_GROUP:
        return _security_groups(account_id, region)
    return _buckets(account_id, region)


def unread(resource_type: str, account_id: str, region: str, resource_id: str) -> Resource | None:
    """A resource to read fact by fact, because each read may be denied; None if it certainly does not exist."""
    if resource_type == SECURITY_GROUP:
        return _security_groups(account_id, region).get(resource_id)
    return Bucket(account_id, region, resource_id, missing=BUCKET_PARTS)


def with_facts(resource: Resource, facts: frozenset[Fact]) -> Resource:
    """The resource with the current values of `facts`."""
    if isinstance(resource, SecurityGroup):
        return _security_groups(resource.account_id, resource.region).with_facts(resource, facts)
    return _buckets(resource.account_id, resource.region).with_facts(resource, facts)


def demand_unchanged(call: AwsCall, seen: Resource) -> None:
    """Raise Superseded if the call would overwrite a value that has changed since `seen`."""
    if isinstance(seen, Bucket):
        _buckets(seen.account_id, seen.region).demand_unchanged(call, seen)


def inventory(resource_type: str, account_id: str, region: str) -> Any:
    """The inventory from which an evaluator reads a type of resource."""
    if resource_type == SECURITY_GROUP:
        prefix_list = _prefix_list(account_id, region)
        return SecurityGroupInventory(_security_groups(account_id, region), prefix_list, account_id, region)
    config = ConfigService(client("config", account_id, region))
    block = _account_block(account_id, region)
    return BucketInventory(_buckets(account_id, region), config, block, account_id, region)


def _security_groups(account_id: str, region: str) -> SecurityGroups:
    def quotas() -> ServiceQuotas:
        return ServiceQuotas(client("service-quotas", account_id, region))

    return SecurityGroups(client("ec2", account_id, region), quotas, account_id, region)


def _buckets(account_id: str, region: str) -> Buckets:
    s3, s3control = (client(service, account_id, region) for service in ("s3", "s3control"))
    return Buckets(s3, s3control, account_id, region)


@cache
def _account_block(account_id: str, region: str) -> Callable[[], BlockPublicAccess]:
    return remembered(_buckets(account_id, region).account_block, REMEMBERED_SECONDS)


@cache
def _prefix_list(account_id: str, region: str) -> Callable[[str], PrefixList]:
    return remembered(PrefixLists(client("ec2", account_id, region)).get, REMEMBERED_SECONDS)
