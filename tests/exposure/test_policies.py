import pytest
from hypothesis import given

from chalicelib.exposure.policies import public_statements, statements_of
from tests.exposure.private import without_public_statements
from tests.exposure.strategies import FIXED_PRINCIPALS, policies, statements

OPEN = {"Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
PARTNER = {"Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": "s3:GetObject", "Resource": "*"}
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def policy(*some: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Id": "shared", "Statement": list(some)}


def indices(document: dict[str, object]) -> list[int]:
    return [each.index for each in public_statements(document)]


def test_one_public_statement_makes_the_policy_public() -> None:
    assert indices(policy(PARTNER, OPEN, TLS_ONLY)) == [1]


def test_a_deny_grants_nothing_and_takes_nothing_away() -> None:
    assert indices(policy(TLS_ONLY)) == []
    assert indices(policy(OPEN, {**OPEN, "Effect": "Deny"})) == [0]


def test_a_single_statement_needs_no_list() -> None:
    assert indices({"Statement": OPEN}) == [0]


@pytest.mark.parametrize(
    "document", [None, {}, {"Statement": []}, {"Statement": None}, {"not": "a policy"}, {"Statement": "x"}]
)
def test_a_policy_without_statements_grants_nothing(document: dict[str, object]) -> None:
    assert indices(document) == []


def test_allow_in_small_letters_is_presumed_to_allow_and_no_effect_to_grant_nothing() -> None:
    assert indices(policy({**OPEN, "Effect": "allow"})) == [0]
    assert indices(policy({key: value for key, value in OPEN.items() if key != "Effect"})) == []


def test_allowing_all_but_some_principals_or_actions_is_public() -> None:
    everyone_else = {"Effect": "Allow", "NotPrincipal": {"AWS": "210987654321"}, "Action": "s3:*", "Resource": "*"}
    all_but_delete = {"Effect": "Allow", "Principal": "*", "NotAction": "s3:DeleteObject", "Resource": "*"}
    assert indices(policy(everyone_else, all_but_delete)) == [0, 1]


def test_everyone_else_through_one_fixed_endpoint_is_not_public() -> None:
    condition = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    assert indices(policy({"Effect": "Allow", "NotPrincipal": {"AWS": "210987654321"}, "Condition": condition})) == []


def test_a_statement_without_a_principal_is_presumed_public() -> None:
    assert indices(policy({key: value for key, value in OPEN.items() if key != "Principal"})) == [0]


def test_fixed_principals_stay_fixed_under_any_condition() -> None:
    assert indices(policy({**PARTNER, "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}})) == []


def test_a_wildcard_principal_is_limited_by_a_fixed_condition() -> None:
    limited = {**OPEN, "Principal": {"AWS": "arn:aws:iam::*:role/x"}}
    assert indices(policy({**limited, "Condition": {"StringLike": {"aws:SourceOwner": "123456789012"}}})) == []


def test_the_reason_names_statement_and_element() -> None:
    broad = {**OPEN, "Sid": None, "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}}
    everyone_else = {"Effect": "Allow", "NotPrincipal": {"AWS": "210987654321"}}
    assert [(each.name, each.reason) for each in public_statements(policy(OPEN, broad, everyone_else))] == [
        ('statement "PublicRead"', "Principal admits everyone"),
        ("statement 2", "Principal admits everyone; aws:SourceIp 0.0.0.0/1 is broader than /8"),
        ("statement 3", "NotPrincipal admits everyone else"),
    ]


EIGHTS = [f"{first}.0.0.0/8" for first in range(13, 125, 2)]


def from_ranges(*cidrs: str, **more: object) -> dict[str, object]:
    return {**OPEN, "Sid": None, "Condition": {"IpAddress": {"aws:SourceIp": list(cidrs)}}, **more}


def test_the_source_addresses_of_the_statements_of_a_policy_add_up() -> None:
    parts = [from_ranges(*EIGHTS[start : start + 4]) for start in range(0, 20, 4)]
    assert indices(policy(parts[0])) == []
    assert indices(policy(PARTNER, *parts, TLS_ONLY)) == [1, 2, 3, 4, 5]
    assert public_statements(policy(*parts))[0].reason == (
        "its aws:SourceIp is a part of 20 networks of /8 in total, which the policy's statements admit together"
    )
    assert without_public_statements(policy(PARTNER, *parts)) == policy(PARTNER)


def test_halves_of_a_broad_network_in_two_statements_add_up() -> None:
    assert indices(policy(from_ranges("52.0.0.0/8"), from_ranges("53.0.0.0/8"), from_ranges("54.0.0.0/8"))) == [0, 1]


def test_only_statements_that_nothing_but_addresses_limits_and_that_admit_the_public_add_up() -> None:
    endpoint = {"StringEquals": {"aws:SourceVpce": "vpce-1"}, "IpAddress": {"aws:SourceIp": EIGHTS[4:8]}}
    some = [
        from_ranges(*EIGHTS[:4]),
        {**OPEN, "Condition": endpoint},
        from_ranges(*EIGHTS[8:12], Principal={"AWS": "210987654321"}),
        from_ranges(*EIGHTS[12:16], Effect="Deny"),
        from_ranges("10.0.0.0/8"),
    ]
    assert indices(policy(*some)) == []


def test_a_small_range_beside_statements_that_admit_too_much_together_stays() -> None:
    office = from_ranges("8.8.8.0/24")
    some = [from_ranges(each) for each in EIGHTS[:10]]
    assert without_public_statements(policy(*some, office)) == policy(office)


def test_adjacent_public_statements_all_go_and_the_others_stay_in_order() -> None:
    assert without_public_statements(policy(PARTNER, OPEN, OPEN, TLS_ONLY)) == policy(PARTNER, TLS_ONLY)


def test_a_mixed_statement_loses_only_its_public_principals() -> None:
    mixed = {**OPEN, "Principal": {"AWS": ["210987654321", "*"], "Federated": "graph.facebook.com"}}
    assert without_public_statements(policy(mixed)) == policy({**OPEN, "Principal": {"AWS": ["210987654321"]}})


def test_a_single_mixed_statement_stays_single() -> None:
    mixed = {**OPEN, "Principal": {"AWS": ["210987654321", "*"]}}
    assert without_public_statements({"Statement": mixed}) == {
        "Statement": {**OPEN, "Principal": {"AWS": ["210987654321"]}}
    }


def test_a_statement_that_admits_everyone_else_goes_whole() -> None:
    everyone_else = {"Effect": "Allow", "NotPrincipal": {"AWS": "123456789012"}, "Action": "s3:*", "Resource": "*"}
    assert without_public_statements(policy(PARTNER, everyone_else)) == policy(PARTNER)
    assert without_public_statements(policy(PARTNER, {**everyone_else, **PARTNER})) == policy(PARTNER)


def test_nothing_is_left_of_a_policy_that_is_public_throughout() -> None:
    assert without_public_statements(policy(OPEN, {**OPEN, "Principal": {"AWS": "*"}})) is None
    assert without_public_statements({"Statement": OPEN}) is None


@given(policies())
def test_a_fixed_policy_is_not_public_and_keeps_all_that_was_not(document: dict[str, object]) -> None:
    fixed = without_public_statements(document)
    public = indices(document)
    harmless = [some for index, some in enumerate(statements_of(document)) if index not in public]
    left = list(statements_of(fixed))
    assert public_statements(fixed) == ()
    assert [some for some in left if some in harmless] == harmless
    assert {key: value for key, value in (fixed or document).items() if key != "Statement"} == {
        "Version": "2012-10-17",
        "Id": "shared",
    }


@given(policies())
def test_every_fixed_principal_keeps_what_it_was_allowed(document: dict[str, object]) -> None:
    fixed = without_public_statements(document) or {}
    assert _grants(fixed) == _grants(document)


@given(policies(), statements())
def test_adding_a_statement_never_makes_a_policy_less_public(
    document: dict[str, object], some: dict[str, object]
) -> None:
    longer = {**document, "Statement": [*statements_of(document), some]}
    assert set(indices(document)) <= set(indices(longer))


@given(policies())
def test_the_order_of_statements_never_matters(document: dict[str, object]) -> None:
    turned = {**document, "Statement": list(reversed(statements_of(document)))}
    last = len(statements_of(document)) - 1
    assert sorted(last - index for index in indices(turned)) == indices(document)


def _grants(document: dict[str, object]) -> list[tuple[str, str]]:
    """Each fixed AWS principal that an Allow names, with the action it is allowed."""
    return sorted(
        (principal, some["Action"])
        for some in statements_of(document)
        if some["Effect"] == "Allow" and isinstance(some.get("Principal"), dict)
        for principal in _listed(some["Principal"].get("AWS", []))
        if principal in FIXED_PRINCIPALS
    )


def _listed(value: object) -> list[str]:
    return value if isinstance(value, list) else [str(value)]
