"""The sandbox's AWS account, from outside and from deployed functions, with IAM enforced."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.environment import ACCOUNT_ID, REGION
from tests.sandbox.functions import Function

pytestmark = pytest.mark.e2e

Deploy = Callable[..., Function]
NOWHERE = "sg-00000000000000000"


def test_root_may_do_everything_and_leaves_no_record(box: Sandbox) -> None:
    box.client("sqs").create_queue(QueueName="root")
    box.client("s3").create_bucket(Bucket="root", CreateBucketConfiguration={"LocationConstraint": REGION})
    group = box.client("ec2").create_security_group(GroupName="root", Description="root")["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    box.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    box.client("ec2").revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])

    [described] = box.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert described["IpPermissions"] == []
    assert described["OwnerId"] == ACCOUNT_ID
    assert not [call for call in box.calls() if call.principal.endswith(":root")]


def test_accounts_public_access_block_is_put_got_and_deleted(box: Sandbox) -> None:
    client = box.client("s3control")
    client.put_public_access_block(
        AccountId=ACCOUNT_ID, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": False}
    )
    assert client.get_public_access_block(AccountId=ACCOUNT_ID)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
    client.delete_public_access_block(AccountId=ACCOUNT_ID)
    with pytest.raises(client.exceptions.NoSuchPublicAccessBlockConfiguration):
        client.get_public_access_block(AccountId=ACCOUNT_ID)


def test_another_accounts_public_access_block_is_refused(box: Sandbox) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        box.client("s3control").get_public_access_block(AccountId="111122223333")


def test_a_function_does_what_its_role_allows_and_nothing_else(deploy: Deploy) -> None:
    function = deploy("reader", "ec2:DescribeSecurityGroups", "s3:GetAccountPublicAccessBlock")
    assert function("ec2", "describe_security_groups") == "done"
    assert function("ec2", "revoke_security_group_ingress", GroupId=NOWHERE) == "UnauthorizedOperation"
    no_block = function("s3control", "get_public_access_block", AccountId=ACCOUNT_ID)
    assert no_block == "NoSuchPublicAccessBlockConfiguration"
    assert function("s3control", "delete_public_access_block", AccountId=ACCOUNT_ID) == "AccessDenied"
    assert function("config", "describe_config_rules") == "AccessDeniedException"
    assert function("s3", "list_buckets") == "AccessDenied"


def test_an_allowed_call_reaches_the_service_behind_the_front(deploy: Deploy) -> None:
    function = deploy("revoker", "ec2:RevokeSecurityGroupIngress")
    assert (
        function("ec2", "revoke_security_group_ingress", GroupId=NOWHERE, IpPermissions=[]) == "InvalidGroup.NotFound"
    )


def test_every_decision_about_a_role_is_recorded(box: Sandbox, deploy: Deploy) -> None:
    deploy("recorded", "ec2:DescribeSecurityGroups")("ec2", "describe_security_groups")
    deploy("recorded-too")("ec2", "revoke_security_group_ingress", GroupId=NOWHERE)
    decided = {(c.role, c.action, c.resource, c.allowed) for c in box.calls() if c.action.startswith("ec2:")}
    group = f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:security-group/{NOWHERE}"
    assert ("recorded", "ec2:DescribeSecurityGroups", "*", True) in decided
    assert ("recorded-too", "ec2:RevokeSecurityGroupIngress", group, False) in decided


def test_batches_are_authorized_as_aws_does_by_the_action_for_one(box: Sandbox, deploy: Deploy) -> None:
    queue = box.client("sqs").create_queue(QueueName="batches")["QueueUrl"]
    function = deploy("sender", "sqs:SendMessage")
    entry = {"Id": "one", "MessageBody": "text"}
    assert function("sqs", "send_message_batch", QueueUrl=queue, Entries=[entry]) == "done"
    assert function("sqs", "delete_message_batch", QueueUrl=queue, Entries=[]) == "AccessDenied"


def test_a_wrong_secret_is_refused_everywhere(box: Sandbox) -> None:
    user = box.client("iam").create_user(UserName="somebody")["User"]["UserName"]
    key = box.client("iam").create_access_key(UserName=user)["AccessKey"]
    ec2 = boto3.client(
        "ec2",
        endpoint_url=box.running.front,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key="wrong",
    )
    with pytest.raises(ClientError, match="AuthFailure"):
        ec2.describe_security_groups()


def test_an_assumed_role_is_known_to_the_front(box: Sandbox) -> None:
    session = _assumed(box, "auditor", "ec2:DescribeSecurityGroups")
    ec2 = session.client("ec2", endpoint_url=box.running.front)
    assert ec2.describe_security_groups()["SecurityGroups"]
    with pytest.raises(ClientError, match=r"UnauthorizedOperation.*assumed-role/auditor/session.*ec2:DescribeVpcs"):
        ec2.describe_vpcs()


def test_a_queue_is_no_event_source_for_a_function_that_may_not_read_it(box: Sandbox, deploy: Deploy) -> None:
    queue = _queue_arn(box, "source")
    reading = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    deploy("consumer", *reading)
    deploy("no-consumer", *reading[:2])
    client = box.client("lambda")
    assert client.create_event_source_mapping(FunctionName="consumer", EventSourceArn=queue, BatchSize=1)["UUID"]
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="call GetQueueAttributes on SQS"):
        client.create_event_source_mapping(FunctionName="no-consumer", EventSourceArn=queue, BatchSize=1)


def test_a_queue_is_no_failure_destination_of_a_function_that_may_not_send_to_it(box: Sandbox, deploy: Deploy) -> None:
    destination = {"OnFailure": {"Destination": _queue_arn(box, "failures")}}
    client = box.client("lambda")
    deploy("failing", "sqs:SendMessage")
    deploy("silently-failing")
    client.put_function_event_invoke_config(FunctionName="failing", DestinationConfig=destination)
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="call SendMessage on SQS"):
        client.put_function_event_invoke_config(FunctionName="silently-failing", DestinationConfig=destination)


def test_a_function_logs_with_the_permissions_of_its_role(box: Sandbox, deploy: Deploy) -> None:
    for name in ("talkative", "mute"):
        box.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
    deploy("talkative", "logs:CreateLogStream", "logs:PutLogEvents")("sts", "get_caller_identity")
    deploy("mute", "logs:CreateLogStream")("sts", "get_caller_identity")
    assert _streams(box, "talkative")
    assert not _streams(box, "mute")


def test_a_function_sees_nothing_of_the_environment_the_sandbox_was_started_from(deploy: Deploy) -> None:
    seen = deploy("curious")("os", "environment")
    assert "PYTEST_CURRENT_TEST" not in seen
    assert "PYTHONPATH" not in seen
    assert seen["AWS_ENDPOINT_URL_EC2"] != seen["AWS_ENDPOINT_URL"]


def _assumed(box: Sandbox, role: str, *actions: str) -> Any:
    iam = box.client("iam")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT_ID}, "Action": "sts:AssumeRole"}]}
    policy = {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(policy))
    credentials = box.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    return boto3.Session(
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def _queue_arn(box: Sandbox, name: str) -> str:
    box.client("sqs").create_queue(QueueName=name)
    return f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"


def _streams(box: Sandbox, function: str) -> list[Any]:
    answer = box.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{function}")
    return list(answer["logStreams"])


def test_eventbridge_refuses_a_pattern_beyond_its_limit(box: Sandbox) -> None:
    names = [f"a-rule-with-a-rather-long-name-{number:03}" for number in range(60)]
    events = box.client("events")
    with pytest.raises(ClientError, match="pattern is too long"):
        events.put_rule(Name="long", EventPattern=json.dumps({"detail": {"configRuleName": names}}))
    events.put_rule(Name="short", EventPattern=json.dumps({"detail": {"configRuleName": names[:20]}}))
    events.delete_rule(Name="short")


def test_cloudformation_refuses_a_template_beyond_its_limit(box: Sandbox) -> None:
    template = {"Description": "d" * 51_200, "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    with pytest.raises(ClientError, match="less than or equal to 51200"):
        box.client("cloudformation").create_stack(StackName="large", TemplateBody=json.dumps(template))
