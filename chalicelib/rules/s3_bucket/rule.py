"""No bucket is public, neither by its policy nor by its ACL."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chalicelib.exemptions.exemptions import Exemption
from chalicelib.exemptions.scopes import StoredScope
from chalicelib.exposure import acls
from chalicelib.exposure.policies import PublicStatement, statements_of
from chalicelib.findings import Violation
from chalicelib.repeated_keys import repeated_key
from chalicelib.resources import S3_BUCKET, Bucket, Fact, Unread, could_not_be_read
from chalicelib.rules.plan import Obstacle, Plan
from chalicelib.rules.rule import Rule
from chalicelib.rules.s3_bucket.exempt import (
    PUBLIC_ACL,
    PUBLIC_POLICY,
    Offending,
    covering,
    grant_scope,
    offending,
    scopes_of,
    statement_scope,
)
from chalicelib.rules.s3_bucket.exposure import Doubt, bucket_exposure
from chalicelib.rules.s3_bucket.fixes import block, flags, surgical
from chalicelib.rules.s3_bucket.parameters import BucketFix, Parameters, parameters


def violations(bucket: Bucket, parameters: Parameters) -> tuple[Violation, ...]:
    """The violations that make the bucket public in effect and are not exempt: the policy, the ACL, or both.

    If any violation is certain, only certain ones are reported. Otherwise the bucket is presumed public if a fact that
    decides is permanently denied. A fact that a later read may return leads to no presumption.
    """
    return _violations(bucket, offending(bucket, parameters.exemptions_of(bucket)))


def doubts(bucket: Bucket, parameters: Parameters) -> tuple[Unread, ...]:
    """The facts that could not be read and that decide whether a part that is not exempt is public."""
    found = offending(bucket, parameters.exemptions_of(bucket))
    return tuple(dict.fromkeys(each for doubt in found.doubts for each in doubt.unread))


def exempting(parameters: Parameters, exemptions: tuple[Exemption, ...]) -> Parameters:
    """The parameters with `exemptions`, whose scopes are neither reported nor changed."""
    return replace(parameters, exemptions=exemptions)


def exempted(bucket: Bucket, parameters: Parameters) -> tuple[tuple[Violation, Exemption], ...]:
    """What would be non-compliant without exemptions, with each exemption that covers a part of it."""
    exemptions = parameters.exemptions_of(bucket)
    if not exemptions:
        return ()
    return tuple(
        (violation, exemption)
        for violation in _violations(bucket, offending(bucket, ()))
        for exemption in covering(bucket, violation.violation_type, exemptions)
    )


def scopes(bucket: Bucket, parameters: Parameters) -> tuple[tuple[str, StoredScope], ...]:
    """The scopes to exempt: each statement and each grant, including those that are presumed to be public."""
    found = offending(bucket, parameters.exemptions_of(bucket))
    policy = ((PUBLIC_POLICY, statement_scope(bucket, each)) for each in found.statements)
    acl = ((PUBLIC_ACL, grant_scope(each)) for each in found.grants)
    presumed = ((_TYPES[each.part], scope) for each in found.doubts for scope in scopes_of(bucket, each))
    return tuple(dict.fromkeys((*policy, *acl, *presumed)))


def lacking(bucket: Bucket, _: Parameters) -> frozenset[Fact]:
    """The facts that may still show whether the bucket is public.

    First the policy and the ACL, if AWS Config's item lacks them. If neither is public, no other fact is needed.
    """
    if wanted := {Fact.POLICY, Fact.ACL} & {*bucket.missing}:
        return frozenset(wanted)
    exposure = bucket_exposure(bucket)
    in_doubt = {doubt.part for doubt in exposure.doubts}
    facts = set()
    if exposure.is_public or in_doubt:
        facts |= {Fact.BUCKET_BLOCK} & {*bucket.missing}
        facts |= {Fact.ACCOUNT_BLOCK} if bucket.account_block is None else set()
    if (exposure.effective_grants or "ACL" in in_doubt) and bucket.object_ownership is None:
        facts.add(Fact.OBJECT_OWNERSHIP)
    return frozenset(facts - {each.fact for each in bucket.unread})


def lacking_to_fix(bucket: Bucket, parameters: Parameters) -> frozenset[Fact]:
    """S3's own status of the policy, if the plan would change the policy: S3 has to agree that it is public."""
    found = offending(bucket, parameters.exemptions_of(bucket))
    return frozenset({Fact.POLICY_STATUS} if found.statements else ())


def plan(bucket: Bucket, parameters: Parameters) -> Plan:
    """Close what certainly makes the bucket public and is not exempt.

    A policy stays if S3's own status says that it is not public, or if that status cannot be read. What is only
    presumed to be public stays, too.
    """
    found = offending(bucket, parameters.exemptions_of(bucket))
    kept = _reasons_to_keep_the_policy(bucket, found)
    fix = block if parameters.bucket_fix is BucketFix.BLOCK else surgical
    made = fix(bucket, replace(found, statements=()) if kept else found)
    return made + Plan(obstacles=(*kept, *(_unverified(each) for each in found.doubts)))


def remarks(bucket: Bucket, parameters: Parameters) -> tuple[str, ...]:
    """What may be public, too, and what would be public if the setting that suspends it were turned off."""
    found = offending(bucket, parameters.exemptions_of(bucket))
    presumed = map(_presumption, found.doubts) if found.statements or found.grants else ()
    return (*presumed, *bucket_exposure(bucket).latent)


def lines(bucket: Bucket, _: Parameters) -> tuple[str, ...]:
    """A line per statement of the policy, per grant of the ACL, and per setting of Block Public Access that is on."""
    return (
        *map(_statement_line, statements_of(bucket.policy)),
        *(acls.line(grant) for grant in bucket.grants),
        *_block_lines(bucket),
    )


def _statement_line(statement: object) -> str:
    """The statement as JSON with sorted keys; in the policy's own order if a key is repeated."""
    return json.dumps(statement, sort_keys=repeated_key(statement) is None, separators=(",", ":"))


def _block_lines(bucket: Bucket) -> Iterator[str]:
    for name, is_on in flags(bucket.bucket_block).items():
        if is_on:
            yield f"Block Public Access: {name}"


def _violations(bucket: Bucket, found: Offending) -> tuple[Violation, ...]:
    policy = (_policy_violation(bucket, found.statements),) if found.statements else ()
    acl = (_acl_violation(found.grants),) if found.grants else ()
    return (*policy, *acl) or tuple(_presumed(bucket, each) for each in found.doubts if each.is_final)


def _policy_violation(bucket: Bucket, statements: tuple[PublicStatement, ...]) -> Violation:
    return Violation(PUBLIC_POLICY, {"reason": _open_policy(statements), **_statements(bucket, statements)})


def _acl_violation(grants: tuple[acls.Grant, ...]) -> Violation:
    return Violation(PUBLIC_ACL, {"reason": _open_acl(grants), **_grants(grants)})


def _presumed(bucket: Bucket, doubt: Doubt) -> Violation:
    """A violation that is presumed, because a fact could not be read."""
    details = {"reason": _presumption(doubt), "presumed": True, "unread": [str(each.fact) for each in doubt.unread]}
    if doubt.statements:
        details |= _statements(bucket, doubt.statements)
    if doubt.grants:
        details |= _grants(doubt.grants)
    return Violation(_TYPES[doubt.part], details)


def _presumption(doubt: Doubt) -> str:
    """Such as ``presumed: the ACL grants READ to AllUsers, and Object Ownership could not be read``."""
    known = _open_policy(doubt.statements) if doubt.statements else _open_acl(doubt.grants) if doubt.grants else ""
    return f"presumed: {known + ', and ' if known else ''}{could_not_be_read(doubt.unread)}"


def _unverified(doubt: Doubt) -> Obstacle:
    """Why what is only presumed to be public is not changed."""
    reasons = " ".join(dict.fromkeys(each.reason for each in doubt.unread))
    steps = " ".join(dict.fromkeys(each.next_step for each in doubt.unread if each.next_step))
    return Obstacle(
        f"The {doubt.part} is not changed, because this cannot be verified ({_presumption(doubt)}). {reasons}",
        steps or "It is read again at the next evaluation.",
    )


def _open_policy(statements: tuple[PublicStatement, ...]) -> str:
    return "; ".join(f"policy {each.name}: {each.reason}" for each in statements)


def _open_acl(grants: tuple[acls.Grant, ...]) -> str:
    return f"the ACL grants {', '.join(map(acls.line, grants))}"


def _statements(bucket: Bucket, statements: tuple[PublicStatement, ...]) -> dict[str, Any]:
    return {
        "statements": [
            {
                "sid": each.sid,
                "index": each.index,
                "reason": each.reason,
                "sha256": statement_scope(bucket, each).digest,
            }
            for each in statements
        ]
    }


def _grants(grants: tuple[acls.Grant, ...]) -> dict[str, Any]:
    return {"grants": list(map(dict, grants))}


def _reasons_to_keep_the_policy(bucket: Bucket, found: Offending) -> tuple[Obstacle, ...]:
    """Why a public policy is not changed: S3's own status has to say that it is public, too."""
    ours = "; ".join(f"{each.name}: {each.reason}" for each in found.statements)
    unread = [each for each in bucket.unread if each.fact is Fact.POLICY_STATUS]
    if found.statements and unread:
        return (
            Obstacle(
                f"The policy is not changed. This rule finds it public ({ours}), but S3's own status "
                f"(GetBucketPolicyStatus) could not be read. {unread[0].reason}",
                unread[0].next_step,
            ),
        )
    if not found.statements or bucket.policy_status is not False:
        return ()
    return (
        Obstacle(
            f"The policy is not changed. This rule finds it public ({ours}), but S3's own status "
            "(GetBucketPolicyStatus) says that it is not.",
            "Check the statement. If it gives the public access, remove it by hand. If it does not, report the policy "
            "to whoever maintains this rule.",
        ),
    )


_TYPES = {"policy": PUBLIC_POLICY, "ACL": PUBLIC_ACL}

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
    doubts=doubts,
    plan=plan,
    exempting=exempting,
    exempted=exempted,
    scopes=scopes,
    lines=lines,
    remarks=remarks,
)
