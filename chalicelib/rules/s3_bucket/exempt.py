"""Exemptions of a bucket: which public statements and grants may stay."""

from dataclasses import dataclass, replace

from chalicelib.exemptions.exemptions import Exemption
from chalicelib.exemptions.scopes import GrantScope, Scope, StatementScope, WholeResource
from chalicelib.exemptions.statements import statement_hash
from chalicelib.exposure import acls
from chalicelib.exposure.policies import PublicStatement, statements_of
from chalicelib.resources import Bucket
from chalicelib.rules.s3_bucket.exposure import Doubt, bucket_exposure

PUBLIC_ACL = "S3_BUCKET_PUBLIC_ACL"
PUBLIC_POLICY = "S3_BUCKET_PUBLIC_POLICY"


@dataclass(frozen=True)
class Offending:
    """What makes a bucket public in effect, and which part of it is exempt.

    Attributes
    ----------
    statements, grants : tuple
        What has to be removed: certainly public, and not exempt.
    exempt_statements, exempt_grants : tuple
        What is certainly public, and exempt.
    doubts : tuple of Doubt
        What may be public and is not exempt: a fact that decides could not be read.
    """

    statements: tuple[PublicStatement, ...]
    grants: tuple[acls.Grant, ...]
    exempt_statements: tuple[PublicStatement, ...] = ()
    exempt_grants: tuple[acls.Grant, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def offending(bucket: Bucket, exemptions: tuple[Exemption, ...]) -> Offending:
    """What makes `bucket` public, divided into what is exempt and what is not."""
    exposure = bucket_exposure(bucket)
    statements, grants = exposure.effective_statements, exposure.effective_grants
    if not exemptions:
        return Offending(statements, grants, doubts=exposure.doubts)
    of_policy, of_acl = (_scopes_about(bucket, kind, exemptions) for kind in (PUBLIC_POLICY, PUBLIC_ACL))
    kept = tuple(each for each in statements if _covers(of_policy, statement_scope(bucket, each)))
    kept_grants = tuple(each for each in grants if _covers(of_acl, grant_scope(each)))
    left = (_left_of(bucket, each, of_policy if each.part == "policy" else of_acl) for each in exposure.doubts)
    return Offending(
        statements=tuple(each for each in statements if each not in kept),
        grants=tuple(each for each in grants if each not in kept_grants),
        exempt_statements=kept,
        exempt_grants=kept_grants,
        doubts=tuple(each for each in left if each),
    )


def scopes_of(bucket: Bucket, doubt: Doubt) -> tuple[StatementScope | GrantScope, ...]:
    """The scopes that exempt all that is known about a doubt."""
    statements = (statement_scope(bucket, each) for each in doubt.statements)
    return (*statements, *map(grant_scope, doubt.grants))


def _left_of(bucket: Bucket, doubt: Doubt, scopes: list[Scope]) -> Doubt | None:
    """A doubt without its exempt part; None if it is exempt. Only a `WholeResource` covers a part that is unread."""
    if any(isinstance(scope, WholeResource) for scope in scopes):
        return None
    statements = tuple(each for each in doubt.statements if not _covers(scopes, statement_scope(bucket, each)))
    grants = tuple(each for each in doubt.grants if not _covers(scopes, grant_scope(each)))
    is_all_exempt = (doubt.statements or doubt.grants) and not (statements or grants)
    return None if is_all_exempt else replace(doubt, statements=statements, grants=grants)


def statement_scope(bucket: Bucket, statement: PublicStatement) -> StatementScope:
    """The scope that exempts a statement."""
    policy = bucket.policy or {}
    return StatementScope(statement_hash(statements_of(policy)[statement.index], policy), statement.name)


def grant_scope(grant: acls.Grant) -> GrantScope:
    """The scope that exempts a public grant."""
    return GrantScope(acls.PUBLIC_GROUPS[grant["Grantee"]["URI"]], str(grant.get("Permission")))


def covering(bucket: Bucket, violation_type: str, exemptions: tuple[Exemption, ...]) -> list[Exemption]:
    """The exemptions that cover a part of a violation of that type."""
    found = offending(bucket, ())
    part = "policy" if violation_type == PUBLIC_POLICY else "ACL"
    about: list[StatementScope | GrantScope] = [grant_scope(each) for each in found.grants]
    if violation_type == PUBLIC_POLICY:
        about = [statement_scope(bucket, each) for each in found.statements]
    doubts = [each for each in found.doubts if each.part == part]
    about += [scope for each in doubts for scope in scopes_of(bucket, each)]
    ours = (each for each in exemptions if each.is_about(bucket) and each.violation_type in ("", violation_type))
    return [
        each
        for each in ours
        if any(_covers([each.scope], scope) for scope in about) or (doubts and isinstance(each.scope, WholeResource))
    ]


def _scopes_about(bucket: Bucket, violation_type: str, exemptions: tuple[Exemption, ...]) -> list[Scope]:
    ours = (each for each in exemptions if each.is_about(bucket))
    return [each.scope for each in ours if each.violation_type in ("", violation_type)]


def _covers(scopes: list[Scope], offending: StatementScope | GrantScope) -> bool:
    return any(isinstance(scope, WholeResource) or scope == offending for scope in scopes)
