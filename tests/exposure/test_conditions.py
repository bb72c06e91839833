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
@pytest.mark.parametrize("operator", ["StringLike", "StringEquals", "ArnEquals"])
def test_a_wildcard_a_variable_or_no_value_is_no_limit(operator: str, key: str, value: object) -> None:
    assert not limits({operator: {key: value}})


@pytest.mark.parametrize("key", FIXED)
def test_one_wildcard_among_the_values_makes_the_key_not_fixed(key: str) -> None:
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
        "StringEqualsIfExists is true if aws:SourceVpce is missing",
    )
