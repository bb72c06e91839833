"""S3: the live buckets. Every call carries ExpectedBucketOwner, so that a bucket name that changed hands is refused."""

from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.gateways.bucket_shapes import block_public_access, policy_document
from chalicelib.gateways.clients import code
from chalicelib.resources import BlockPublicAccess, Bucket


class Buckets:
    """Reads the buckets of one account as they are now.

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
        """The bucket, None where there is none. The policy is read last: nothing stands between it and a put."""
        acl = self._ask("get_bucket_acl", name, "NoSuchBucket")
        if acl is None:
            return None
        bucket = Bucket(
            self._account_id,
            self._region,
            name,
            owner=acl.get("Owner"),
            grants=tuple(acl.get("Grants", ())),
            object_ownership=self.object_ownership(name),
            bucket_block=self._block(name),
            account_block=self.account_block(),
        )
        policy = self._ask("get_bucket_policy", name, "NoSuchBucketPolicy") or {}
        return replace(bucket, policy=policy_document(policy.get("Policy"), "GetBucketPolicy.Policy"))

    def object_ownership(self, name: str) -> str | None:
        """`BucketOwnerEnforced` and the like; None where it is not configured, or where there is no bucket."""
        controls = self._ask("get_bucket_ownership_controls", name, "OwnershipControlsNotFoundError", "NoSuchBucket")
        return str(controls["OwnershipControls"]["Rules"][0]["ObjectOwnership"]) if controls else None

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
        """One read; None where AWS answers that there is no such thing."""
        try:
            answer: dict[str, Any] = getattr(self._s3, operation)(Bucket=name, ExpectedBucketOwner=self._account_id)
        except ClientError as error:
            if code(error) in none_codes:
                return None
            raise
        return answer
