"""The history that AWS Config has delivered: it stays unless the operator asks for its deletion."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.errors import AwsRefused
from ddaws.account import Account, error_code
from ddaws.deploy import history, recorder, recorder_removal
from ddaws.plan import Plan, Target, Tell, Verb

TRIES = 5


def removal(target: Target, _tell: Tell) -> Plan:
    """Delete the bucket with all its objects."""
    name = history.bucket_name(target)
    if not _exists(target, name):
        return Plan("no history")
    if recorder_removal.rules_of_others(target, recorder.read(target)):
        return Plan(name, notes=(f"bucket {name} stays: the remaining recorder delivers to it",))
    return Plan(name, (DeleteBucket(name, target.account.account_id),))


def keeping(target: Target, _tell: Tell) -> Plan:
    """Keep the bucket, and report it."""
    name = history.bucket_name(target)
    if not _exists(target, name):
        return Plan("no history")
    return Plan(name, notes=(f"bucket {name} stays: it has AWS Config's history (--delete-history deletes it)",))


def _exists(target: Target, name: str) -> bool:
    try:
        target.account.client("s3").head_bucket(Bucket=name, ExpectedBucketOwner=target.account.account_id)
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchBucket"):
            return False
        raise
    return True


@dataclass(frozen=True)
class DeleteBucket:
    """Delete every object of a bucket, with all its versions, and the bucket itself.

    AWS Config may still deliver for a while after its recorder was stopped, so there are up to ``TRIES`` tries.
    """

    name: str
    account_id: str
    verb: Verb = "delete"

    @property
    def what(self) -> str:
        return f"bucket {self.name} with all its objects"

    def apply(self, account: Account, tell: Tell) -> None:
        for _ in range(TRIES):
            self._empty(account, tell)
            try:
                account.client("s3").delete_bucket(Bucket=self.name, ExpectedBucketOwner=self.account_id)
            except ClientError as error:
                if error_code(error) == "NoSuchBucket":
                    return
                if error_code(error) != "BucketNotEmpty":
                    raise
                tell(f"bucket {self.name} has new objects again")
            else:
                return
        raise AwsRefused(
            f"The bucket {self.name} was emptied {TRIES} times, but it receives new objects.",
            "find and stop the writer, and run destroy with --delete-history again.",
        )

    def _empty(self, account: Account, tell: Tell) -> None:
        client, deleted = account.client("s3"), 0
        pages: Any = client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self.name, ExpectedBucketOwner=self.account_id):
            versions = (*page.get("Versions", []), *page.get("DeleteMarkers", []))
            objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
            if objects:
                answer = client.delete_objects(
                    Bucket=self.name,
                    Delete={"Objects": objects, "Quiet": True},
                    ExpectedBucketOwner=self.account_id,
                )
                for error in answer.get("Errors", []):
                    reason = error.get("Message") or error["Code"]
                    raise AwsRefused(
                        f"S3 does not delete {error['Key']} of bucket {self.name}: {reason}.",
                        "see the bucket's policy and its Object Lock, and run destroy with --delete-history again.",
                    )
                deleted += len(objects)
                tell(f"{deleted} objects of bucket {self.name} deleted")
