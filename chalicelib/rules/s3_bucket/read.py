"""S3: the live buckets. Every call has ExpectedBucketOwner, so S3 refuses a name that another account owns now."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.errors import aws_errors, code
from chalicelib.errors import BadInput, Gone, Superseded
from chalicelib.findings import AwsCall
from chalicelib.resources import BUCKET_PARTS, BlockPublicAccess, Bucket, Fact
from chalicelib.rules.s3_bucket.shapes import block_public_access, policy_document


@aws_errors
class Buckets:
    """Reads the live buckets of one account.

    Parameters
    ----------
    s3, s3control
        boto3 clients.
    """

    def __init__(self, s3: Any, s3control: Any, account_id: str, region: str) -> None:
        self._s3 = s3
        self._s3control = s3control
        self._account_id = account_id
        self._region = region

    def get(self, name: str) -> Bucket | None:
        """The bucket; None if it does not exist. `with_facts` reads the facts that need further calls."""
        bucket = Bucket(self._account_id, self._region, name, missing=BUCKET_PARTS)
        try:
            return self.with_facts(bucket, frozenset(BUCKET_PARTS))
        except Gone:
            return None

    def with_facts(self, bucket: Bucket, facts: frozenset[Fact]) -> Bucket:
        """The bucket with the current values of `facts`.

        Raises
        ------
        Gone
            The bucket does not exist.
        """
        known: dict[str, Any] = {}
        if Fact.ACL in facts:
            acl = self._ask("get_bucket_acl", bucket.name) or {}
            known |= {"owner": acl.get("Owner"), "grants": tuple(acl.get("Grants", ()))}
        if Fact.BUCKET_BLOCK in facts:
            known["bucket_block"] = self._block(bucket.name)
        if Fact.POLICY in facts:
            policy_text = self._policy_text(bucket.name)
            document = policy_document(policy_text, "GetBucketPolicy.Policy")
            known |= {"policy": document, "policy_text": policy_text}
        if Fact.ACCOUNT_BLOCK in facts:
            known["account_block"] = self.account_block()
        if Fact.OBJECT_OWNERSHIP in facts:
            known["object_ownership"] = self._object_ownership(bucket.name)
        if Fact.POLICY_STATUS in facts:
            known["policy_status"] = self._policy_status(bucket)
        if Fact.TAGS in facts:
            known["tags"] = self._tags(bucket.name)
        return replace(bucket, **known, missing=tuple(each for each in bucket.missing if each not in facts))

    def demand_unchanged(self, call: AwsCall, seen: Bucket) -> None:
        """Raise Superseded if `call` would overwrite a value that has changed since `seen`.

        These puts replace the whole value and have no precondition. The race is reduced to the moment between this read
        and the call.
        """
        overwritten: dict[str, tuple[object, Callable[[str], object]]] = {
            "PutBucketPolicy": (seen.policy, self._policy),
            "DeleteBucketPolicy": (seen.policy, self._policy),
            "PutBucketAcl": (seen.grants, self._grants),
            "PutPublicAccessBlock": (seen.bucket_block, self._block),
        }
        before, read = overwritten[call.action]
        if read(seen.name) != before:
            raise Superseded(f"{seen.name} has changed since it was read: {call.action} would overwrite the change")

    def _policy(self, name: str) -> Mapping[str, Any] | None:
        """The bucket's policy; None if it has none."""
        return policy_document(self._policy_text(name), "GetBucketPolicy.Policy")

    def _policy_text(self, name: str) -> str | None:
        """The text of the bucket's policy as it was put; None if it has none."""
        return (self._ask("get_bucket_policy", name, "NoSuchBucketPolicy") or {}).get("Policy")

    def _policy_status(self, bucket: Bucket) -> bool | None:
        """S3's own status of the policy that `bucket` has; None if S3 gives none.

        Raises
        ------
        Superseded
            S3's status ("not public") is for another policy than the one that `bucket` has.
        """
        answer = self._ask("get_bucket_policy_status", bucket.name, "NoSuchBucketPolicy") or {}
        is_public: bool | None = answer.get("PolicyStatus", {}).get("IsPublic")
        if is_public is False and self._policy(bucket.name) != bucket.policy:
            raise Superseded(f"the policy of {bucket.name} has changed since it was read")
        return is_public

    def _tags(self, name: str) -> Mapping[str, str]:
        """The bucket's tags."""
        answer = self._ask("get_bucket_tagging", name, "NoSuchTagSet") or {}
        return {tag["Key"]: tag["Value"] for tag in answer.get("TagSet", ())}

    def _grants(self, name: str) -> tuple[Mapping[str, Any], ...]:
        return tuple((self._ask("get_bucket_acl", name) or {}).get("Grants", ()))

    def _object_ownership(self, name: str) -> str:
        """`BucketOwnerEnforced` or another setting; `ObjectWriter` if nothing is configured."""
        controls = self._ask("get_bucket_ownership_controls", name, "OwnershipControlsNotFoundError")
        if controls is None:
            return "ObjectWriter"
        for rule in controls.get("OwnershipControls", {}).get("Rules", ()):
            return str(rule["ObjectOwnership"])
        raise BadInput("GetBucketOwnershipControls.OwnershipControls", controls, "a rule")

    def account_block(self) -> BlockPublicAccess:
        """Block Public Access of the account."""
        try:
            answer = self._s3control.get_public_access_block(AccountId=self._account_id)
        except ClientError as error:
            if code(error) != "NoSuchPublicAccessBlockConfiguration":
                raise
            return BlockPublicAccess()
        return block_public_access(answer["PublicAccessBlockConfiguration"], "PublicAccessBlockConfiguration")

    def _block(self, name: str) -> BlockPublicAccess:
        answer = self._ask("get_public_access_block", name, "NoSuchPublicAccessBlockConfiguration") or {}
        return block_public_access(answer.get("PublicAccessBlockConfiguration"), "PublicAccessBlockConfiguration")

    def _ask(self, operation: str, name: str, *none_codes: str) -> dict[str, Any] | None:
        """One read; None if S3's error code is one of `none_codes`; raises Gone if the bucket does not exist."""
        with aws_errors.about(f"bucket {name}"):
            try:
                answer: dict[str, Any] = getattr(self._s3, operation)(Bucket=name, ExpectedBucketOwner=self._account_id)
            except ClientError as error:
                if code(error) in none_codes:
                    return None
                if code(error) == "NoSuchBucket":
                    raise Gone(f"there is no bucket {name} in account {self._account_id}") from error
                raise
        return answer
