"""No bucket lets the public in, be it by its policy or by its ACL."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.errors import BadInput
from chalicelib.exposure import acls
from chalicelib.exposure.buckets import bucket_exposure
from chalicelib.exposure.policies import PublicStatement, statements_of, without_public_statements
from chalicelib.messages import AwsCall, Violation
from chalicelib.resources import S3_BUCKET, Bucket, Fact
from chalicelib.rules.plan import Plan
from chalicelib.rules.rule import Rule

PUBLIC_ACL = "S3_BUCKET_PUBLIC_ACL"
PUBLIC_POLICY = "S3_BUCKET_PUBLIC_POLICY"


@dataclass(frozen=True)
class Parameters:
    """The rule has no parameters."""


def parameters(raw: Mapping[str, str]) -> Parameters:
    """Read the rule's parameters: it takes none."""
    for name, value in raw.items():
        raise BadInput(f"ruleParameters.{name}", value, "no parameter")
    return Parameters()


def violations(bucket: Bucket, _: Parameters) -> tuple[Violation, ...]:
    """What makes the bucket public in effect: its policy, its ACL, or both."""
    exposure = bucket_exposure(bucket)
    found = []
    if exposure.effective_statements:
        found.append(_policy_violation(exposure.effective_statements))
    if exposure.effective_grants:
        found.append(_acl_violation(exposure.effective_grants))
    return tuple(found)


def lacking(bucket: Bucket, _: Parameters) -> frozenset[Fact]:
    """What may still acquit a bucket that would be condemned; a bucket that would not be needs no further question."""
    exposure = bucket_exposure(bucket)
    facts = set()
    if exposure.is_public and bucket.account_block is None:
        facts.add(Fact.ACCOUNT_BLOCK)
    if exposure.effective_grants and bucket.object_ownership is None:
        facts.add(Fact.OBJECT_OWNERSHIP)
    return frozenset(facts)


def lacking_to_fix(_bucket: Bucket, _: Parameters) -> frozenset[Fact]:
    """Nothing beyond what it takes to judge."""
    return frozenset()


def plan(bucket: Bucket, _: Parameters) -> Plan:
    """Take exactly the public part out of the policy and the ACL, where they make the bucket public in effect."""
    return Plan(tuple(AwsCall("s3", action, parameters) for action, parameters in _steps(bucket)))


def lines(bucket: Bucket) -> tuple[str, ...]:
    """A line per statement of the policy, and per grant of the ACL."""
    return (
        *(json.dumps(statement, sort_keys=True, separators=(",", ":")) for statement in statements_of(bucket.policy)),
        *(acls.line(grant) for grant in bucket.grants),
    )


def _steps(bucket: Bucket) -> Iterator[tuple[str, dict[str, Any]]]:
    exposure = bucket_exposure(bucket)
    target = {"Bucket": bucket.name, "ExpectedBucketOwner": bucket.account_id}
    if exposure.effective_statements and bucket.policy:
        policy = without_public_statements(bucket.policy)
        if policy:
            yield "PutBucketPolicy", {**target, "Policy": json.dumps(policy, separators=(",", ":"))}
        else:
            yield "DeleteBucketPolicy", target
    if exposure.effective_grants:
        left = [dict(grant) for grant in acls.without_public_grants(bucket.grants)]
        yield "PutBucketAcl", {**target, "AccessControlPolicy": {"Grants": left, "Owner": dict(bucket.owner or {})}}


def _policy_violation(statements: tuple[PublicStatement, ...]) -> Violation:
    details = {
        "reason": "; ".join(f"policy {each.name}: {each.reason}" for each in statements),
        "statements": [{"sid": each.sid, "index": each.index, "reason": each.reason} for each in statements],
    }
    return Violation(PUBLIC_POLICY, details)


def _acl_violation(grants: tuple[acls.Grant, ...]) -> Violation:
    granted = [acls.line(grant) for grant in grants]
    return Violation(PUBLIC_ACL, {"reason": f"the ACL grants {', '.join(granted)}", "grants": list(map(dict, grants))})


S3_BUCKET_RULE = Rule(
    resource_type=S3_BUCKET,
    evaluator="evaluate_s3_bucket",
    remediator="remediate_s3_bucket",
    violation_types=frozenset({PUBLIC_ACL, PUBLIC_POLICY}),
    parameters=parameters,
    lacking=lacking,
    lacking_to_fix=lacking_to_fix,
    violations=violations,
    plan=plan,
    lines=lines,
)
