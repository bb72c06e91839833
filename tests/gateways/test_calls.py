from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from chalicelib.aws.calls import make
from chalicelib.errors import AwsRefused, NotDone, Superseded
from chalicelib.findings import AwsCall
from tests.answers import ACCOUNT, REGION, Answer, answered, refusal

SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
EC2 = boto3.client("ec2", region_name=REGION)


@pytest.fixture
def group_id() -> Iterator[str]:
    with mock_aws():
        group = EC2.create_security_group(GroupName="web", Description="a test")["GroupId"]
        EC2.authorize_security_group_ingress(GroupId=group, IpPermissions=[SSH])
        yield group


def revoke(group_id: str, *permissions: dict[str, Any]) -> AwsCall:
    return AwsCall("ec2", "RevokeSecurityGroupIngress", {"GroupId": group_id, "IpPermissions": list(permissions)})


def test_a_planned_call_is_made_as_it_stands(group_id: str) -> None:
    make(revoke(group_id, SSH), ACCOUNT, REGION)
    assert EC2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]["IpPermissions"] == []


def test_what_is_no_longer_there_means_that_someone_was_faster(group_id: str) -> None:
    with pytest.raises(Superseded, match=r"InvalidPermission\.NotFound"):
        make(revoke(group_id, {**SSH, "FromPort": 23, "ToPort": 23}), ACCOUNT, REGION)


def answer_of_ec2(answer: Answer) -> AbstractContextManager[None]:
    """EC2's response to a revoke, for which moto does not follow the service model."""
    return answered("ec2", "RevokeSecurityGroupIngress", lambda _: answer)


def test_in_a_default_vpc_unknown_permissions_are_no_success() -> None:
    unknown = {"Return": True, "UnknownIpPermissions": [SSH]}
    with answer_of_ec2(unknown), pytest.raises(Superseded, match="does not have the permissions") as caught:
        make(revoke("sg-1", SSH), ACCOUNT, REGION)
    assert caught.value.answer == unknown


def test_what_aws_answers_is_handed_on() -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "0.0.0.0/0"}
    answer = {"Return": True, "RevokedSecurityGroupRules": [rule]}
    with answer_of_ec2(answer):
        assert make(revoke("sg-1", SSH), ACCOUNT, REGION) == answer


def authorize() -> None:
    make(AwsCall("ec2", "AuthorizeSecurityGroupIngress", {"GroupId": "sg-1", "IpPermissions": [SSH]}), ACCOUNT, REGION)


def refused_authorize(code: str) -> AbstractContextManager[None]:
    return answered("ec2", "AuthorizeSecurityGroupIngress", lambda _: refusal(code))


def test_a_rule_that_is_there_already_means_that_someone_was_faster() -> None:
    with refused_authorize("InvalidPermission.Duplicate"), pytest.raises(Superseded) as caught:
        authorize()
    assert caught.value.answer is None


@pytest.mark.parametrize(("retries", "is_perhaps_ours"), [(0, False), (1, True)])
def test_a_rule_that_is_there_already_may_be_of_our_own_first_try(retries: int, is_perhaps_ours: bool) -> None:
    answer = {**refusal("InvalidPermission.Duplicate"), "ResponseMetadata": {"RetryAttempts": retries}}
    with (
        answered("ec2", "AuthorizeSecurityGroupIngress", lambda _: answer),
        pytest.raises(Superseded) as caught,
    ):
        authorize()
    assert caught.value.is_perhaps_ours is is_perhaps_ours


def test_a_group_that_has_no_room_for_a_rule_is_for_a_person_to_see_to() -> None:
    with refused_authorize("RulesPerSecurityGroupLimitExceeded"), pytest.raises(AwsRefused) as caught:
        authorize()
    assert "L-0EA8095F" in caught.value.next_step


@pytest.mark.parametrize(
    ("code", "error"),
    [("UnauthorizedOperation", AwsRefused), ("RequestLimitExceeded", NotDone), ("InternalError", NotDone)],
)
def test_refusals_for_good_are_told_from_failures_that_may_pass(code: str, error: type[Exception]) -> None:
    with answer_of_ec2(refusal(code)), pytest.raises(error, match=code):
        make(revoke("sg-1", SSH), ACCOUNT, REGION)


def test_a_refusal_says_what_a_person_can_do() -> None:
    with answer_of_ec2(refusal("UnauthorizedOperation")), pytest.raises(AwsRefused) as caught:
        make(revoke("sg-1", SSH), ACCOUNT, REGION)
    assert "allow it" in caught.value.next_step


def put_policy() -> None:
    make(AwsCall("s3", "PutBucketPolicy", {"Bucket": "example-bucket", "Policy": "{}"}), ACCOUNT, REGION)


@pytest.mark.parametrize(
    ("code", "next_step"),
    [
        ("MalformedPolicy", "bucketFix"),
        ("MalformedACLError", "disable ACLs"),
        ("InvalidArgument", "account that no longer exists"),
        ("InvalidRequest", "by hand"),
        ("AccessDenied", "root user"),
        ("MethodNotAllowed", "bucket owner's account"),
    ],
)
def test_what_s3_refuses_for_good_has_a_next_step(code: str, next_step: str) -> None:
    with answered("s3", "PutBucketPolicy", lambda _: refusal(code)), pytest.raises(AwsRefused, match=code) as caught:
        put_policy()
    assert next_step in caught.value.next_step


@pytest.mark.parametrize("code", ["NoSuchBucket", "NoSuchBucketPolicy", "AccessControlListNotSupported"])
def test_a_bucket_policy_or_acl_that_is_there_no_more_means_that_someone_was_faster(code: str) -> None:
    with answered("s3", "PutBucketPolicy", lambda _: refusal(code)), pytest.raises(Superseded, match=code):
        put_policy()


@pytest.mark.parametrize("code", ["OperationAborted", "SlowDown", "ServiceUnavailable", "InternalError"])
def test_what_s3_may_take_another_time_is_tried_again(code: str) -> None:
    with answered("s3", "PutBucketPolicy", lambda _: refusal(code)), pytest.raises(NotDone, match=code) as caught:
        put_policy()
    assert not isinstance(caught.value, Superseded)


def test_a_call_that_is_never_answered_is_not_done_and_may_be_another_time() -> None:
    def lost(_: Answer) -> Answer:
        raise ReadTimeoutError(endpoint_url="https://ec2.eu-west-1.amazonaws.com")

    with (
        answered("ec2", "RevokeSecurityGroupIngress", lost),
        pytest.raises(NotDone, match="Read timeout") as caught,
    ):
        make(revoke("sg-1", SSH), ACCOUNT, REGION)
    assert type(caught.value) is NotDone
