"""The front, with an IAM that answers as told, and with boto3 as its client."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError
from werkzeug import Request

from sandbox import botocore_data, wsgi
from sandbox.awsconfig import ConfigError
from sandbox.clients import Clients
from sandbox.environment import ACCOUNT_ID, REGION
from sandbox.front import Front
from sandbox.front.config import Config
from sandbox.front.ec2 import Ec2
from sandbox.front.iam import Verdict
from sandbox.front.s3control import S3Control
from sandbox.front.service_quotas import ServiceQuotas
from sandbox.front.signed import Credential, Operation, Refusal
from sandbox.front.trail import FrontTrail
from sandbox.state import State

CALLER = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/role/session"
FORBIDDEN = Refusal(authenticated=True, code="AccessDenied", message=f"User: {CALLER} is not authorized")
UNKNOWN = Refusal(authenticated=False, code="InvalidClientTokenId", message="The security token is invalid.")


@dataclass
class FakeIam:
    """Says what it was told to say, and remembers what it was asked."""

    refusal: Refusal | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def judge(self, request: Request, credential: Credential, operation: Operation) -> Verdict:
        del request, credential
        self.asked.append((operation.action, operation.resource))
        return Verdict(CALLER, self.refusal)


class FakeConfig:
    """Answers with what it was asked."""

    def handle(self, action: str, request: Mapping[str, Any], caller_arn: str) -> dict[str, Any]:
        if action == "DescribeConfigRules":
            raise ConfigError("NoSuchConfigRuleException", "The ConfigRule provided does not exist.", 400)
        return {"FailedEvaluations": [{"Annotation": f"{action} by {caller_arn}", **request["Evaluations"][0]}]}


@pytest.fixture(scope="module")
def front_iam() -> FakeIam:
    return FakeIam()


@pytest.fixture
def iam(front_iam: FakeIam) -> FakeIam:
    front_iam.refusal = None
    front_iam.asked.clear()
    return front_iam


@pytest.fixture(scope="module")
def address(front_iam: FakeIam, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    services = (Ec2(), S3Control(), ServiceQuotas(), Config(FakeConfig()))
    server = wsgi.listen(Front(front_iam, FrontTrail(tmp_path_factory.mktemp("trail") / "events"), *services))
    yield wsgi.address(server)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def clients(address: str, tmp_path_factory: pytest.TempPathFactory) -> Clients:
    state = State.at(tmp_path_factory.mktemp("state"))
    state.aws_config.write_text("[default]\n")
    botocore_data.write(state.botocore_data)
    return Clients(state, aws="http://127.0.0.1:9", front=address)


def evaluation() -> dict[str, Any]:
    return {
        "ComplianceResourceType": "AWS::EC2::SecurityGroup",
        "ComplianceResourceId": "sg-1",
        "ComplianceType": "COMPLIANT",
        "OrderingTimestamp": 0,
    }


def test_ec2_is_asked_for_on_the_group_that_is_named(clients: Clients, iam: FakeIam) -> None:
    client = clients("ec2")
    group = client.create_security_group(GroupName="web", Description="web")["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    client.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    client.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])
    [described] = client.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert described["IpPermissions"] == []
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:security-group/{group}"
    assert iam.asked == [
        ("ec2:CreateSecurityGroup", "*"),
        ("ec2:AuthorizeSecurityGroupIngress", arn),
        ("ec2:RevokeSecurityGroupIngress", arn),
        ("ec2:DescribeSecurityGroups", "*"),
    ]


def test_tagging_what_a_call_makes_is_asked_for_besides(clients: Clients, iam: FakeIam) -> None:
    client = clients("ec2")
    group = client.create_security_group(GroupName="tagged", Description="tagged")["GroupId"]
    iam.asked.clear()
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "203.0.113.0/24"}]}
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "team", "Value": "web"}]}]
    client.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission], TagSpecifications=tags)
    ours = f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}"
    assert iam.asked == [
        ("ec2:AuthorizeSecurityGroupIngress", f"{ours}:security-group/{group}"),
        ("ec2:AuthorizeSecurityGroupIngress", f"{ours}:security-group-rule/*"),
        ("ec2:CreateTags", f"{ours}:security-group-rule/*"),
    ]


def test_entries_of_a_prefix_list_are_asked_for_on_the_list(clients: Clients, iam: FakeIam) -> None:
    client = clients("ec2")
    made = client.create_managed_prefix_list(PrefixListName="x", MaxEntries=1, AddressFamily="IPv4")["PrefixList"]
    iam.asked.clear()
    client.get_managed_prefix_list_entries(PrefixListId=made["PrefixListId"])
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:prefix-list/{made['PrefixListId']}"
    assert iam.asked == [("ec2:GetManagedPrefixListEntries", arn)]


def test_the_account_has_the_default_quota_and_no_other(clients: Clients, iam: FakeIam) -> None:
    client = clients("service-quotas")
    quota = {"ServiceCode": "vpc", "QuotaCode": "L-0EA8095F"}
    with pytest.raises(client.exceptions.NoSuchResourceException):
        client.get_service_quota(**quota)
    assert client.get_aws_default_service_quota(**quota)["Quota"]["Value"] == 60
    assert iam.asked == [
        ("servicequotas:GetServiceQuota", f"arn:aws:servicequotas:{REGION}:{ACCOUNT_ID}:vpc/L-0EA8095F"),
        ("servicequotas:GetAWSDefaultServiceQuota", "*"),
    ]


def test_service_quotas_refuses_in_its_own_way(clients: Clients, iam: FakeIam) -> None:
    iam.refusal = FORBIDDEN
    with pytest.raises(ClientError, match="AccessDeniedException"):
        clients("service-quotas").get_aws_default_service_quota(ServiceCode="vpc", QuotaCode="L-0EA8095F")


def test_a_refused_call_does_not_reach_ec2(clients: Clients, iam: FakeIam) -> None:
    before = clients("ec2").describe_security_groups()["SecurityGroups"]
    iam.refusal = FORBIDDEN
    with pytest.raises(ClientError, match=r"UnauthorizedOperation.*is not authorized"):
        clients("ec2").create_security_group(GroupName="refused", Description="refused")
    iam.refusal = None
    assert clients("ec2").describe_security_groups()["SecurityGroups"] == before


def test_an_unknown_caller_of_ec2_is_an_auth_failure(clients: Clients, iam: FakeIam) -> None:
    iam.refusal = UNKNOWN
    with pytest.raises(ClientError, match="AuthFailure"):
        clients("ec2").describe_security_groups()


def test_config_is_handed_the_request_and_the_caller(clients: Clients, iam: FakeIam) -> None:
    answer = clients("config").put_evaluations(ResultToken="token", Evaluations=[evaluation()])
    [failed] = answer["FailedEvaluations"]
    assert failed["Annotation"] == f"PutEvaluations by {CALLER}"
    assert failed["ComplianceResourceId"] == "sg-1"
    assert iam.asked == [("config:PutEvaluations", "*")]


@pytest.mark.usefixtures("iam")
def test_an_error_of_config_reaches_the_caller_by_its_name(clients: Clients) -> None:
    client = clients("config")
    with pytest.raises(client.exceptions.NoSuchConfigRuleException, match="does not exist"):
        client.describe_config_rules()


def test_config_refuses_in_its_own_way(clients: Clients, iam: FakeIam) -> None:
    iam.refusal = FORBIDDEN
    with pytest.raises(ClientError, match=r"AccessDeniedException.*is not authorized"):
        clients("config").describe_config_rules()
    iam.refusal = UNKNOWN
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        clients("config").describe_config_rules()


def test_the_accounts_block_is_none_until_it_is_put(clients: Clients, iam: FakeIam) -> None:
    client = clients("s3control")
    client.delete_public_access_block(AccountId=ACCOUNT_ID)
    with pytest.raises(client.exceptions.NoSuchPublicAccessBlockConfiguration):
        client.get_public_access_block(AccountId=ACCOUNT_ID)
    client.put_public_access_block(
        AccountId=ACCOUNT_ID, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True, "BlockPublicAcls": False}
    )
    block = client.get_public_access_block(AccountId=ACCOUNT_ID)["PublicAccessBlockConfiguration"]
    assert block == {
        "BlockPublicAcls": False,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": True,
    }
    assert [action for action, _ in iam.asked] == [
        "s3:PutAccountPublicAccessBlock",
        "s3:GetAccountPublicAccessBlock",
        "s3:PutAccountPublicAccessBlock",
        "s3:GetAccountPublicAccessBlock",
    ]


def test_s3_control_refuses_in_its_own_way(clients: Clients, iam: FakeIam) -> None:
    iam.refusal = FORBIDDEN
    with pytest.raises(ClientError, match="AccessDenied"):
        clients("s3control").get_public_access_block(AccountId=ACCOUNT_ID)


@pytest.mark.usefixtures("iam")
def test_what_s3_control_does_not_have_is_said(clients: Clients) -> None:
    with pytest.raises(ClientError, match="NotImplemented"):
        clients("s3control").list_jobs(AccountId=ACCOUNT_ID)


@pytest.mark.parametrize(
    "authorization", [None, "Bearer x", "AWS4-HMAC-SHA256 Credential=k/20260101/r/rds/aws4_request"]
)
def test_what_is_not_signed_for_a_service_here_goes_nowhere(
    address: str, iam: FakeIam, authorization: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = urllib3.request("POST", address, body="Action=DescribeSecurityGroups", headers=headers)
    assert answer.status == 403
    assert iam.asked == []


@pytest.mark.usefixtures("iam")
def test_clients_use_neither_the_environments_profile_nor_its_proxy(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody-elses")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert clients("ec2").describe_security_groups()["SecurityGroups"]
