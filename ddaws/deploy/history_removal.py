"""The delivered history: kept, unless the operator says otherwise."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ddaws.account import Account, error_code
from ddaws.deploy import history, recorder, recorder_removal
from ddaws.plan import Plan, Target, Tell, Verb, call


def removal(target: Target, _tell: Tell) -> Plan:
    """Empty and delete the bucket."""
    name = history.bucket_name(target)
    if not _exists(target, name):
        return Plan("no history")
    if recorder_removal.rules_of_others(target, recorder.read(target)):
        return Plan(name, notes=(f"bucket {name} stays: the recorder that stays delivers there",))
    deletion = call("delete", f"bucket {name}", "s3", "DeleteBucket", Bucket=name)
    return Plan(name, (EmptyBucket(name, target.account.account_id), deletion))


def keeping(target: Target, _tell: Tell) -> Plan:
    """Leave the bucket, and say so."""
    name = history.bucket_name(target)
    if not _exists(target, name):
        return Plan("no history")
    return Plan(name, notes=(f"bucket {name} stays: AWS Config's history (--delete-history takes it too)",))


def _exists(target: Target, name: str) -> bool:
    try:
        target.account.client("s3").head_bucket(Bucket=name, ExpectedBucketOwner=target.account.account_id)
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchBucket"):
            return False
        raise
    return True


@dataclass(frozen=True)
class EmptyBucket:
    """Delete every object of a bucket, with all its versions."""

    name: str
    account_id: str
    verb: Verb = "delete"

    @property
    def what(self) -> str:
        return f"all objects of bucket {self.name}"

    def apply(self, account: Account, tell: Tell) -> None:
        client, deleted = account.client("s3"), 0
        pages: Any = client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self.name, ExpectedBucketOwner=self.account_id):
            versions = (*page.get("Versions", []), *page.get("DeleteMarkers", []))
            objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
            if objects:
                client.delete_objects(
                    Bucket=self.name,
                    Delete={"Objects": objects, "Quiet": True},
                    ExpectedBucketOwner=self.account_id,
                )
                deleted += len(objects)
                tell(f"{deleted} objects of bucket {self.name} deleted")
