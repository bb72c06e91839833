"""Defects 17 to 26: what makes a bucket public, and exactly what is removed from its ACL and its policy."""

import pytest

import app
from chalicelib.errors import BadInput
from tests.answers import answered, calls
from tests.handlers.buckets import BUCKET
from tests.handlers.conftest import SETTINGS, Account
from tests.handlers.events import change
from tests.handlers.pipeline import evaluate_s3_bucket
from tests.handlers.s3 import refusing_as_s3
from tests.peer_defects.buckets import (
    OWNERS,
    PARTNER,
    PARTNERS,
    LiveBucket,
    everyone,
    grant,
    grant_to_user,
    statement,
)
from tests.peer_defects.verdicts import verdicts

READ, WRITE = grant("READ", "AllUsers"), grant("WRITE", "AllUsers")


def test_17_adjacent_grants_to_everyone_all_go_and_the_owners_stays(account: Account) -> None:
    bucket = LiveBucket(account, grants=[READ, WRITE])
    assert bucket.heal() == ["fixed"]
    assert bucket.grants == [OWNERS]


def test_18_a_grant_to_everyone_with_an_aws_account_goes(account: Account) -> None:
    bucket = LiveBucket(account, grants=[grant("READ", "AuthenticatedUsers")])
    assert bucket.heal() == ["fixed"]
    assert bucket.grants == [OWNERS]


def test_19_a_user_who_is_called_like_a_group_is_not_the_public(account: Account) -> None:
    team = grant_to_user("READ", "AllUsersTeam")
    bucket = LiveBucket(account, grants=[team])
    assert bucket.heal() == []
    assert bucket.grants == [OWNERS, team]


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}], ids=str)
def test_20_everyone_is_found_in_every_way_to_write_it(principal: object, account: Account) -> None:
    bucket = LiveBucket(account, [PARTNERS, statement(principal)])
    assert bucket.heal() == ["fixed"]
    assert bucket.statements == [PARTNERS]


def test_21_adjacent_public_statements_all_go(account: Account) -> None:
    bucket = LiveBucket(account, [everyone(), statement({"AWS": "*"}), PARTNERS])
    assert bucket.heal() == ["fixed"]
    assert bucket.statements == [PARTNERS]


def test_22_a_policy_without_a_statement_left_is_deleted(account: Account) -> None:
    bucket = LiveBucket(account, [everyone()])
    with calls("s3") as made, refusing_as_s3(account):
        assert bucket.heal() == ["fixed"]
    assert "DeleteBucketPolicy" in {operation for operation, _ in made}
    assert bucket.statements == []


def test_23_everyone_through_one_vpc_endpoint_is_not_the_public(account: Account) -> None:
    bucket = LiveBucket(account, [everyone(StringEquals={"aws:SourceVpce": "vpce-0123456789abcdef0"})])
    assert bucket.heal() == []


def test_23_everyone_but_one_is_the_public(account: Account) -> None:
    but_one = {key: value for key, value in everyone().items() if key != "Principal"}
    bucket = LiveBucket(account, [{**but_one, "NotPrincipal": {"AWS": PARTNER}}, PARTNERS])
    assert bucket.heal() == ["fixed"]
    assert bucket.statements == [PARTNERS]


def test_23_a_single_statement_need_not_stand_in_a_list(account: Account) -> None:
    bucket = LiveBucket(account, statement({"AWS": ["*", PARTNER]}))
    assert bucket.heal() == ["fixed"]
    assert bucket.statements == [statement({"AWS": [PARTNER]})]


@pytest.mark.parametrize("nothing", [None, {}, {"policyText": None}], ids=str)
@pytest.mark.parametrize("is_public", [True, False])
def test_23_an_item_without_a_policy_breaks_nothing_and_proves_nothing(
    is_public: bool, nothing: object, account: Account
) -> None:
    LiveBucket(account, [everyone()] if is_public else [PARTNERS])
    event = change("AWS::S3::Bucket", BUCKET, {}, supplementaryConfiguration={"BucketPolicy": nothing})
    is_known = isinstance(nothing, dict) and "policyText" in nothing
    expected = "NON_COMPLIANT" if is_public and not is_known else "COMPLIANT"
    assert verdicts(app.evaluate_s3_bucket, event) == {BUCKET: expected}


@pytest.mark.parametrize("absent", [None, "", "{}"], ids=repr)
def test_24_absent_rule_parameters_mean_the_defaults(absent: object, account: Account) -> None:
    event = {**LiveBucket(account, [everyone()]).change(), "ruleParameters": absent}
    assert verdicts(app.evaluate_s3_bucket, event) == {BUCKET: "NON_COMPLIANT"}


def test_24_rule_parameters_are_texts_and_one_that_cannot_be_right_is_named(account: Account) -> None:
    event = LiveBucket(account, [everyone()]).change(bucketFix="b1,b2")
    with pytest.raises(BadInput, match=r"ruleParameters\.bucketFix: expected surgical or block; got 'b1,b2'"):
        evaluate_s3_bucket(event, None)


def test_25_a_policy_that_was_deleted_before_the_fix_runs_is_already_compliant(account: Account) -> None:
    bucket = LiveBucket(account, [everyone()])
    order = bucket.dispatch()
    account.s3.delete_bucket_policy(Bucket=bucket.name)
    [outcome] = bucket.carry_out(order)
    assert outcome["status"] == "already_compliant"
    assert account.waiting(SETTINGS.remediation_queue) == 0


def test_26_a_public_policy_is_fixed_in_the_policy_not_in_the_acl(account: Account) -> None:
    bucket = LiveBucket(account, [everyone(), PARTNERS])
    with calls("s3") as made:
        assert bucket.heal() == ["fixed"]
    assert "PutBucketAcl" not in {operation for operation, _ in made}
    assert bucket.statements == [PARTNERS]


def test_26_a_bucket_that_is_still_public_is_not_called_fixed(account: Account) -> None:
    bucket = LiveBucket(account, [everyone()])
    order = bucket.dispatch()
    with answered("s3", "DeleteBucketPolicy", lambda _: {}), pytest.raises(ExceptionGroup) as raised:
        bucket.carry_out(order)
    assert "still not compliant: policy statement 1" in str(raised.value.exceptions[0])
    assert account.notifications() == []
    assert account.waiting(SETTINGS.remediation_queue) == 1
