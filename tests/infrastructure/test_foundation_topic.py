"""Who may publish to the topics, and who may use the key that encrypts them."""

from typing import Any

import pytest

from tests.infrastructure.declarations import FUNCTIONS, STAGES, as_list, grants, in_stage, named, resources, template

ALARMS = set(named("AWS::CloudWatch::Alarm", "AlarmName", "dev"))
ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def statements(logical_id: str) -> dict[str, dict[str, Any]]:
    """A policy's statements by Sid, those under a condition of the template too."""
    document = template()["Resources"][logical_id]["Properties"]
    listed = (document.get("PolicyDocument") or document["KeyPolicy"])["Statement"]
    return {each["Sid"]: each for each in (item["Fn::If"][1] if "Fn::If" in item else item for item in listed)}


def publishers(logical_id: str) -> dict[str, dict[str, Any]]:
    """Service -> statement, of those who are let in."""
    allowed = [each for each in statements(logical_id).values() if each["Effect"] == "Allow"]
    return {service: each for each in allowed for service in as_list(each["Principal"].get("Service", [])) if service}


@pytest.mark.parametrize("stage", STAGES)
def test_the_topic_has_the_name_that_the_roles_publish_to(stage: str) -> None:
    targets = {
        resource for function in FUNCTIONS for action, resource in grants(function, stage) if action == "sns:Publish"
    }
    assert targets == {f"arn:aws:sns:*:*:dd-aws-{stage}-notifications"}
    assert set(named("AWS::SNS::Topic", "TopicName", stage)) == {
        f"dd-aws-{stage}-notifications",
        f"dd-aws-{stage}-alarms",
    }


def test_no_service_publishes_but_this_accounts_alarms() -> None:
    """EventBridge's statement could have no condition, and so would let every account's rules publish."""
    allowed = publishers("NotificationsTopicPolicy")
    assert set(allowed) == {"cloudwatch.amazonaws.com"}
    assert {each["Action"] for each in allowed.values()} == {"sns:Publish"}
    assert allowed["cloudwatch.amazonaws.com"]["Condition"].items() > ACCOUNT.items()
    sources = allowed["cloudwatch.amazonaws.com"]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {in_stage(source, "dev").partition(":alarm:")[2] for source in sources} == ALARMS


def test_only_our_own_alarms_are_mailed() -> None:
    allowed = publishers("AlarmsTopicPolicy")
    assert set(allowed) == {"cloudwatch.amazonaws.com"}
    sources = allowed["cloudwatch.amazonaws.com"]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {in_stage(source, "dev").partition(":alarm:")[2] for source in sources} == ALARMS


@pytest.mark.parametrize("policy", ["NotificationsTopicPolicy", "AlarmsTopicPolicy"])
def test_topics_deny_plain_http(policy: str) -> None:
    denial = statements(policy)["DenyPlainHttp"]
    assert (denial["Effect"], denial["Principal"]) == ("Deny", "*")
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_topic_is_encrypted_with_our_own_key_which_rotates() -> None:
    keys = {str(each["KmsMasterKeyId"]) for each in resources("AWS::SNS::Topic").values()}
    assert keys == {str({"Fn::GetAtt": "NotificationsKey.Arn"})}
    assert resources("AWS::KMS::Key")["NotificationsKey"]["EnableKeyRotation"] is True


def test_the_key_serves_every_service_that_may_publish() -> None:
    """A publisher without the key fails, and nobody hears of it."""
    using = publishers("NotificationsKey")
    assert set(using) == set(publishers("NotificationsTopicPolicy"))
    assert all(each["Action"] == ["kms:GenerateDataKey*", "kms:Decrypt"] for each in using.values())


def test_the_key_serves_exactly_the_roles_that_may_publish() -> None:
    statement = statements("NotificationsKey")["OurPublishersEncryptThroughSns"]
    roles = {
        in_stage(arn, "dev").partition("role/")[2] for arn in statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    }
    may_publish = {f for f in FUNCTIONS if any(action == "sns:Publish" for action, _ in grants(f))}
    assert roles == {f"dd-aws-dev-{function}" for function in may_publish}


def test_whoever_the_key_admits_by_name_is_of_this_account_and_comes_through_sns() -> None:
    statement = statements("NotificationsKey")["OurPublishersEncryptThroughSns"]
    equal = statement["Condition"]["StringEquals"]
    assert equal["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
    assert equal["kms:ViaService"] == {"Fn::Sub": "sns.${AWS::Region}.${AWS::URLSuffix}"}
