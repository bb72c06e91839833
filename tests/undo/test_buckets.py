"""An undo restores a bucket's policy, ACL and Block Public Access exactly, or says why S3 refuses."""

import json
from typing import Any

import pytest

from tests.answers import answered, policy_status, refusal
from tests.handlers.buckets import BUCKET, make
from tests.handlers.conftest import ACCOUNT, SETTINGS, Account
from tests.handlers.events import bucket_change
from tests.handlers.pipeline import evaluate_s3_bucket, remediated
from tests.handlers.test_bucket_fixes import EVERYONE_READS, OPEN, PARTNER, case

from .conftest import Command, undone

TEXT = '{ "Version" : "2012-10-17",\n  "Statement": [' + json.dumps(OPEN) + " , " + json.dumps(PARTNER) + " ] }"
BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def fixed(account: Account, some: dict[str, Any], fix: str = "surgical", text: str | None = None) -> str:
    """A bucket in the case's state, fixed; the remediation's id."""
    owner = make(account, some)
    if text:
        account.s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    evaluate_s3_bucket(bucket_change(BUCKET, some, {"bucketFix": fix}, owner), None)
    with policy_status(is_public=True):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "fixed"
    return str(outcome["remediationId"])


def policy(account: Account) -> str | None:
    try:
        return str(account.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    except account.s3.exceptions.ClientError:
        return None


def grants(account: Account) -> list[Any]:
    found: list[Any] = account.s3.get_bucket_acl(Bucket=BUCKET)["Grants"]
    return found


def block(account: Account, *settings: str) -> None:
    configuration = {name: name in settings for name in BLOCK}
    account.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=configuration)


def test_a_policy_comes_back_byte_for_byte(stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(OPEN, PARTNER), text=TEXT)
    assert policy(stage) != TEXT
    result = undone(command, remediation)
    assert result.exit_code == 0, result.output
    assert policy(stage) == TEXT


def test_a_policy_in_which_a_key_stands_more_than_once_comes_back_byte_for_byte(
    stage: Account, command: Command
) -> None:
    partner = json.dumps(PARTNER)[:-1] + ', "Action": "s3:ListBucket"}'
    text = '{"Statement": [' + json.dumps(OPEN)[:-1] + ', "Effect": "Deny"}, ' + partner + "]}"
    remediation = fixed(stage, case(OPEN, PARTNER), text=text)
    assert policy(stage) == '{"Statement":[' + json.dumps(PARTNER, separators=(",", ":"))[:-1] + (
        ',"Action":"s3:ListBucket"}]}'
    )
    result = undone(command, remediation)
    assert result.exit_code == 0, result.output
    assert policy(stage) == text


def test_a_policy_that_was_deleted_comes_back(stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(OPEN))
    assert policy(stage) is None
    assert undone(command, remediation).exit_code == 0
    assert json.loads(policy(stage) or "")["Statement"] == [OPEN]


def test_grants_come_back(stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(acl=True))
    assert EVERYONE_READS not in grants(stage)
    assert undone(command, remediation).exit_code == 0
    assert EVERYONE_READS in grants(stage)


def test_the_settings_that_were_turned_on_are_as_they_were(stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(OPEN, acl=True, block={"BlockPublicPolicy": True}), fix="block")
    assert undone(command, remediation).exit_code == 0
    found = stage.s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert [name for name in BLOCK if found[name]] == ["BlockPublicPolicy"]


def test_what_was_undone_is_exempt_and_not_fixed_again(stage: Account, command: Command) -> None:
    undone(command, fixed(stage, case(OPEN, acl=True)))
    evaluate_s3_bucket(bucket_change(BUCKET, case(OPEN, acl=True), {}, "79a59df9"), None)
    assert stage.waiting("dd-aws-sandbox-remediation") == 0


def test_a_policy_that_has_changed_since_is_drift(stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(OPEN, PARTNER))
    changed = json.dumps({"Version": "2012-10-17", "Statement": [{**PARTNER, "Sid": "Other"}]})
    stage.s3.put_bucket_policy(Bucket=BUCKET, Policy=changed)
    result = undone(command, remediation)
    assert result.exit_code == 1
    assert "the policy has changed since the fix" in result.output
    assert policy(stage) == changed


def test_an_acl_that_has_changed_since_does_not_keep_a_policy_from_coming_back(
    stage: Account, command: Command
) -> None:
    remediation = fixed(stage, case(OPEN))
    stage.s3.put_bucket_acl(Bucket=BUCKET, ACL="authenticated-read")
    assert undone(command, remediation).exit_code == 0
    assert policy(stage)


@pytest.mark.parametrize(
    ("some", "setting"), [(case(OPEN), "BlockPublicPolicy"), (case(acl=True), "BlockPublicAcls")], ids=["policy", "acl"]
)
@pytest.mark.parametrize("whose", ["the bucket", "the account"])
def test_what_block_public_access_refuses_now_is_told_and_nothing_is_done(
    whose: str, some: dict[str, Any], setting: str, stage: Account, command: Command
) -> None:
    remediation = fixed(stage, some)
    configuration = {name: name == setting for name in BLOCK}
    if whose == "the bucket":
        block(stage, setting)
    else:
        stage.s3control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=configuration)
    before = policy(stage), grants(stage)
    result = undone(command, remediation)
    assert result.exit_code == 1
    assert f"{setting} is on" in result.output
    assert f"turn off {setting} of {whose}" in result.output
    assert (policy(stage), grants(stage)) == before


def test_an_acl_of_a_bucket_that_has_none_any_more_is_told(stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(acl=True))
    stage.s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    result = undone(command, remediation)
    assert result.exit_code == 1
    assert "BucketOwnerEnforced" in result.output


def test_what_s3_refuses_in_the_end_is_told_and_the_undo_can_be_tried_again(stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(OPEN, PARTNER), text=TEXT)
    with answered("s3", "PutBucketPolicy", lambda _: refusal("MalformedPolicy", "Invalid principal in policy")):
        result = undone(command, remediation)
    assert result.exit_code == 1
    assert "Invalid principal in policy" in result.output
    assert undone(command, remediation).exit_code == 0
    assert policy(stage) == TEXT
    assert [each.get("status") for each in stage.notifications()].count("undone") == 1


def tampered(account: Account, remediation: str, old: str, new: str) -> None:
    """The journal's first call of a remediation, with a part of the overwritten settings replaced."""
    key = {"remediationId": {"S": remediation}, "part": {"S": "call-0000"}}
    item = account.dynamodb.get_item(TableName=SETTINGS.journal_table, Key=key)["Item"]
    call = json.loads(item["call"]["S"])
    seen = json.dumps(call["seen"])
    assert old in seen
    call["seen"] = json.loads(seen.replace(old, new))
    item["call"] = {"S": json.dumps(call)}
    account.dynamodb.put_item(TableName=SETTINGS.journal_table, Item=item)


WIDE = {**OPEN, "Sid": "Wide", "Action": "s3:*"}


def test_a_policy_text_that_says_something_else_than_what_is_shown_is_not_put(stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(OPEN, PARTNER), text=TEXT)
    left = policy(stage)
    text = json.dumps(json.dumps({"Version": "2012-10-17", "Statement": [WIDE]}))
    tampered(stage, remediation, json.dumps(TEXT), text)
    for more in ((), ("--force",)):
        result = undone(command, remediation, *more, says="y\n")
        assert result.exit_code == 1
        assert "differs from the policy that is shown here" in " ".join(result.output.split())
        assert policy(stage) == left


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"Version": "2012-10-17", "Statement": [OPEN]})[:-1]
        + ', "Statement": ['
        + json.dumps(PARTNER)
        + "]}",
        '{"Version": "2012-10-17", "Statement": [' + json.dumps(OPEN)[:-1] + ', "Action": "s3:ListBucket"}]}',
    ],
    ids=["two statements", "two actions"],
)
def test_a_policy_text_that_can_be_read_in_two_ways_is_not_put(text: str, stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(OPEN, PARTNER), text=TEXT)
    left = policy(stage)
    tampered(stage, remediation, json.dumps(TEXT), json.dumps(text))
    tampered(stage, remediation, json.dumps(json.loads(TEXT)), json.dumps(json.loads(text)))
    result = undone(command, remediation)
    assert result.exit_code == 1
    assert "more than once in one object" in " ".join(result.output.split())
    assert policy(stage) == left


def test_a_live_policy_that_can_be_read_in_two_ways_is_drift_though_one_reading_is_what_the_fix_left(
    stage: Account, command: Command
) -> None:
    remediation = fixed(stage, case(OPEN, PARTNER))
    doubled = '{"Statement": ' + json.dumps([WIDE]) + ", " + str(policy(stage))[1:]
    assert json.loads(doubled) == json.loads(str(policy(stage)))
    with answered("s3", "GetBucketPolicy", lambda _: {"Policy": doubled}):
        result = undone(command, remediation)
    assert result.exit_code == 1
    assert "the policy has changed since the fix" in " ".join(result.output.split())


def test_grants_of_another_owner_are_not_put(stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(acl=True))
    owner = stage.s3.get_bucket_acl(Bucket=BUCKET)["Owner"]["ID"]
    tampered(
        stage, remediation, f'"owner": {{"DisplayName": "webfile", "ID": "{owner}"}}', '"owner": {"ID": "mallory"}'
    )
    result = undone(command, remediation)
    assert result.exit_code == 1
    assert "names another owner" in " ".join(result.output.split())
    assert EVERYONE_READS not in grants(stage)


def test_a_grant_that_is_shown_for_one_grantee_and_names_another_is_not_put(stage: Account, command: Command) -> None:
    remediation = fixed(stage, case(acl=True))
    everyone = "http://acs.amazonaws.com/groups/global/AllUsers"
    tampered(stage, remediation, f'"URI": "{everyone}"', f'"URI": "{everyone}", "ID": "mallory"')
    result = undone(command, remediation)
    assert result.exit_code == 1
    assert "has one grant to" in " ".join(result.output.split())
    assert EVERYONE_READS not in grants(stage)
