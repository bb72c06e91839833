"""No bucket lets the public in, be it by its policy or by its ACL."""

import json
from collections.abc import Iterator
from dataclasses import replace

from chalicelib.exposure import acls
from chalicelib.exposure.buckets import bucket_exposure
from chalicelib.exposure.policies import PublicStatement, statements_of
from chalicelib.messages import Violation
from chalicelib.repeated_keys import repeated_key
from chalicelib.resources import S3_BUCKET, Bucket, Fact
from chalicelib.rules.plan import Obstacle, Plan
from chalicelib.rules.rule import Rule
from chalicelib.rules.s3_bucket_exempt import (
    PUBLIC_ACL,
    PUBLIC_POLICY,
    Condemned,
    condemned,
    covering,
    grant_scope,
    statement_scope,
)
from chalicelib.rules.s3_bucket_fixes import block, flags, surgical
from chalicelib.rules.s3_bucket_parameters import BucketFix, Parameters, parameters
from chalicelib.trust.exemptions import Exemption
from chalicelib.trust.scopes import StoredScope


def violations(bucket: Bucket, parameters: Parameters) -> tuple[Violation, ...]:
    """What makes the bucket public in effect and is not exempt: its policy, its ACL, or both."""
    return _violations(bucket, condemned(bucket, parameters.exemptions_of(bucket)))


def exempting(parameters: Parameters, exemptions: tuple[Exemption, ...]) -> Parameters:
    """The parameters under which what `exemptions` cover is left alone."""
    return replace(parameters, exemptions=exemptions)


def exempted(bucket: Bucket, parameters: Parameters) -> tuple[tuple[Violation, Exemption], ...]:
    """What would be condemned without exemptions, each with those that cover some of it."""
    exemptions = parameters.exemptions_of(bucket)
    if not exemptions:
        return ()
    return tuple(
        (violation, exemption)
        for violation in _violations(bucket, condemned(bucket, ()))
        for exemption in covering(bucket, violation.violation_type, exemptions)
    )


def scopes(bucket: Bucket, parameters: Parameters) -> tuple[tuple[str, StoredScope], ...]:
    """What an exemption has to cover: each statement, and each grant."""
    found = condemned(bucket, parameters.exemptions_of(bucket))
    policy = ((PUBLIC_POLICY, statement_scope(bucket, each)) for each in found.statements)
    acl = ((PUBLIC_ACL, grant_scope(each)) for each in found.grants)
    return tuple(dict.fromkeys((*policy, *acl)))


def lacking(bucket: Bucket, _: Parameters) -> frozenset[Fact]:
    """What may still acquit a bucket that would be condemned; a bucket that would not be needs no further question."""
    exposure = bucket_exposure(bucket)
    facts = set()
    if exposure.is_public and bucket.account_block is None:
        facts.add(Fact.ACCOUNT_BLOCK)
    if exposure.effective_grants and bucket.object_ownership is None:
        facts.add(Fact.OBJECT_OWNERSHIP)
    return frozenset(facts)


def lacking_to_fix(bucket: Bucket, parameters: Parameters) -> frozenset[Fact]:
    """S3's own verdict, where ours would have the policy changed: it takes two keys."""
    found = condemned(bucket, parameters.exemptions_of(bucket))
    return frozenset({Fact.POLICY_STATUS} if found.statements else ())


def plan(bucket: Bucket, parameters: Parameters) -> Plan:
    """Close what makes the bucket public in effect and is not exempt, but no policy that S3 itself calls not public."""
    found = condemned(bucket, parameters.exemptions_of(bucket))
    disputed = bool(found.statements) and bucket.policy_status is False
    mend = block if parameters.bucket_fix is BucketFix.BLOCK else surgical
    made = mend(bucket, replace(found, statements=()) if disputed else found)
    return made + Plan(obstacles=(_dispute(found.statements),) if disputed else ())


def remarks(bucket: Bucket, _: Parameters) -> tuple[str, ...]:
    """What would make the bucket public if the setting that holds it back went away."""
    return bucket_exposure(bucket).latent


def lines(bucket: Bucket, _: Parameters) -> tuple[str, ...]:
    """A line per statement of the policy, per grant of the ACL, and per setting of Block Public Access that is on."""
    return (
        *map(_statement_line, statements_of(bucket.policy)),
        *(acls.line(grant) for grant in bucket.grants),
        *_block_lines(bucket),
    )


def _statement_line(statement: object) -> str:
    """As JSON, with sorted keys; in the order of the policy where a key stands more than once."""
    return json.dumps(statement, sort_keys=repeated_key(statement) is None, separators=(",", ":"))


def _block_lines(bucket: Bucket) -> Iterator[str]:
    for name, is_on in flags(bucket.bucket_block).items():
        if is_on:
            yield f"Block Public Access: {name}"


def _violations(bucket: Bucket, found: Condemned) -> tuple[Violation, ...]:
    policy = (_policy_violation(bucket, found.statements),) if found.statements else ()
    return (*policy, _acl_violation(found.grants)) if found.grants else policy


def _policy_violation(bucket: Bucket, statements: tuple[PublicStatement, ...]) -> Violation:
    details = {
        "reason": "; ".join(f"policy {each.name}: {each.reason}" for each in statements),
        "statements": [
            {
                "sid": each.sid,
                "index": each.index,
                "reason": each.reason,
                "sha256": statement_scope(bucket, each).digest,
            }
            for each in statements
        ],
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
    config_rule="s3-bucket-public-access",
    violation_types=frozenset({PUBLIC_ACL, PUBLIC_POLICY}),
    parameters=parameters,
    lacking=lacking,
    lacking_to_fix=lacking_to_fix,
    violations=violations,
    plan=plan,
    exempting=exempting,
    exempted=exempted,
    scopes=scopes,
    lines=lines,
    remarks=remarks,
)
