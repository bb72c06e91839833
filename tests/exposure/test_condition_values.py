"""The values that count as fixed: addresses, user ids, ARNs of access points and others, organization paths."""

import pytest

from chalicelib.exposure.conditions import clauses_of, weaknesses

ACCESS_POINTS = "arn:aws:s3:us-west-2:123456789012:accesspoint"


def limits(condition: object) -> bool:
    return weaknesses(clauses_of(condition)) is None


@pytest.mark.parametrize(
    "addresses",
    [
        "1.2.3.4",
        "203.0.113.0/24",
        ["192.0.2.0/24", "2001:DB8:1234:5678::/64"],
        "52.0.0.0/8",
        "10.0.0.0/8",
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
        "2600:1f00::/32",
        ["52.0.0.0/8", "54.0.0.0/8"],
    ],
)
def test_addresses_up_to_the_line_are_fixed(addresses: object) -> None:
    assert limits({"IpAddress": {"aws:SourceIp": addresses}})


@pytest.mark.parametrize(
    "addresses",
    [
        "0.0.0.0/0",
        "0.0.0.0/1",
        "52.0.0.0/7",
        "10.0.0.0/7",
        "::/0",
        "2600:1f00::/31",
        "fd00::/8",
        ["203.0.113.0/24", "0.0.0.0/0"],
        ["0.0.0.0/1", "128.0.0.0/1"],
        ["52.0.0.0/8", "53.0.0.0/8"],
        "anywhere",
        "10.*",
        ["203.0.113.0/24", "${aws:SourceIp}"],
        "256.0.0.1",
    ],
)
def test_addresses_beyond_the_line_or_malformed_are_not_fixed(addresses: object) -> None:
    assert not limits({"IpAddress": {"aws:SourceIp": addresses}})


def test_addresses_that_may_be_missing_or_are_only_excluded_are_no_limit() -> None:
    assert not limits({"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}})
    assert not limits({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})


def test_an_address_operator_says_nothing_about_other_keys() -> None:
    assert not limits({"IpAddress": {"aws:SourceVpc": "vpc-1"}})


@pytest.mark.parametrize("value", ["AIDACKCEVSQ6C2EXAMPLE", "123456789012", "AROADBQP57FF2AEXAMPLE:one-session"])
def test_a_user_id_without_a_wildcard_is_fixed(value: str) -> None:
    assert limits({"StringEquals": {"aws:userid": value}})


@pytest.mark.parametrize("value", ["AROADBQP57FF2AEXAMPLE:*", "*:me", "AIDA*"])
def test_a_user_id_of_any_session_is_not_fixed(value: str) -> None:
    assert not limits({"StringLike": {"aws:userId": value}})


@pytest.mark.parametrize("key", ["aws:userid", "aws:PrincipalAccount"])
def test_the_identity_of_whoever_does_not_sign_is_not_fixed(key: str) -> None:
    assert not limits({"StringEquals": {key: "anonymous"}})
    assert not limits({"StringLike": {key: ["123456789012", "anonymous"]}})


@pytest.mark.parametrize(
    "value", [f"{ACCESS_POINTS}/*", f"{ACCESS_POINTS}/finance-?", "arn:aws:s3::123456789012:accesspoint/*"]
)
@pytest.mark.parametrize("operator", ["StringLike", "StringEquals", "ArnLike", "ArnEquals"])
def test_the_name_of_an_access_point_may_be_a_wildcard(operator: str, value: str) -> None:
    assert limits({operator: {"s3:DataAccessPointArn": value}})


@pytest.mark.parametrize(
    "value",
    [
        "arn:aws:s3:us-west-2:*:accesspoint/finance",
        "arn:aws:s3:*:123456789012:accesspoint/finance",
        "arn:*:s3:us-west-2:123456789012:accesspoint/finance",
        "arn:aws:s3:us-west-2:12345678901?:accesspoint/finance",
        "arn:aws:s3:us-west-2:123456789012:*",
        f"{ACCESS_POINTS}/${{aws:username}}",
        [f"{ACCESS_POINTS}/*", "*"],
    ],
)
def test_all_else_in_the_arn_of_an_access_point_may_not(value: object) -> None:
    assert not limits({"StringLike": {"s3:DataAccessPointArn": value}})


@pytest.mark.parametrize("key", ["aws:SourceArn", "aws:PrincipalArn"])
def test_a_wildcard_in_the_name_part_of_other_arns_is_not_fixed(key: str) -> None:
    assert not limits({"ArnEquals": {key: "arn:aws:iam::123456789012:role/*"}})


def test_an_organization_path_with_a_wildcard_is_not_fixed() -> None:
    assert not limits({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1a2b3c4d5e/r-ab12/ou-ab12-11111111/*"}})
