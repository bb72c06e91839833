import pytest
from hypothesis import given

from chalicelib.exposure.deleted_principals import is_deleted, rest_of
from chalicelib.exposure.policies import Policy, public_statements, statements_of
from chalicelib.exposure.principals import named
from tests.exposure.private import without_public_statements
from tests.exposure.strategies import policies

ROLE, USER = "AROADBQP57FF2AEXAMPLE", "AIDACKCEVSQ6C2EXAMPLE"
ACCOUNT = "arn:aws:iam::123456789012:root"
OPEN = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
TLS = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}


def statement(principal: object, effect: str = "Allow", sid: str | None = "Partner") -> dict[str, object]:
    named_by = {"Sid": sid} if sid else {}
    return {**named_by, "Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": "*"}


def policy(*some: object) -> Policy:
    return {"Version": "2012-10-17", "Id": "shared", "Statement": list(some)}


@pytest.mark.parametrize("value", [ROLE, USER, f"{ROLE}:a-session", "AROA1234567123456D", "ACCADBQP57FF2AEXAMPLE"])
def test_a_bare_unique_id_names_a_principal_that_no_longer_exists(value: str) -> None:
    assert is_deleted("AWS", value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("AWS", ACCOUNT),
        ("AWS", "123456789012"),
        ("AWS", "*"),
        ("AWS", "arn:aws:iam::123456789012:user/AIDACKCEVSQ6C2EXAMPLE"),
        ("AWS", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC"),
        ("AWS", "ADMINISTRATORS"),
        ("CanonicalUser", ROLE),
        ("Service", "cloudtrail.amazonaws.com"),
    ],
)
def test_whatever_else_a_principal_may_be_is_not_taken_for_one(kind: str, value: str) -> None:
    assert not is_deleted(kind, value)


@pytest.mark.parametrize(
    ("principal", "left"),
    [
        ({"AWS": [ACCOUNT, ROLE]}, {"AWS": [ACCOUNT]}),
        ({"AWS": [ROLE, ACCOUNT, USER]}, {"AWS": [ACCOUNT]}),
        ({"AWS": ROLE, "Service": "s3.amazonaws.com"}, {"Service": "s3.amazonaws.com"}),
        ({"AWS": ["*", ACCOUNT, ROLE], "Federated": "graph.facebook.com"}, {"AWS": [ACCOUNT]}),
    ],
)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_it_leaves_a_statement_that_names_others(principal: object, left: object, effect: str) -> None:
    if effect == "Deny" and "*" in str(principal):
        left = {"AWS": ["*", ACCOUNT], "Federated": "graph.facebook.com"}
    rest = rest_of(policy(OPEN, statement(principal, effect)))
    assert rest.policy == policy(statement(left, effect))
    assert rest.stuck == ()


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize("principal", [{"AWS": ROLE}, {"AWS": [ROLE, USER]}, ROLE])
def test_a_statement_that_names_nobody_else_goes_whole(principal: object, effect: str) -> None:
    assert rest_of(policy(OPEN, statement(principal, effect), TLS)).policy == policy(TLS)


def test_once_everyone_is_out_a_mixed_statement_may_name_nobody_who_exists() -> None:
    assert rest_of(policy(statement({"AWS": ["*", ROLE]}), TLS)).policy == policy(TLS)


def test_a_policy_of_such_statements_alone_is_nothing() -> None:
    rest = rest_of(policy(OPEN, statement({"AWS": ROLE})))
    assert rest.policy is None
    assert len(rest.dropped) == 1


def test_each_dropped_principal_is_reported_with_the_name_of_its_statement() -> None:
    rest = rest_of(policy(OPEN, statement({"AWS": [ACCOUNT, ROLE]}), statement({"AWS": USER}, sid=None)))
    assert rest.dropped == (
        f'{ROLE} no longer exists, and S3 accepts no policy that names it: statement "Partner" no longer names it.',
        f"{USER} no longer exists, and S3 accepts no policy that names it: statement 3 is removed, because it names "
        "no one else.",
    )


def test_a_principal_that_only_a_public_statement_named_is_not_reported() -> None:
    unlimited = {**OPEN, "NotPrincipal": {"AWS": ROLE}}
    assert rest_of(policy(unlimited, TLS)).dropped == ()


@pytest.mark.parametrize("exempt", [{"AWS": [ACCOUNT, ROLE]}, {"AWS": ROLE}])
def test_whom_a_deny_exempts_is_left_to_people(exempt: object) -> None:
    deny = {"Sid": "OnlyUs", "Effect": "Deny", "NotPrincipal": exempt, "Action": "s3:*", "Resource": "*"}
    rest = rest_of(policy(OPEN, deny))
    assert rest.stuck == (f'NotPrincipal of statement "OnlyUs" names {ROLE}',)
    assert statements_of(rest.policy) == (deny,)


def test_what_an_allow_exempts_within_fixed_limits_is_left_to_people_too() -> None:
    limited = {
        "Effect": "Allow",
        "NotPrincipal": {"AWS": ROLE},
        "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    }
    assert rest_of(policy(OPEN, limited)).stuck == (f"NotPrincipal of statement 2 names {ROLE}",)


@given(policies())
def test_the_rest_names_no_deleted_principal_and_admits_all_others(document: Policy) -> None:
    rest, private = rest_of(document), without_public_statements(document)
    assert public_statements(rest.policy) == ()
    assert _named(rest.policy) == [one for one in _named(private) if not is_deleted(*one)]
    assert bool(rest.dropped) == (_named(rest.policy) != _named(private))


def _named(document: Policy | None) -> list[tuple[str, str]]:
    return [one for some in statements_of(document) for one in named(some.get("Principal"))]
