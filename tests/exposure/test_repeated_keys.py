"""Policies with a repeated key: every way to read them is evaluated."""

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.exposure.deleted_principals import rest_of
from chalicelib.exposure.policies import public_statements, statements_of
from chalicelib.json_values import parsed
from chalicelib.repeated_keys import RepeatedKeys, readings, repeated_key
from tests.exposure.private import without_public_statements

ANYONE, PARTNER = '"Principal":"*"', '"Principal":{"AWS":"210987654321"}'
LIMIT = '"Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}'
NO_LIMIT = '"Condition":{"StringEquals":{"aws:Referer":"x"}}'
REST = '"Action":"s3:GetObject","Resource":"*"'
PRIVATE = f'{{"Effect":"Allow",{PARTNER},{REST}}}'
PUBLIC = f'{{"Effect":"Allow",{ANYONE},{REST}}}'


def statement(*members: str) -> str:
    return "{" + ",".join((*members, REST)) + "}"


def policy(*statements: str) -> Any:
    return parsed('{"Version":"2012-10-17","Statement":[' + ",".join(statements) + "]}")


REPEATED = {
    "Effect": ('"Effect":"Allow"', '"Effect":"Deny"', ANYONE),
    "Effect the other way": ('"Effect":"Deny"', '"Effect":"Allow"', ANYONE),
    "Principal": ('"Effect":"Allow"', ANYONE, PARTNER),
    "Principal the other way": ('"Effect":"Allow"', PARTNER, ANYONE),
    "Condition": ('"Effect":"Allow"', ANYONE, LIMIT, NO_LIMIT),
    "Condition the other way": ('"Effect":"Allow"', ANYONE, NO_LIMIT, LIMIT),
    "operator": (
        '"Effect":"Allow"',
        ANYONE,
        '"Condition":{"StringEquals":{"aws:Referer":"x"},"StringEquals":{"aws:SourceVpce":"vpce-1"}}',
    ),
    "operator in other case": (
        '"Effect":"Allow"',
        ANYONE,
        '"Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"},"stringequals":{"aws:Referer":"x"}}',
    ),
    "condition key": (
        '"Effect":"Allow"',
        ANYONE,
        '"Condition":{"StringLike":{"aws:SourceVpce":"*","aws:SourceVpce":"vpce-1"}}',
    ),
    "condition key in other case": (
        '"Effect":"Allow"',
        ANYONE,
        '"Condition":{"StringLike":{"aws:SourceVpce":"vpce-1","AWS:sourcevpce":"*"}}',
    ),
    "kind of principal": ('"Effect":"Allow"', '"Principal":{"AWS":"*","AWS":"210987654321"}'),
    "three times": ('"Effect":"Allow"', PARTNER, ANYONE, PARTNER),
}


@pytest.mark.parametrize("members", REPEATED.values(), ids=REPEATED)
def test_a_statement_that_is_public_in_any_reading_is_public(members: tuple[str, ...]) -> None:
    document = policy(PRIVATE, statement(*members))
    [found] = public_statements(document)
    assert found.index == 1
    assert "is repeated, so the statement may be read as: Principal admits everyone" in found.reason
    assert without_public_statements(document) == policy(PRIVATE)


@pytest.mark.parametrize(
    "members",
    [
        ('"Effect":"Allow"', '"Effect":"Deny"', PARTNER),
        ('"Effect":"Allow"', ANYONE, LIMIT, LIMIT),
        ('"Effect":"Allow"', PARTNER, PARTNER, NO_LIMIT),
        ('"Effect":"Deny"', ANYONE, PARTNER),
    ],
)
def test_a_statement_that_is_public_in_no_reading_is_not_public_and_is_put_back_as_it_was_written(
    members: tuple[str, ...],
) -> None:
    document = policy(statement(*members), PUBLIC)
    assert [each.index for each in public_statements(document)] == [1]
    assert json.dumps(without_public_statements(document), separators=(",", ":")) == (
        '{"Version":"2012-10-17","Statement":[' + statement(*members) + "]}"
    )


@pytest.mark.parametrize("order", [(PRIVATE, PUBLIC), (PUBLIC, PRIVATE)])
def test_every_statement_block_is_evaluated_and_an_empty_one_is_removed(order: tuple[str, str]) -> None:
    one, other = order
    document: Any = parsed(f'{{"Version":"2012-10-17","Statement":[{one}],"Statement":{other}}}')
    assert [each.index for each in public_statements(document)] == [order.index(PUBLIC)]
    rest = rest_of(document)
    assert list(statements_of(rest.policy)) == [json.loads(PRIVATE)]
    assert type(rest.policy) is dict
    assert "Statement is repeated" in rest.dropped[0]


def test_both_statement_blocks_stay_where_something_of_both_is_left() -> None:
    document: Any = parsed(f'{{"Statement":[{PRIVATE},{PUBLIC}],"Id":"x","Statement":[{PUBLIC},{PRIVATE}]}}')
    assert [each.index for each in public_statements(document)] == [1, 2]
    left = json.dumps(without_public_statements(document), separators=(",", ":"))
    assert left == f'{{"Statement":[{PRIVATE}],"Id":"x","Statement":[{PRIVATE}]}}'


def test_more_readings_than_can_be_evaluated_are_public() -> None:
    values = ",".join(f'"aws:SourceVpce":"vpce-{number}"' for number in range(20))
    condition = f'"Condition":{{"StringEquals":{{{values}}},"StringLike":{{{values}}}}}'
    [found] = public_statements(policy(statement('"Effect":"Allow"', ANYONE, condition)))
    assert "more combinations than can be evaluated" in found.reason


def test_the_addresses_of_all_readings_add_up() -> None:
    some = [",".join(f'"{first}.0.0.0/8"' for first in range(start, start + 6, 2)) for start in (13, 23)]
    condition = f'"Condition":{{"IpAddress":{{"aws:SourceIp":[{some[0]}],"aws:SourceIp":[{some[1]}]}}}}'
    assert len(public_statements(policy(statement('"Effect":"Allow"', ANYONE, condition)))) == 1


def test_a_principal_that_no_longer_exists_in_such_a_statement_is_left_to_people() -> None:
    gone = '"Principal":{"AWS":"AROADBQP57FF2AEXAMPLE"}'
    rest = rest_of(policy(statement('"Effect":"Allow"', gone, PARTNER), PUBLIC))
    assert rest.stuck == ("statement 1, in which Principal is repeated, names AROADBQP57FF2AEXAMPLE",)


def test_an_object_with_a_repeated_key_keeps_every_value_in_its_json_and_equals_no_other() -> None:
    text = '{"a":1,"a":{"b":2,"b":3}}'
    value = parsed(text)
    assert isinstance(value, RepeatedKeys)
    assert json.dumps(value, separators=(",", ":")) == text
    assert value == parsed(text)
    assert value != json.loads(text)
    assert json.loads(text) != value
    assert value != parsed('{"a":2,"a":{"b":2,"b":3}}')
    assert repeated_key([{"x": value}]) == "a"
    assert readings(value) == [{"a": 1}, {"a": {"b": 2}}, {"a": {"b": 3}}]


MEMBERS = st.sampled_from(
    [
        *(f'"Effect":"{effect}"' for effect in ("Allow", "Deny")),
        ANYONE,
        PARTNER,
        '"Principal":{"AWS":["210987654321","*"],"Service":"s3.amazonaws.com","AWS":"123456789012"}',
        '"NotPrincipal":{"AWS":"210987654321"}',
        LIMIT,
        NO_LIMIT,
        '"Condition":{"StringLike":{"aws:SourceVpc":"*","aws:SourceVpc":"vpc-1"},"Null":{"aws:SourceVpc":"false"}}',
        '"Condition":{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"},"Null":{"aws:SourceVpc":"true"},'
        '"Null":{"aws:SourceVpc":"false"}}',
    ]
)
BLOCKS = st.lists(st.lists(MEMBERS, max_size=4).map(lambda some: statement(*some)), min_size=1, max_size=2)


@settings(deadline=None, max_examples=60)
@given(st.lists(BLOCKS, min_size=1, max_size=2))
def test_a_policy_is_public_exactly_where_one_of_its_readings_is_and_no_reading_of_its_rest_is(
    blocks: list[list[str]],
) -> None:
    text = ",".join(f'"Statement":[{",".join(some)}]' for some in blocks)
    document: Any = parsed("{" + text + "}")
    every = plainly_read(text)
    assert bool(public_statements(document)) == any(public_statements(each) for each in every)
    rest = without_public_statements(document)
    if rest is not None:
        left = json.dumps(rest)
        assert not any(public_statements(each) for each in plainly_read(left[1:-1]))


class Ways(list[Any]):
    """Every reading of an object."""


def plainly_read(text: str) -> list[Any]:
    """The simple algorithm: for each repeated key, continue with each of its values."""

    def ways(value: Any) -> list[Any]:
        if isinstance(value, Ways):
            return value
        return [list(each) for each in product(*map(ways, value))] if isinstance(value, list) else [value]

    def pick(pairs: list[tuple[str, Any]]) -> Ways:
        keys = dict.fromkeys(key for key, _ in pairs)
        choices = [[(key, way) for name, value in pairs if name == key for way in ways(value)] for key in keys]
        return Ways(dict(chosen) for chosen in product(*choices))

    found: list[Any] = json.loads("{" + text + "}", object_pairs_hook=pick)
    return found
