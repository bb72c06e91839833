"""The facts that a security group's model may lack: read page by page, and never guessed."""

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.aws.clients import client
from chalicelib.aws.service_quotas import ServiceQuotas
from chalicelib.errors import AwsRefused, NotDone
from chalicelib.resources import IpPermission, ListSize, PrefixList, Source, TaggedRule
from chalicelib.rules.security_group.prefix_lists import PrefixLists
from chalicelib.rules.security_group.read import SecurityGroups
from chalicelib.rules.security_group.shapes import tagged_rule
from tests.answers import ACCOUNT, REGION, answered, refusal

ENTRIES = "GetManagedPrefixListEntries"


def lists() -> PrefixLists:
    return PrefixLists(client("ec2", ACCOUNT, REGION))


@pytest.fixture
def ec2() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("ec2", region_name=REGION)


def test_a_group_that_another_account_shares_is_not_ours() -> None:
    shared = {"GroupId": "sg-1", "GroupName": "theirs", "OwnerId": "210987654321", "IpPermissions": []}
    own = {"GroupId": "sg-2", "GroupName": "ours", "OwnerId": ACCOUNT, "IpPermissions": []}
    groups = SecurityGroups(client("ec2", ACCOUNT, REGION), ServiceQuotas, ACCOUNT, REGION)  # type: ignore[arg-type]
    with answered("ec2", "DescribeSecurityGroups", lambda _: {"SecurityGroups": [shared, own]}):
        assert [group.group_id for group in groups.all()] == ["sg-2"]
    with answered("ec2", "DescribeSecurityGroups", lambda _: {"SecurityGroups": [shared]}):
        assert groups.get("sg-1") is None


def test_the_entries_of_a_list_are_read_to_the_last_page() -> None:
    def page(request: Mapping[str, Any]) -> dict[str, Any]:
        is_last = "NextToken" in request["body"]
        return {"Entries": [{"Cidr": "::/1"}]} if is_last else {"Entries": [{"Cidr": "8000::/1"}], "NextToken": "more"}

    with answered("ec2", ENTRIES, page):
        assert lists().get("pl-1") == PrefixList("pl-1", ("8000::/1", "::/1"))


@pytest.mark.parametrize("code", ["InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound"])
def test_a_list_that_our_account_does_not_see_has_unknown_entries_not_none(code: str) -> None:
    with answered("ec2", ENTRIES, lambda _: refusal(code)):
        assert lists().get("pl-1") == PrefixList("pl-1", None)


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "RequestLimitExceeded", "InternalError"])
def test_a_list_that_cannot_be_read_is_an_error(code: str) -> None:
    with (
        answered("ec2", ENTRIES, lambda _: refusal(code)),
        pytest.raises((AwsRefused, NotDone), match=f"pl-1 cannot be read.*{code}"),
    ):
        lists().get("pl-1")


def test_a_list_counts_with_its_maximum_of_entries_and_awss_own_with_their_weights(ec2: Any) -> None:
    mine = ec2.create_managed_prefix_list(PrefixListName="partners", AddressFamily="IPv6", MaxEntries=7, Entries=[])
    named = {
        each["PrefixListName"]: each["PrefixListId"] for each in ec2.describe_managed_prefix_lists()["PrefixLists"]
    }
    cloudfront, s3 = named["com.amazonaws.global.cloudfront.origin-facing"], named[f"com.amazonaws.{REGION}.s3"]
    hidden = "pl-0123456789abcdef0"
    assert lists().sizes([mine["PrefixList"]["PrefixListId"], cloudfront, s3, hidden]) == {
        mine["PrefixList"]["PrefixListId"]: ListSize("ipv6", 7),
        cloudfront: ListSize("ipv4", 55),
        s3: ListSize("ipv4", 1),
    }


def test_no_lists_are_not_asked_for() -> None:
    with answered("ec2", "DescribeManagedPrefixLists", lambda _: refusal("UnauthorizedOperation")):
        assert lists().sizes([]) == {}


def quota() -> int:
    return ServiceQuotas(client("service-quotas", ACCOUNT, REGION)).inbound_rules()


def test_the_accounts_own_quota_counts_and_else_the_default() -> None:
    with answered("service-quotas", "GetServiceQuota", lambda _: {"Quota": {"Value": 100.0}}):
        assert quota() == 100
    with (
        answered("service-quotas", "GetServiceQuota", lambda _: refusal("NoSuchResourceException")),
        answered("service-quotas", "GetAWSDefaultServiceQuota", lambda _: {"Quota": {"Value": 60.0}}),
    ):
        assert quota() == 60


def test_a_quota_that_cannot_be_read_is_an_error() -> None:
    denied = answered("service-quotas", "GetServiceQuota", lambda _: refusal("AccessDeniedException"))
    with denied, pytest.raises(AwsRefused, match="AccessDeniedException"):
        quota()


@pytest.mark.parametrize(
    ("told", "source"),
    [
        ({"CidrIpv4": "0.0.0.0/0"}, Source("ipv4", "0.0.0.0/0", "why")),
        ({"CidrIpv6": "::/0"}, Source("ipv6", "::/0", "why")),
        ({"PrefixListId": "pl-1"}, Source("prefix_list", "pl-1", "why")),
        ({"ReferencedGroupInfo": {"GroupId": "sg-2", "UserId": ACCOUNT}}, Source("group", "sg-2", "why")),
    ],
)
def test_a_rule_is_read_with_its_source_and_tags(told: dict[str, Any], source: Source) -> None:
    raw = {
        "IpProtocol": "tcp",
        "FromPort": 20,
        "ToPort": 30,
        "Description": "why",
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    assert tagged_rule({**raw, **told}) == TaggedRule(IpPermission("tcp", 20, 30, (source,)), {"a": "b"})
