"""Whether a bucket is public: what its policy and its ACL grant, and which settings suspend that.

The result is three-valued. The policy and the ACL are each certainly public, certainly not public, or in doubt because
a fact that decides could not be read. A fact that could not be read never counts as its harmless value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chalicelib.exposure.acls import Grant, line, public_grants
from chalicelib.exposure.policies import PublicStatement, public_statements
from chalicelib.resources import Bucket, Fact, Unread

ACLS_DISABLED = "BucketOwnerEnforced"


@dataclass(frozen=True)
class Doubt:
    """A part of a bucket that is public unless a fact that could not be read shows otherwise.

    Attributes
    ----------
    part : str
        ``policy`` or ``ACL``.
    unread : tuple of Unread
        The facts that decide.
    statements, grants : tuple
        What is public unless a setting that could not be read suspends it. Both empty: the part itself could not be
        read.
    """

    part: Literal["policy", "ACL"]
    unread: tuple[Unread, ...]
    statements: tuple[PublicStatement, ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether AWS denies these facts permanently; otherwise a later read may succeed."""
        return all(each.is_final for each in self.unread)


@dataclass(frozen=True)
class BucketExposure:
    """All that would make a bucket public, and the settings that suspend it.

    Attributes
    ----------
    statements : tuple of PublicStatement
        The statements that make the policy public.
    grants : tuple of Mapping
        The grants that make the ACL public.
    policy_guard, acl_guard : str or None
        The setting that suspends the policy, or the ACL; None if no setting is known to.
    doubts : tuple of Doubt
        The policy, the ACL, or both, if it is not certain whether they are public.
    """

    statements: tuple[PublicStatement, ...]
    grants: tuple[Grant, ...]
    policy_guard: str | None
    acl_guard: str | None
    doubts: tuple[Doubt, ...] = ()

    @property
    def is_public(self) -> bool:
        """Whether the bucket is certainly public."""
        return bool(self.effective_statements or self.effective_grants)

    @property
    def effective_statements(self) -> tuple[PublicStatement, ...]:
        """The statements that certainly give the public access."""
        return () if self.policy_guard or self._is_in_doubt("policy") else self.statements

    @property
    def effective_grants(self) -> tuple[Grant, ...]:
        """The grants that certainly give the public access."""
        return () if self.acl_guard or self._is_in_doubt("ACL") else self.grants

    @property
    def latent(self) -> tuple[str, ...]:
        """What would be public if the setting that suspends it were turned off, a sentence each."""
        policy = (f"policy {each.name} is suspended only by {self.policy_guard}" for each in self.statements)
        acl = (f"ACL grant {line(each)} is suspended only by {self.acl_guard}" for each in self.grants)
        return (*(policy if self.policy_guard else ()), *(acl if self.acl_guard else ()))

    def _is_in_doubt(self, part: str) -> bool:
        return any(doubt.part == part for doubt in self.doubts)


def bucket_exposure(bucket: Bucket) -> BucketExposure:
    """Evaluate `bucket` by its known facts.

    A setting of Block Public Access counts if it is on for the bucket or for its account. Only RestrictPublicBuckets
    and IgnorePublicAcls affect existing grants; the two Block settings refuse new grants.
    """
    statements, grants = public_statements(bucket.policy), public_grants(bucket.grants)
    policy_guard, acl_guard = _policy_guard(bucket), _acl_guard(bucket)
    doubts = (
        None if policy_guard else _doubt(bucket, "policy", statements=statements),
        None if acl_guard else _doubt(bucket, "ACL", grants=grants),
    )
    return BucketExposure(statements, grants, policy_guard, acl_guard, tuple(each for each in doubts if each))


def _doubt(
    bucket: Bucket,
    part: Literal["policy", "ACL"],
    statements: tuple[PublicStatement, ...] = (),
    grants: tuple[Grant, ...] = (),
) -> Doubt | None:
    """The doubt about a part that no setting is known to suspend; None if it is certainly public, or certainly not."""
    unread = {each.fact: each for each in (*_not_asked(bucket), *bucket.unread)}
    itself = Fact.POLICY if part == "policy" else Fact.ACL
    guards = (Fact.BUCKET_BLOCK, Fact.ACCOUNT_BLOCK, *((Fact.OBJECT_OWNERSHIP,) if part == "ACL" else ()))
    if itself not in unread and not (statements or grants):
        return None
    deciding = tuple(unread[fact] for fact in (itself, *guards) if fact in unread)
    return Doubt(part, deciding, statements, grants) if deciding else None


def _not_asked(bucket: Bucket) -> Iterator[Unread]:
    return (Unread(fact, "it was not read yet") for fact in bucket.missing)


def _policy_guard(bucket: Bucket) -> str | None:
    blocks = bucket.bucket_block, bucket.account_block
    return "RestrictPublicBuckets" if any(block and block.restrict_public_buckets for block in blocks) else None


def _acl_guard(bucket: Bucket) -> str | None:
    if any(block and block.ignore_public_acls for block in (bucket.bucket_block, bucket.account_block)):
        return "IgnorePublicAcls"
    return ACLS_DISABLED if bucket.object_ownership == ACLS_DISABLED else None
