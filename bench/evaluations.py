"""AWS calls of an evaluation: of one change, and of everything once a day."""

from collections.abc import Iterator
from functools import partial

from rich.table import Table

from bench import resources
from bench.account import BenchAccount
from bench.scenario import Scenario, calls_table
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP

MANY = 250


def table(account: BenchAccount) -> Table:
    """Calls for each kind of event that AWS Config sends."""
    return calls_table("AWS calls of an evaluation", _scenarios(account), account)


def _scenarios(account: BenchAccount) -> Iterator[Scenario]:
    groups = {
        "a compliant group changed": resources.group(account, "evaluated-closed", resources.OFFICE),
        "a non-compliant group changed": resources.group(account, "evaluated-open", resources.EVERYWHERE),
    }
    buckets = {
        "a compliant bucket changed": resources.bucket(account, "evaluated-private"),
        "a bucket with a public policy changed": resources.bucket(account, "evaluated-policy", public_policy=True),
        "a bucket with a public ACL changed": resources.bucket(account, "evaluated-acl", public_acl=True),
    }
    for what, group in groups.items():
        yield Scenario("evaluate_security_group", what, partial(resources.change, account, SECURITY_GROUP, group))
    for what, bucket in buckets.items():
        yield Scenario("evaluate_s3_bucket", what, partial(resources.change, account, S3_BUCKET, bucket))
    account.client("s3").delete_bucket(Bucket="evaluated-acl")  # moto cannot make an item of a public ACL
    yield from _daily(account)


def _daily(account: BenchAccount) -> Iterator[Scenario]:
    """All resources once a day, so many of them that a list takes several pages; one of each is bad."""
    for number in range(MANY):
        resources.group(account, f"many-{number}", resources.OFFICE)
        resources.bucket(account, f"many-{number}")
    yield Scenario("evaluate_security_group", f"daily run over {MANY} groups", resources.scheduled)
    yield Scenario("evaluate_s3_bucket", f"daily run over {MANY} buckets", resources.scheduled)
