"""The values that count as fixed: addresses, user IDs, ARNs, organization paths."""

import pytest

from chalicelib.exposure.conditions import clauses_of, weaknesses

EIGHTS = [f"{first}.0.0.0/8" for first in range(13, 125, 2)]
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
        ["10.0.0.0/8", "11.0.0.0/8"],
        [*EIGHTS[:4], "10.0.0.0/8", "224.0.0.0/4"],
        "224.0.0.0/4",
        "fe80::/10",
        "2001:db8::/32",
        [f"2a{number:02x}::/32" for number in range(16)],
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
        "10.207.*.*",
        "203.0.113.0/255.255.255.0",
        "203.0.113.0/0.0.0.255",
        "fe80::1%eth0",
        "203.0.113.0/24 ",
        167772160,
        EIGHTS,
        [*EIGHTS[:4], "9.9.9.9"],
        [f"2a{number:02x}::/32" for number in range(17)],
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
def test_the_identity_of_an_unsigned_request_is_not_fixed(key: str) -> None:
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


PATHS = "aws:PrincipalOrgPaths"


@pytest.mark.parametrize(
    "path",
    [
        "o-1a2b3c4d5e/r-ab12/ou-ab12-11111111/*",
        "o-1a2b3c4d5e/*/ou-ab12-11111111/*",
        "o-abc/r-x/ou-y/*",
        "o-1a2b3c4d5e/*",
        "o-1a2b3c4d5e/r-ab12/ou-ab12-1111111?/",
        ["o-1a2b3c4d5e/*", "o-5e4d3c2b1a/r-cd34/*"],
    ],
)
@pytest.mark.parametrize("operator", ["ForAnyValue:StringLike", "StringLike", "ForAnyValue:StringEquals"])
def test_an_organization_path_is_fixed_by_its_organization(operator: str, path: object) -> None:
    assert limits({operator: {PATHS: path}})
    assert limits({operator: {PATHS.upper(): path}})


@pytest.mark.parametrize(
    "path",
    [
        "*",
        "*/r-ab12/ou-ab12-11111111/*",
        "o-*/r-ab12/*",
        "o-1a2b3c4d5?/*",
        "o-1a2b3c4d5e*",
        "?-1a2b3c4d5e/*",
        "o-/*",
        "r-ab12/*",
        "${aws:PrincipalOrgID}/*",
        "o-1a2b3c4d5e/${aws:PrincipalTag/unit}/*",
        "o-1a2b3c4d5e/*/${aws:username}",
        ["o-1a2b3c4d5e/*", "o-*/*"],
    ],
)
def test_an_organization_path_without_a_fixed_organization_or_with_a_variable_is_not_fixed(path: object) -> None:
    assert not limits({"ForAnyValue:StringLike": {PATHS: path}})


@pytest.mark.parametrize("operator", ["ForAllValues:StringLike", "ForAnyValue:StringLikeIfExists", "StringNotLike"])
def test_an_organization_path_under_an_operator_that_limits_nobody_is_no_limit(operator: str) -> None:
    assert not limits({operator: {PATHS: "o-1a2b3c4d5e/*"}})


def test_a_condition_with_too_many_addresses_in_total_says_how_many() -> None:
    assert weaknesses(clauses_of({"IpAddress": {"aws:SourceIp": EIGHTS}})) == (
        "aws:SourceIp admits 56 networks of /8 in total",
    )
