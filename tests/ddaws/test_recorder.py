from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import AwsRefused
from ddaws import ledger
from ddaws.deploy import history, recorder, recorder_removal
from ddaws.plan import Plan, Target, call
from ddaws.stage import Stage
from tests.ddaws.live import apply, make_topic, silently

NAME = "dd-aws-dev"
ROLE = "arn:aws:iam::123456789012:role/config"


def plan(target: Target) -> Plan:
    return recorder.plan(target, silently)


def make_foreign(target: Target, *, start: bool = True, **fields: Any) -> None:
    """A recorder and a channel that the account had before us."""
    config = target.account.client("config")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": ROLE, **fields})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "theirs"})
    if start:
        config.start_configuration_recorder(ConfigurationRecorderName="default")


def state(target: Target) -> tuple[Any, ...]:
    found = recorder.read(target)
    return found.recorder, found.channel, found.is_recording


def test_an_account_without_a_recorder_gets_one_that_records_and_delivers_to_a_bucket_of_ours(target: Target) -> None:
    apply(plan(target), target)

    found = recorder.read(target)
    assert found.is_recording
    assert found.recorder is not None
    assert found.recorder["recordingGroup"]["resourceTypes"] == ["AWS::EC2::SecurityGroup", "AWS::S3::Bucket"]
    assert found.channel == {"name": NAME, "s3BucketName": "dd-aws-dev-config-history-123456789012-eu-west-1"}


def test_its_history_is_private_encrypted_and_open_to_aws_config_of_this_account_alone(target: Target) -> None:
    apply(plan(target), target)

    s3, bucket = target.account.client("s3"), history.bucket_name(target)
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert policy.count('"AWS:SourceAccount": "123456789012"') == 2
    assert '"aws:SecureTransport": "false"' in policy


def test_what_is_as_it_should_be_is_left_alone(target: Target) -> None:
    apply(plan(target), target)

    assert not plan(target).changes


@pytest.mark.parametrize("done_before", range(1, 9))
def test_after_any_interruption_the_next_run_completes_the_rest(target: Target, done_before: int) -> None:
    apply(plan(target).changes[:done_before], target)

    apply(plan(target), target)

    assert not plan(target).changes
    assert recorder.read(target).is_recording


def test_a_recorder_of_ours_that_was_altered_by_hand_is_put_right(target: Target) -> None:
    apply(plan(target), target)
    config = target.account.client("config")
    config.put_configuration_recorder(
        ConfigurationRecorder={"name": NAME, "roleARN": ROLE, "recordingGroup": {"allSupported": True}}
    )
    config.stop_configuration_recorder(ConfigurationRecorderName=NAME)

    assert [change.what for change in plan(target).changes] == [f"recorder {NAME}", f"recording by {NAME}"]


def test_a_history_that_was_opened_by_hand_is_closed_again(target: Target) -> None:
    apply(plan(target), target)
    target.account.client("s3").delete_public_access_block(Bucket=history.bucket_name(target))

    assert [change.what for change in plan(target).changes] == [
        f"bucket {history.bucket_name(target)}: all public access blocked"
    ]


def test_the_account_s_own_recorder_is_reused_and_not_altered(target: Target) -> None:
    make_foreign(target)
    before = state(target)

    apply(plan(target), target)

    assert state(target) == before
    assert not plan(target).changes


def test_another_stage_s_recorder_is_not_ours(target: Target) -> None:
    apply(plan(target), target)
    other = replace(target, stage=Stage.read(target.stage.project_dir, "dev-2"))

    assert not recorder.plan(other, silently).changes
    assert not recorder_removal.removal(other, silently).changes


def test_a_stopped_recorder_of_the_account_s_own_stops_the_deployment(target: Target) -> None:
    make_foreign(target, start=False)

    with pytest.raises(AwsRefused, match="recorder default is stopped"):
        plan(target)


def test_the_longest_stages_in_the_region_with_the_longest_name_have_buckets_of_their_own(target: Target) -> None:
    here = target.account
    account = type(here)(here._session.__class__(region_name="ap-northeast-1"), here.account_id)
    stages = [replace(target.stage, settings=replace(target.stage.settings, stage=name * 32)) for name in "ab"]

    names = {history.bucket_name(replace(target, stage=stage, account=account)) for stage in stages}

    assert len(names) == 2
    assert max(map(len, names)) <= 63
    assert all(name.endswith("-123456789012-ap-northeast-1") for name in names)


def test_removal_leaves_neither_recorder_nor_channel_nor_role(target: Target) -> None:
    apply(plan(target), target)

    apply(recorder_removal.removal(target, silently), target)

    assert state(target) == (None, None, False)
    assert target.account.client("iam").list_roles()["Roles"] == []
    assert not recorder_removal.removal(target, silently).changes


def test_a_service_linked_role_that_the_account_had_stays(target: Target) -> None:
    target.account.client("iam").create_service_linked_role(AWSServiceName="config.amazonaws.com")
    apply(plan(target), target)

    apply(recorder_removal.removal(target, silently), target)

    assert len(target.account.client("iam").list_roles()["Roles"]) == 1


def test_removal_does_not_touch_the_account_s_own_recorder(target: Target) -> None:
    make_foreign(target)
    before = state(target)

    apply(recorder_removal.removal(target, silently), target)

    assert state(target) == before


def test_our_recorder_that_other_rules_need_stays_without_our_topic(target: Target) -> None:
    make_topic(target)
    apply(plan(target), target)
    put_rule_of_others(target)

    removal = recorder_removal.removal(target, silently)
    apply(removal, target)

    assert removal.notes == ("recorder dd-aws-dev stays: theirs need it",)
    found = recorder.read(target)
    assert found.is_recording
    assert found.channel == {"name": NAME, "s3BucketName": history.bucket_name(target)}
    assert not recorder_removal.removal(target, silently).changes


def test_the_ledger_stays_as_long_as_a_recorder_of_ours(target: Target) -> None:
    apply(plan(target), target)
    put_rule_of_others(target)

    assert not recorder_removal.removal_of_ledger(target, silently).changes
    target.account.client("config").delete_config_rule(ConfigRuleName="theirs")
    apply(recorder_removal.removal_of_ledger(target, silently), target)
    assert ledger.read(target) == {}


def put_rule_of_others(target: Target) -> None:
    rule = {"ConfigRuleName": "theirs", "Source": {"Owner": "AWS", "SourceIdentifier": "ROOT_ACCOUNT_MFA_ENABLED"}}
    apply([call("create", "theirs", "config", "PutConfigRule", ConfigRule=rule)], target)
