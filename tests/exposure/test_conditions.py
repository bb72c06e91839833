import pytest

from chalicelib.exposure.conditions import clauses_of, weaknesses

ACCESS_POINTS = "arn:aws:s3:us-west-2:123456789012:accesspoint"
FIXED = {
    "aws:PrincipalAccount": "123456789012",
    "aws:PrincipalArn": "arn:aws:iam::123456789012:role/reader",
    "aws:PrincipalOrgID": "o-1a2b3c4d5e",
    "aws:PrincipalOrgPaths": "o-1a2b3c4d5e/r-ab12/ou-ab12-11111111/",
    "aws:SourceAccount": "123456789012",
    "aws:SourceArn": "arn:aws:s3:::my-bucket",
    "aws:SourceIp": "203.0.113.0/24",
    "aws:SourceOwner": "123456789012",
    "aws:SourceVpc": "vpc-91237329",
    "aws:SourceVpce": "vpce-1a2b3c4d",
    "aws:userid": "AIDACKCEVSQ6C2EXAMPLE",
    "s3:DataAccessPointAccount": "123456789012",
    "s3:DataAccessPointArn": f"{ACCESS_POINTS}/finance",
}


def limits(condition: object) -> bool:
    return weaknesses(clauses_of(condition)) is None


@pytest.mark.parametrize("key", FIXED)
@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "StringEqualsIgnoreCase", "ForAnyValue:StringLike"])
def test_a_fixed_value_of_any_key_that_counts_is_a_limit(operator: str, key: str) -> None:
    assert limits({operator: {key: FIXED[key]}})
    assert limits({operator: {key: [FIXED[key]]}})


@pytest.mark.parametrize("key", FIXED)
@pytest.mark.parametrize("value", ["*", "?", "vpc-*", "${aws:PrincipalTag/team}", "", [], None])
def test_a_wildcard_a_variable_or_no_value_is_no_limit(key: str, value: object) -> None:
    assert not limits({"StringLike": {key: value}})


@pytest.mark.parametrize("key", FIXED)
def test_one_wildcard_among_the_values_spoils_them_all(key: str) -> None:
    assert not limits({"StringLike": {key: [FIXED[key], "*"]}})


@pytest.mark.parametrize("key", FIXED)
@pytest.mark.parametrize(
    "operator",
    [
        "StringNotEquals",
        "StringNotLike",
        "StringNotEqualsIgnoreCase",
        "ArnNotEquals",
        "ArnNotLike",
        "NotIpAddress",
        "ForAnyValue:StringNotEquals",
        "Null",
        "Bool",
        "StringMatches",
    ],
)
def test_an_operator_that_does_not_demand_the_value_is_no_limit(operator: str, key: str) -> None:
    assert not limits({operator: {key: FIXED[key]}})


@pytest.mark.parametrize("key", FIXED)
@pytest.mark.parametrize(
    "operator",
    [
        "StringEqualsIfExists",
        "ForAllValues:StringEquals",
        "ForAllValues:StringLikeIfExists",
        "ForAnyValue:StringEqualsIfExists",
    ],
)
def test_an_operator_that_is_true_without_the_key_is_no_limit(operator: str, key: str) -> None:
    assert not limits({operator: {key: FIXED[key]}})


@pytest.mark.parametrize("required", ["false", False, ["false"], "False"])
def test_such_an_operator_is_a_limit_where_null_demands_the_key(required: object) -> None:
    null = {"Null": {"AWS:SourceVpce": required}}
    assert limits({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b3c4d"}, **null})
    assert limits({"ForAllValues:StringEquals": {"aws:sourcevpce": ["vpce-1a2b3c4d"]}, **null})
    assert not limits({"StringLikeIfExists": {"aws:SourceVpce": "vpce-*"}, **null})
    assert not limits(null)


@pytest.mark.parametrize("required", ["true", True, ["true", "false"]])
def test_null_that_does_not_demand_the_key_changes_nothing(required: object) -> None:
    assert not limits({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}, "Null": {"aws:SourceVpce": required}})


@pytest.mark.parametrize(
    "key",
    [
        "aws:Referer",
        "aws:UserAgent",
        "aws:username",
        "aws:CalledVia",
        "aws:PrincipalTag/team",
        "aws:PrincipalType",
        "aws:PrincipalServiceName",
        "aws:ResourceAccount",
        "s3:ResourceAccount",
        "aws:ResourceOrgID",
        "aws:SourceOrgID",
        "aws:VpcSourceIp",
        "s3:prefix",
        "s3:AccessPointNetworkOrigin",
        "s3:x-amz-acl",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    ],
)
def test_any_other_key_is_no_limit(key: str) -> None:
    assert not limits({"StringEquals": {key: "fixed"}})


def test_key_and_operator_names_are_compared_without_case() -> None:
    assert limits({"ARNEquals": {"AWS:PRINCIPALARN": "arn:aws:iam::123456789012:user/me"}})
    assert limits({"foranyvalue:stringequals": {"aws:principalorgid": "o-1a2b3c4d5e"}})
    assert not limits({"forallvalues:stringequals": {"aws:principalorgid": "o-1a2b3c4d5e"}})


def test_numbers_are_compared_as_texts() -> None:
    assert limits({"StringEquals": {"aws:SourceAccount": 123456789012}})


def test_one_fixed_key_among_many_is_enough() -> None:
    assert limits(
        {
            "Bool": {"aws:SecureTransport": True},
            "StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader", "aws:Referer": "*"},
            "StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c4d5e"},
        }
    )


def test_a_second_operator_on_the_same_key_may_be_the_limit() -> None:
    assert limits({"StringLike": {"aws:SourceVpc": "vpc-*"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}})


@pytest.mark.parametrize("condition", [None, {}, {"StringEquals": None}, {"StringEquals": {}}, [], "odd"])
def test_an_empty_or_odd_condition_is_no_limit(condition: object) -> None:
    assert weaknesses(clauses_of(condition)) == ()


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


def test_each_weakness_says_which_clause_and_why() -> None:
    condition = {
        "IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]},
        "StringLike": {"aws:SourceVpc": ["vpc-1", "vpc-*"], "aws:Referer": "x"},
        "StringNotEquals": {"aws:SourceAccount": "123456789012"},
        "StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"},
    }
    assert weaknesses(clauses_of(condition)) == (
        "aws:SourceIp 0.0.0.0/1 is broader than /8",
        "aws:SourceVpc vpc-* is not fixed",
        "aws:Referer does not count as a limit",
        "StringNotEquals does not limit aws:SourceAccount to fixed values",
        "StringEqualsIfExists is true where aws:SourceVpce is missing",
    )
