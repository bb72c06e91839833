"""Every case of s3_cases.json: the effective result, each part alone, and the bucket after the plan."""

import pytest

from chalicelib.exposure.acls import is_public
from chalicelib.exposure.policies import public_statements, statements_of
from chalicelib.rules.s3_bucket.exposure import bucket_exposure
from chalicelib.rules.s3_bucket.rule import S3_BUCKET_RULE as RULE
from tests.cases import Case, bucket, named, s3_cases
from tests.rules.aws import applied_to_bucket

CASES = s3_cases()
PARAMETERS = RULE.parameters({})


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_effective_verdict_is_that_of_the_case(case: Case) -> None:
    assert bool(RULE.violations(bucket(case), PARAMETERS)) == case["expected_public"]
    assert bucket_exposure(bucket(case)).is_public == case["expected_public"]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_policy_alone_and_the_acl_alone_are_judged_as_in_the_case(case: Case) -> None:
    exposure = bucket_exposure(bucket(case))
    assert bool(exposure.statements) == bool(case["expected_policy_is_public"])
    assert bool(exposure.grants) == bool(case["expected_acl_is_public"])


@pytest.mark.parametrize("case", CASES, ids=named)
def test_after_the_plan_nothing_is_public_and_all_else_is_left(case: Case) -> None:
    before = bucket(case)
    fixed = applied_to_bucket(before, RULE.plan(before, PARAMETERS).calls)
    assert not bucket_exposure(fixed).is_public
    assert RULE.plan(fixed, PARAMETERS).calls == ()
    public = {each.index for each in public_statements(before.policy)}
    harmless = [statement for index, statement in enumerate(statements_of(before.policy)) if index not in public]
    assert [statement for statement in statements_of(fixed.policy) if statement in harmless] == harmless
    private_grants = [grant for grant in before.grants if not is_public(grant)]
    assert [grant for grant in fixed.grants if not is_public(grant)] == private_grants


@pytest.mark.parametrize("case", [case for case in CASES if not case["expected_public"]], ids=named)
def test_what_is_not_public_is_left_alone(case: Case) -> None:
    assert RULE.plan(bucket(case), PARAMETERS).calls == ()
