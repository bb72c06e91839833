"""Defects 27 to 34: limits of public access, what must stay, and caching."""

import copy
import sys
from typing import Any

import pytest

from tests.handlers.conftest import SETTINGS, Account
from tests.handlers.intruder import once
from tests.handlers.s3 import disable_acls, refusing_as_s3
from tests.peer_defects.buckets import (
    DENY_HTTP,
    OWNERS,
    PARTNER,
    PARTNERS,
    LiveBucket,
    block,
    everyone,
    grant,
    statement,
)

READ = grant("READ", "AllUsers")
ACL, POLICY = "S3_BUCKET_PUBLIC_ACL", "S3_BUCKET_PUBLIC_POLICY"
DELETED_ROLE, DELETED_USER = "AROADBQP57FF2AEXAMPLE", "AIDACKCEVSQ6C2EXAMPLE"


def test_27_settings_of_block_public_access_that_are_on_stay_on(account: Account) -> None:
    bucket = LiveBucket(account, [everyone()], block=block("BlockPublicAcls", "BlockPublicPolicy"))
    assert bucket.heal(bucketFix="block") == ["fixed"]
    assert bucket.block == block("BlockPublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def test_27_a_surgical_fix_leaves_block_public_access_alone(account: Account) -> None:
    before = block("BlockPublicAcls", "BlockPublicPolicy")
    bucket = LiveBucket(account, [everyone()], block=before)
    assert bucket.heal() == ["fixed"]
    assert bucket.block == before


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
        {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"StringLike": {"aws:SourceVpce": "*"}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c4d5e"}},
        {"StringLike": {"aws:Referer": "*"}},
        {"Bool": {"aws:SecureTransport": "true"}},
    ],
    ids=lambda condition: str(next(iter(condition))),
)
def test_28_a_condition_that_everyone_can_meet_is_no_limit(condition: dict[str, Any], account: Account) -> None:
    bucket = LiveBucket(account, [everyone(**condition), PARTNERS])
    assert bucket.heal() == ["fixed"]
    assert bucket.statements == [PARTNERS]


def test_29_a_deny_beside_a_public_statement_survives(account: Account) -> None:
    bucket = LiveBucket(account, [DENY_HTTP, everyone()])
    assert bucket.heal() == ["fixed"]
    assert bucket.statements == [DENY_HTTP]


def test_30_a_setting_counts_where_the_bucket_or_its_account_has_it(account: Account) -> None:
    bucket = LiveBucket(
        account,
        [everyone()],
        [READ],
        account_block=block("IgnorePublicAcls"),
        block=block("RestrictPublicBuckets"),
    )
    assert bucket.heal() == []
    assert (bucket.statements, bucket.grants) == ([everyone()], [OWNERS, READ])


@pytest.mark.parametrize(
    ("setting", "public"),
    [
        ("BlockPublicAcls", {POLICY, ACL}),
        ("BlockPublicPolicy", {POLICY, ACL}),
        ("IgnorePublicAcls", {POLICY}),
        ("RestrictPublicBuckets", {ACL}),
    ],
)
def test_31_each_setting_of_block_public_access_counts_by_its_effect(
    setting: str, public: set[str], account: Account
) -> None:
    LiveBucket(account, [everyone()], [READ], block=block(setting)).evaluate()
    [message] = account.bodies(SETTINGS.remediation_queue)
    assert {violation["violationType"] for violation in message["violations"]} == public


def test_32_an_acl_is_no_exposure_where_acls_are_disabled(account: Account) -> None:
    bucket = LiveBucket(account, grants=[READ], ownership="BucketOwnerEnforced")
    assert bucket.heal() == []
    assert bucket.grants == [OWNERS, READ]


def test_32_an_acl_that_is_disabled_before_the_fix_runs_needs_none(account: Account) -> None:
    bucket = LiveBucket(account, grants=[READ])
    order = bucket.dispatch()
    disable_acls(account, bucket.name)
    with refusing_as_s3(account):
        [outcome] = bucket.carry_out(order)
    assert outcome["status"] == "already_compliant"
    assert account.waiting(SETTINGS.remediation_queue) == 0


def test_32_an_acl_that_is_disabled_while_the_fix_runs_is_not_tried_for_ever(account: Account) -> None:
    bucket = LiveBucket(account, grants=[READ])
    order = bucket.dispatch()
    with (
        refusing_as_s3(account),
        once("after-call.s3.GetBucketOwnershipControls", lambda: disable_acls(account, bucket.name)),
    ):
        [outcome] = bucket.carry_out(order)
    assert outcome["status"] == "superseded"
    assert account.waiting(SETTINGS.remediation_queue) == 0


@pytest.mark.parametrize("principal", [DELETED_ROLE, DELETED_USER, "111122223333"])
def test_33_a_deleted_principal_and_a_bare_account_id_are_not_the_public(principal: str, account: Account) -> None:
    fixed = statement({"AWS": principal})
    bucket = LiveBucket(account, [fixed])
    assert bucket.heal() == []
    assert bucket.statements == [fixed]


def test_33_deleted_principals_which_s3_would_refuse_are_dropped_when_the_policy_is_put(account: Account) -> None:
    bucket = LiveBucket(
        account, [everyone(), statement({"AWS": [DELETED_ROLE, PARTNER]}), statement({"AWS": DELETED_USER})]
    )
    with refusing_as_s3(account):
        [outcome] = bucket.carry_out(bucket.dispatch())
    assert outcome["status"] == "fixed"
    assert bucket.statements == [statement({"AWS": [PARTNER]})]
    assert {DELETED_ROLE, DELETED_USER} <= {note.split()[0] for note in outcome["notes"]}


def test_34_nothing_of_one_bucket_is_remembered_for_the_next(account: Account) -> None:
    leaky = LiveBucket(account, [everyone(), PARTNERS], [READ], name="leaky-bucket")
    tight = LiveBucket(account, [PARTNERS], name="tight-bucket")
    listed = LiveBucket(account, grants=[READ], name="listed-bucket")
    before = module_state()
    for bucket in (leaky, tight, listed, tight):
        bucket.evaluate()
    found = {message["targetResourceId"]: reasons(message) for message in account.bodies(SETTINGS.remediation_queue)}
    assert found == {
        "leaky-bucket": ["policy statement 1: Principal admits everyone", "the ACL grants READ to AllUsers"],
        "listed-bucket": ["the ACL grants READ to AllUsers"],
    }
    assert module_state() == before


def reasons(message: dict[str, Any]) -> list[str]:
    return [violation["violationDetails"]["reason"] for violation in message["violations"]]


def module_state() -> dict[tuple[str, str], Any]:
    """The current collections of every module."""
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ("app", "chalicelib")}
    return {
        (name, key): copy.deepcopy(value)
        for name, module in ours.items()
        for key, value in vars(module).items()
        if isinstance(value, list | dict | set) and not key.startswith("__")
    }
