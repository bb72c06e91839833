"""Whether a bucket is open to the public: what its policy and its ACL grant, and what keeps them from it."""

from dataclasses import dataclass

from chalicelib.exposure.acls import Grant, line, public_grants
from chalicelib.exposure.policies import PublicStatement, public_statements
from chalicelib.resources import Bucket

ACLS_DISABLED = "BucketOwnerEnforced"


@dataclass(frozen=True)
class BucketExposure:
    """All that would make a bucket public, and what stands in its way.

    Attributes
    ----------
    statements : tuple of PublicStatement
        The statements that make the policy public.
    grants : tuple of Mapping
        The grants that make the ACL public.
    policy_guard, acl_guard : str or None
        The setting that keeps the policy, or the ACL, without effect; None where none does.
    """

    statements: tuple[PublicStatement, ...]
    grants: tuple[Grant, ...]
    policy_guard: str | None
    acl_guard: str | None

    @property
    def is_public(self) -> bool:
        return bool(self.effective_statements or self.effective_grants)

    @property
    def effective_statements(self) -> tuple[PublicStatement, ...]:
        return () if self.policy_guard else self.statements

    @property
    def effective_grants(self) -> tuple[Grant, ...]:
        return () if self.acl_guard else self.grants

    @property
    def latent(self) -> tuple[str, ...]:
        """What would be public if the setting that guards it went, a sentence each; empty where nothing would."""
        policy = (f"policy {each.name} is held back only by {self.policy_guard}" for each in self.statements)
        acl = (f"ACL grant {line(each)} is held back only by {self.acl_guard}" for each in self.grants)
        return (*(policy if self.policy_guard else ()), *(acl if self.acl_guard else ()))


def bucket_exposure(bucket: Bucket) -> BucketExposure:
    """Judge `bucket` by what is known of it.

    Of Block Public Access each setting counts where the bucket or its account has it on. Only RestrictPublicBuckets
    and IgnorePublicAcls act on what is there; the two Block settings refuse new grants.
    """
    return BucketExposure(
        statements=public_statements(bucket.policy),
        grants=public_grants(bucket.grants),
        policy_guard=_policy_guard(bucket),
        acl_guard=_acl_guard(bucket),
    )


def _policy_guard(bucket: Bucket) -> str | None:
    blocks = bucket.bucket_block, bucket.account_block
    return "RestrictPublicBuckets" if any(block and block.restrict_public_buckets for block in blocks) else None


def _acl_guard(bucket: Bucket) -> str | None:
    if any(block and block.ignore_public_acls for block in (bucket.bucket_block, bucket.account_block)):
        return "IgnorePublicAcls"
    return ACLS_DISABLED if bucket.object_ownership == ACLS_DISABLED else None
