import pytest

from chalicelib.exposure.principals import public_principals, without_public

ACCOUNT = "arn:aws:iam::123456789012:root"


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": ACCOUNT},
        {"AWS": "123456789012"},
        {"AWS": 123456789012},
        {"AWS": "arn:aws:iam::012345678910"},
        {"AWS": "arn:aws-us-gov:iam::123456789012:role/path/reader"},
        {"AWS": "arn:aws:sts::123456789012:assumed-role/reader/me"},
        {"AWS": "arn:aws:sts::123456789012:federated-user/me"},
        {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC"},
        {"AWS": ["AROADBQP57FF2AEXAMPLE", "AIDACKCEVSQ6C2EXAMPLE"]},
        {"CanonicalUser": "904fc4c4790937100e9eb293a15e6a0a1f265a064888055b43d030034f8881ee"},
        {"Service": ["cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"]},
        {"Federated": "arn:aws:iam::123456789012:saml-provider/corporate"},
        {"Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.example.com"},
        "arn:aws:iam::123456789012:root",
    ],
)
def test_a_principal_that_names_somebody_is_not_the_public(principal: object) -> None:
    assert public_principals(principal) == ()
    assert without_public(principal) == principal


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        ["*"],
        {"AWS": "*"},
        {"AWS": ["*"]},
        {"CanonicalUser": "*"},
        {"Service": "*"},
        {"Federated": "*"},
        {"AWS": "arn:aws:iam::*:root"},
        {"AWS": "arn:aws:iam::123456789012:user/*"},
        {"AWS": "arn:aws:iam::123456789012:user/team-?"},
        {"AWS": "arn:aws:iam::${aws:PrincipalAccount}:root"},
        {"Federated": "graph.facebook.com"},
        {"Federated": "accounts.google.com"},
        {"Federated": "www.amazon.com"},
        {"Federated": "cognito-identity.amazonaws.com"},
        {"Federated": ["arn:aws:iam::*:saml-provider/corporate"]},
        {"Federated": "arn:aws:iam:::saml-provider/corporate"},
    ],
)
def test_a_wildcard_a_variable_and_a_provider_open_to_all_are_the_public(principal: object) -> None:
    assert public_principals(principal)
    assert without_public(principal) is None


@pytest.mark.parametrize("principal", [None, {}, [], {"AWS": []}])
def test_a_statement_that_names_nobody_is_presumed_public(principal: object) -> None:
    assert public_principals(principal) == ("everyone, because it names no principal",)
    assert without_public(principal) is None


@pytest.mark.parametrize(
    ("principal", "left"),
    [
        ({"AWS": [ACCOUNT, "*"]}, {"AWS": [ACCOUNT]}),
        ({"AWS": ["*", ACCOUNT, "arn:aws:iam::*:root", "123456789012"]}, {"AWS": [ACCOUNT, "123456789012"]}),
        ({"AWS": ACCOUNT, "Federated": "graph.facebook.com"}, {"AWS": ACCOUNT}),
        ({"AWS": ["*"], "Service": "s3.amazonaws.com"}, {"Service": "s3.amazonaws.com"}),
        ([ACCOUNT, "*"], [ACCOUNT]),
    ],
)
def test_fixed_principals_beside_public_ones_are_left_in_their_own_form(principal: object, left: object) -> None:
    assert public_principals(principal)
    assert without_public(principal) == left


def test_the_public_is_named_in_words() -> None:
    assert public_principals({"AWS": ["*", "arn:aws:iam::*:root"], "Federated": "graph.facebook.com"}) == (
        "everyone",
        "every principal that matches arn:aws:iam::*:root",
        "every user of graph.facebook.com",
    )
