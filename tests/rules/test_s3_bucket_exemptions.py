"""Exemptions of a bucket: an unchanged statement, an unchanged grant, and nothing broader."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from chalicelib.exemptions.exemptions import Exemption, granted
from chalicelib.exemptions.scopes import StoredScope
from chalicelib.exposure.policies import statements_of
from chalicelib.resources import BlockPublicAccess, Bucket
from chalicelib.rules.s3_bucket.rule import S3_BUCKET_RULE as RULE
from tests.exposure.strategies import policies
from tests.rules.aws import applied_to_bucket
from tests.rules.exempt import IN_A_MONTH, NOW
from tests.rules.test_s3_bucket_rule import LOG, OPEN, OWNERS, READ, WRITE, bucket

POLICY, ACL = "S3_BUCKET_PUBLIC_POLICY", "S3_BUCKET_PUBLIC_ACL"
SITE = {**OPEN, "Sid": "Site", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Condition": {"Bool": {"x": [True]}}}
GRANTS = st.lists(st.sampled_from((OWNERS, READ, WRITE, LOG)), unique_by=str).map(tuple)
BUCKETS = st.builds(lambda policy, grants: replace(bucket(), policy=policy, grants=grants), policies(), GRANTS)


def all_of(some: Bucket) -> tuple[tuple[str, StoredScope], ...]:
    return RULE.scopes(some, RULE.parameters({}))


def under(some: Bucket, *violations: tuple[str, StoredScope], fix: str = "surgical") -> Any:
    return RULE.exempting(RULE.parameters({"bucketFix": fix}), grant(some, *violations))


def grant(some: Bucket, *violations: tuple[str, StoredScope]) -> tuple[Exemption, ...]:
    return granted(some, violations, "alice", "OPS-7", IN_A_MONTH, NOW)


def is_non_compliant(some: Bucket, *violations: tuple[str, StoredScope]) -> bool:
    return bool(RULE.violations(some, under(some, *violations)))


@given(BUCKETS)
def test_the_scopes_of_the_rule_exempt_everything_and_anything_less_does_not(some: Bucket) -> None:
    wanted = all_of(some)
    assert not is_non_compliant(some, *wanted)
    assert RULE.plan(some, under(some, *wanted)).calls == ()
    for left_out in wanted:
        assert is_non_compliant(some, *(each for each in wanted if each != left_out))


@given(BUCKETS, st.randoms(use_true_random=False))
def test_a_plan_leaves_exempt_statements_and_grants_as_they_are(some: Bucket, chance: random.Random) -> None:
    kept = tuple(each for each in all_of(some) if chance.random() < 0.5)
    parameters = under(some, *kept)
    plan = RULE.plan(some, parameters)
    after = applied_to_bucket(some, plan.calls)
    assert set(kept) <= set(all_of(after))
    assert not RULE.violations(after, parameters) or plan.obstacles
    assert not plan.obstacles or "NotPrincipal" in json.dumps(some.policy)


@given(BUCKETS, st.randoms(use_true_random=False))
def test_no_setting_takes_the_effect_of_what_is_exempt(some: Bucket, chance: random.Random) -> None:
    kept = tuple(each for each in all_of(some) if chance.random() < 0.5)
    plan = RULE.plan(some, under(some, *kept, fix="block"))
    after = applied_to_bucket(some, plan.calls)
    assert set(kept) <= set(all_of(after))
    assert bool(RULE.violations(after, under(some, *kept, fix="block"))) == bool(plan.obstacles)


@given(BUCKETS, st.randoms(use_true_random=False))
def test_the_order_of_exemptions_decides_nothing(some: Bucket, chance: random.Random) -> None:
    wanted = [each for each in all_of(some) if chance.random() < 0.7]
    shuffled = chance.sample(wanted, len(wanted))
    for judge in (RULE.violations, RULE.plan):
        assert judge(some, under(some, *shuffled)) == judge(some, under(some, *wanted))  # type: ignore[operator]


@pytest.mark.parametrize(
    "change",
    [
        {"Sid": "Renamed"},
        {"Action": ["s3:GetObjectVersion", "s3:GetObject", "s3:GetObject"]},
        {"Resource": ["arn:aws:s3:::b/*"]},
        {"Condition": {"Bool": {"x": "true"}}},
    ],
    ids=str,
)
def test_another_spelling_of_a_statement_is_covered(change: dict[str, Any]) -> None:
    some = bucket(SITE)
    respelled = bucket(dict(reversed({**SITE, **change}.items())))
    assert is_non_compliant(respelled)
    assert not is_non_compliant(respelled, *all_of(some))


@pytest.mark.parametrize(
    "change",
    [
        {"Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]},
        {"Action": "s3:*"},
        {"Resource": "*"},
        {"Condition": {"Bool": {"x": [True, False]}}},
        {"Condition": {}},
        {"Principal": {"AWS": "*", "Federated": "accounts.google.com"}},
    ],
    ids=str,
)
def test_a_widened_statement_is_not_covered(change: dict[str, Any]) -> None:
    assert is_non_compliant(bucket({**SITE, **change}), *all_of(bucket(SITE)))


def test_a_statement_under_another_version_of_the_language_is_not_covered() -> None:
    some = bucket(SITE)
    older = replace(some, policy={**(some.policy or {}), "Version": "2008-10-17"})
    assert is_non_compliant(older, *all_of(some))


def test_a_statement_stays_covered_when_a_principal_that_is_gone_has_to_leave_it() -> None:
    gone = {**OPEN, "Principal": {"AWS": ["*", "AROADBQP57FF2AEXAMPLE"]}}
    some = bucket(gone, SITE)
    [first, _] = all_of(some)
    plan = RULE.plan(some, under(some, first))
    after = applied_to_bucket(some, plan.calls)
    assert not is_non_compliant(after, first)
    assert list(statements_of(after.policy)) == [{**gone, "Principal": {"AWS": ["*"]}}]


def test_a_broader_grant_or_one_to_others_is_not_covered() -> None:
    some = bucket(grants=(READ,))
    for other in ({**READ, "Permission": "READ_ACP"}, {**READ, "Grantee": WRITE["Grantee"]}):
        assert is_non_compliant(bucket(grants=(other,)), *all_of(some))


def test_an_exemption_from_the_one_violation_does_not_cover_the_other() -> None:
    some = bucket(OPEN, grants=(READ,))
    [policy, acl] = all_of(some)
    assert not is_non_compliant(some, policy, acl)
    assert [each.violation_type for each in RULE.violations(some, under(some, policy))] == [ACL]
    assert is_non_compliant(some, (ACL, policy[1]), (POLICY, acl[1]))


def test_a_block_that_would_take_away_what_is_exempt_is_not_put_and_says_why() -> None:
    some = bucket(SITE, OPEN, grants=(READ,))
    plan = RULE.plan(some, under(some, all_of(some)[0], fix="block"))
    [call] = plan.calls
    assert call.parameters["PublicAccessBlockConfiguration"]["IgnorePublicAcls"]
    assert not call.parameters["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"]
    [obstacle] = plan.obstacles
    assert obstacle.reason == (
        'RestrictPublicBuckets stays off: it would also block what is exempt (policy statement "Site").'
    )


def test_a_whitelisted_bucket_is_exempt_without_end_and_the_parameter_is_named() -> None:
    some = replace(bucket(OPEN, grants=(READ,)), name="example.com")
    parameters = RULE.parameters({"bucketWhitelist": "www.example.com, example.com"})
    assert RULE.violations(some, parameters) == ()
    assert RULE.plan(some, parameters).calls == ()
    assert {str(exemption).split(" (")[0] for _, exemption in RULE.exempted(some, parameters)} == {
        "exempt without end: rule parameter bucketWhitelist"
    }
    assert RULE.violations(replace(some, name="com"), parameters)


@pytest.mark.parametrize("names", ["*", "a,b", "www..,,", "b ucket"])
def test_a_whitelist_of_what_are_no_names_is_refused(names: str) -> None:
    with pytest.raises(BadInput, match=r"ruleParameters\.bucketWhitelist"):
        RULE.parameters({"bucketWhitelist": names})


def test_what_a_setting_guards_needs_no_exemption() -> None:
    guarded = replace(bucket(OPEN), bucket_block=BlockPublicAccess(restrict_public_buckets=True))
    assert all_of(guarded) == ()
    assert RULE.exempted(guarded, under(guarded, *all_of(bucket(OPEN)))) == ()
