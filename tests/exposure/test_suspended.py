import pytest

from chalicelib.exposure.policies import Policy
from chalicelib.rules.s3_bucket.suspended import Suspension, suspensions

OWN, OTHER = "111122223333", "210987654321"
OWNER_ID = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
OPEN = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
LIMITED = {"StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c4d5e"}}


def suspended(*some: object) -> list[tuple[str, tuple[str, ...]]]:
    policy: Policy = {"Statement": [OPEN, *some]}
    return [(each.statement, each.principals) for each in suspensions(policy, OWN, OWNER_ID)]


def allowing(principal: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*", **more}


@pytest.mark.parametrize(
    ("principal", "outsider"),
    [
        ({"AWS": f"arn:aws:iam::{OTHER}:root"}, f"arn:aws:iam::{OTHER}:root"),
        ({"AWS": [f"arn:aws:iam::{OWN}:role/app", OTHER]}, OTHER),
        ({"AWS": f"arn:aws:sts::{OTHER}:assumed-role/app/me"}, f"arn:aws:sts::{OTHER}:assumed-role/app/me"),
        ({"AWS": "arn:aws:iam::cloudfront:user/X E1"}, "arn:aws:iam::cloudfront:user/X E1"),
        ({"CanonicalUser": "904fc4c4"}, "904fc4c4"),
        (
            {"Federated": f"arn:aws:iam::{OTHER}:saml-provider/corporate"},
            f"arn:aws:iam::{OTHER}:saml-provider/corporate",
        ),
    ],
)
def test_principals_of_other_accounts_are_suspended(principal: object, outsider: str) -> None:
    assert suspended(allowing(principal, Sid="Partner")) == [('statement "Partner"', (outsider,))]


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": OWN},
        {"AWS": [f"arn:aws:iam::{OWN}:root", f"arn:aws:iam::{OWN}:user/me"]},
        {"CanonicalUser": OWNER_ID},
        {"Service": "cloudtrail.amazonaws.com"},
        {"Federated": f"arn:aws:iam::{OWN}:saml-provider/corporate"},
        {"AWS": "AROADBQP57FF2AEXAMPLE"},
    ],
)
def test_the_buckets_own_account_services_and_deleted_principals_are_not(principal: object) -> None:
    assert suspended(allowing(principal)) == []


def test_the_fixed_part_of_a_public_statement_is_suspended_too() -> None:
    assert suspended(allowing({"AWS": ["*", OTHER]})) == [("statement 2", (OTHER,))]


def test_everyone_within_fixed_limits_is_suspended() -> None:
    everyone_else = {"Effect": "Allow", "NotPrincipal": {"AWS": OWN}, "Condition": LIMITED}
    assert suspended(allowing({"AWS": ["*", "*"]}, Condition=LIMITED), everyone_else) == [
        ("statement 2", ("everyone whom its conditions admit",)),
        ("statement 3", ("everyone else whom its conditions admit",)),
    ]


def test_a_deny_and_what_is_no_statement_grant_nothing_that_could_be_suspended() -> None:
    assert suspended({**allowing({"AWS": OTHER}), "Effect": "Deny"}, "odd") == []


def test_each_statement_is_told_apart() -> None:
    policy: Policy = {"Statement": [allowing({"AWS": OTHER}), allowing({"AWS": OTHER}, Sid="Again")]}
    assert suspensions(policy, OWN, None) == (
        Suspension("statement 1", (OTHER,)),
        Suspension('statement "Again"', (OTHER,)),
    )
