"""Exemptions of a bucket: which public statements and grants may stay, each as it is."""

from dataclasses import dataclass

from chalicelib.exposure import acls
from chalicelib.exposure.buckets import bucket_exposure
from chalicelib.exposure.policies import PublicStatement, statements_of
from chalicelib.resources import Bucket
from chalicelib.trust.exemptions import Exemption
from chalicelib.trust.scopes import GrantScope, Scope, StatementScope, WholeResource
from chalicelib.trust.statements import statement_hash

PUBLIC_ACL = "S3_BUCKET_PUBLIC_ACL"
PUBLIC_POLICY = "S3_BUCKET_PUBLIC_POLICY"


@dataclass(frozen=True)
class Condemned:
    """What makes a bucket public in effect, and what of that may stay.

    Attributes
    ----------
    statements, grants : tuple
        What has to go.
    spared_statements, spared_grants : tuple
        What is exempt.
    """

    statements: tuple[PublicStatement, ...]
    grants: tuple[acls.Grant, ...]
    spared_statements: tuple[PublicStatement, ...] = ()
    spared_grants: tuple[acls.Grant, ...] = ()


def condemned(bucket: Bucket, exemptions: tuple[Exemption, ...]) -> Condemned:
    """What makes `bucket` public, told apart by whether an exemption covers it."""
    exposure = bucket_exposure(bucket)
    statements, grants = exposure.effective_statements, exposure.effective_grants
    if not exemptions:
        return Condemned(statements, grants)
    of_policy, of_acl = (_scopes_about(bucket, kind, exemptions) for kind in (PUBLIC_POLICY, PUBLIC_ACL))
    kept = tuple(each for each in statements if _covers(of_policy, statement_scope(bucket, each)))
    kept_grants = tuple(each for each in grants if _covers(of_acl, grant_scope(each)))
    return Condemned(
        statements=tuple(each for each in statements if each not in kept),
        grants=tuple(each for each in grants if each not in kept_grants),
        spared_statements=kept,
        spared_grants=kept_grants,
    )


def statement_scope(bucket: Bucket, statement: PublicStatement) -> StatementScope:
    """What an exemption of a statement covers."""
    policy = bucket.policy or {}
    return StatementScope(statement_hash(statements_of(policy)[statement.index], policy), statement.name)


def grant_scope(grant: acls.Grant) -> GrantScope:
    """What an exemption of a public grant covers."""
    return GrantScope(acls.PUBLIC_GROUPS[grant["Grantee"]["URI"]], str(grant.get("Permission")))


def covering(bucket: Bucket, violation_type: str, exemptions: tuple[Exemption, ...]) -> list[Exemption]:
    """The exemptions that cover some of what a violation of that type is about."""
    found = condemned(bucket, ())
    offending: list[StatementScope | GrantScope] = [grant_scope(each) for each in found.grants]
    if violation_type == PUBLIC_POLICY:
        offending = [statement_scope(bucket, each) for each in found.statements]
    ours = (each for each in exemptions if each.is_about(bucket) and each.violation_type in ("", violation_type))
    return [each for each in ours if any(_covers([each.scope], scope) for scope in offending)]


def _scopes_about(bucket: Bucket, violation_type: str, exemptions: tuple[Exemption, ...]) -> list[Scope]:
    ours = (each for each in exemptions if each.is_about(bucket))
    return [each.scope for each in ours if each.violation_type in ("", violation_type)]


def _covers(scopes: list[Scope], offending: StatementScope | GrantScope) -> bool:
    return any(isinstance(scope, WholeResource) or scope == offending for scope in scopes)
