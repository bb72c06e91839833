from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import AwsRefused
from ddaws.account import Account
from ddaws.deploy import history, history_removal, recorder, recorder_removal
from ddaws.deploy.history_removal import DeleteBucket
from ddaws.plan import Target, call
from tests.ddaws.live import apply, silently


def deliver(target: Target) -> str:
    """A bucket with two versions of one object and a marker of a deleted one; its name."""
    apply(recorder.plan(target, silently), target)
    s3, bucket = target.account.client("s3"), history.bucket_name(target)
    s3.delete_bucket_policy(Bucket=bucket)  # moto applies the denial of plain HTTP to everybody
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket=bucket, Key="AWSLogs/item", Body=body)
    s3.delete_object(Bucket=bucket, Key="AWSLogs/item")
    return bucket


def buckets(target: Target) -> list[str]:
    return [bucket["Name"] for bucket in target.account.client("s3").list_buckets()["Buckets"]]


def test_the_history_is_kept_unless_asked_for(target: Target) -> None:
    bucket = deliver(target)

    plan = history_removal.keeping(target, silently)

    assert not plan.changes
    assert plan.notes == (f"bucket {bucket} stays: it has AWS Config's history (--delete-history deletes it)",)


def test_on_demand_the_history_goes_with_all_its_versions(target: Target) -> None:
    deliver(target)
    apply(recorder_removal.removal(target, silently), target)

    apply(history_removal.removal(target, silently), target)

    assert buckets(target) == []
    assert not history_removal.removal(target, silently).changes


def test_a_history_that_is_filled_again_while_it_is_deleted_is_emptied_again(target: Target) -> None:
    bucket = deliver(target)
    told: list[str] = []
    change = DeleteBucket(bucket, target.account.account_id)

    change.apply(Refilled(target.account, bucket, times=2), told.append)

    assert buckets(target) == []
    assert told.count(f"bucket {bucket} has new objects again") == 2


def test_a_history_that_is_filled_repeatedly_ends_with_an_error(target: Target) -> None:
    bucket = deliver(target)
    change = DeleteBucket(bucket, target.account.account_id)

    with pytest.raises(AwsRefused, match=rf"The bucket {bucket} was emptied 5 times, but it receives new objects"):
        change.apply(Refilled(target.account, bucket, times=100), silently)


class Refilled(Account):
    """An account in which somebody writes to a bucket just before it is deleted, so many times."""

    def __init__(self, account: Account, bucket: str, times: int) -> None:
        self.account_id, self.region, self.partition = account.account_id, account.region, account.partition
        self._s3, self._bucket, self._times = account.client("s3"), bucket, times
        self.client = lambda _service: self  # type: ignore[assignment,misc]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def delete_bucket(self, **parameters: Any) -> None:
        if self._times:
            self._times -= 1
            self._s3.put_object(Bucket=self._bucket, Key="AWSLogs/late", Body=b"3")
        self._s3.delete_bucket(**parameters)


def test_a_history_that_is_still_delivered_to_stays(target: Target) -> None:
    bucket = deliver(target)
    rule = {"ConfigRuleName": "theirs", "Source": {"Owner": "AWS", "SourceIdentifier": "ROOT_ACCOUNT_MFA_ENABLED"}}
    apply([call("create", "theirs", "config", "PutConfigRule", ConfigRule=rule)], target)

    plan = history_removal.removal(target, silently)

    assert not plan.changes
    assert plan.notes == (f"bucket {bucket} stays: the remaining recorder delivers to it",)


def test_in_the_first_region_of_all_a_bucket_takes_no_location(target: Target) -> None:
    here = target.account
    there = type(here)(here._session.__class__(region_name="us-east-1"), here.account_id)
    target = replace(target, account=there)

    apply(list(history.making(target)), target)

    assert not list(history.making(target))
