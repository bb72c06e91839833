"""No bucket lets the public in, be it by its policy or by its ACL."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.errors import BadInput
from chalicelib.exposure import acls
from chalicelib.exposure.buckets import bucket_exposure
from chalicelib.exposure.policies import PublicStatement, statements_of
from chalicelib.messages import Violation
from chalicelib.resources import S3_BUCKET, Bucket, Fact
from chalicelib.rules.plan import Obstacle, Plan
from chalicelib.rules.rule import Rule
from chalicelib.rules.s3_bucket_fixes import block, flags, surgical

PUBLIC_ACL = "S3_BUCKET_PUBLIC_ACL"
PUBLIC_POLICY = "S3_BUCKET_PUBLIC_POLICY"


class BucketFix(StrEnum):
    """How a bucket is closed: the rule parameter ``bucketFix``."""

    SURGICAL = "surgical"
    BLOCK = "block"


@dataclass(frozen=True)
class Parameters:
    """The rule's parameters: ``bucketFix``, ``surgical`` where it is absent."""

    bucket_fix: BucketFix = BucketFix.SURGICAL


def parameters(raw: Mapping[str, str]) -> Parameters:
    """Read the rule's parameters; raise BadInput for one that there is not, and for a value that there is not."""
    for name in raw.keys() - {"bucketFix"}:
        raise BadInput(f"ruleParameters.{name}", raw[name], "no parameter but bucketFix")
    value = raw.get("bucketFix", BucketFix.SURGICAL)
    if value not in set(BucketFix):
        raise BadInput("ruleParameters.bucketFix", value, " or ".join(BucketFix))
    return Parameters(BucketFix(value))


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


def lacking_to_fix(bucket: Bucket, _: Parameters) -> frozenset[Fact]:
    """S3's own verdict, where ours would have the policy changed: it takes two keys."""
    return frozenset({Fact.POLICY_STATUS} if bucket_exposure(bucket).effective_statements else ())


def plan(bucket: Bucket, parameters: Parameters) -> Plan:
    """Close what makes the bucket public in effect, but no policy that S3 itself calls not public."""
    exposure = bucket_exposure(bucket)
    disputed = bool(exposure.effective_statements) and bucket.policy_status is False
    statements = () if disputed else exposure.effective_statements
    mend = block if parameters.bucket_fix is BucketFix.BLOCK else surgical
    made = mend(bucket, policy=bool(statements), acl=bool(exposure.effective_grants))
    return made + Plan(obstacles=(_dispute(exposure.effective_statements),) if disputed else ())


def remarks(bucket: Bucket, _: Parameters) -> tuple[str, ...]:
    """What would make the bucket public if the setting that holds it back went away."""
    return bucket_exposure(bucket).latent


def lines(bucket: Bucket, _: Parameters) -> tuple[str, ...]:
    """A line per statement of the policy, per grant of the ACL, and per setting of Block Public Access that is on."""
    return (
        *(json.dumps(statement, sort_keys=True, separators=(",", ":")) for statement in statements_of(bucket.policy)),
        *(acls.line(grant) for grant in bucket.grants),
        *_block_lines(bucket),
    )


def _block_lines(bucket: Bucket) -> Iterator[str]:
    for name, is_on in flags(bucket.bucket_block).items():
        if is_on:
            yield f"Block Public Access: {name}"


def _policy_violation(statements: tuple[PublicStatement, ...]) -> Violation:
    details = {
        "reason": "; ".join(f"policy {each.name}: {each.reason}" for each in statements),
        "statements": [{"sid": each.sid, "index": each.index, "reason": each.reason} for each in statements],
    }
    return Violation(PUBLIC_POLICY, details)


def _acl_violation(grants: tuple[acls.Grant, ...]) -> Violation:
    granted = [acls.line(grant) for grant in grants]
    return Violation(PUBLIC_ACL, {"reason": f"the ACL grants {', '.join(granted)}", "grants": list(map(dict, grants))})


def _dispute(statements: tuple[PublicStatement, ...]) -> Obstacle:
    ours = "; ".join(f"{each.name}: {each.reason}" for each in statements)
    return Obstacle(
        f"The policy stays as it is: we call it public ({ours}), S3 itself (GetBucketPolicyStatus) says it is not.",
        "Find out who is right. If the statement lets the public in, take it out by hand; if it does not, report the "
        "policy to whoever maintains this rule.",
    )


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
    remarks=remarks,
)
