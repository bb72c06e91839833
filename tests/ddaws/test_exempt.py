"""Granting exemptions from the command line, seeing them, taking them back."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.exemptions.store import Exemptions
from ddaws import exemptions
from ddaws.__main__ import main
from ddaws.account import Account
from tests import trust_table

type Command = Callable[..., Result]

WHO_AND_WHY = ("--owner", "alice", "--reason", "OPS-7")
WITH_ALL = (*WHO_AND_WHY, "--for", "30d", "--yes")
ANYONE = {"CidrIp": "0.0.0.0/0"}
EVALUATION = "before-call.config.StartConfigRulesEvaluation"


@pytest.fixture
def store(account: Account) -> Exemptions:
    """The table, and the topic, of the stage."""
    trust_table.create(account.client("dynamodb"), "dd-aws-dev-trust", "dev")
    account.client("sns").create_topic(Name="dd-aws-dev-notifications")
    return Exemptions(account.client("dynamodb"), "dd-aws-dev-trust")


@pytest.fixture
def started(account: Account) -> Iterator[list[Any]]:
    """What AWS Config was asked to evaluate, which moto cannot; `started.busy` is how often it refuses before."""

    class Started(list[Any]):
        busy = 0

    asked = Started()

    def answer(params: Any, **_: Any) -> tuple[Any, dict[str, Any]]:
        if asked.busy:
            asked.busy -= 1
            refused = {"Error": {"Code": "LimitExceededException", "Message": "once a minute"}}
            return type("Response", (), {"status_code": 400, "headers": {}})(), refused
        asked.append(json.loads(params["body"])["ConfigRuleNames"])
        return type("Response", (), {"status_code": 200, "headers": {}})(), {}

    events = account.client("config").meta.events
    events.register_first(EVALUATION, answer)
    yield asked
    events.unregister(EVALUATION, answer)


@pytest.fixture
def command(
    project: Path, account: Account, store: Exemptions, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> Command:
    monkeypatch.setattr(Account, "connect", lambda: account)  # the one whose AWS Config is answered for

    def run(verb: str, *arguments: str, answer: str = "") -> Result:
        stage = ("--project-dir", str(project), "--stage", "dev")
        return CliRunner().invoke(main, ("exempt", verb, *stage, *arguments), input=answer)

    return run


@pytest.fixture
def group_id(account: Account) -> str:
    ec2 = account.client("ec2")
    made = str(ec2.create_security_group(GroupName="web", Description="a test")["GroupId"])
    for port in (22, 443, 3389):
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [ANYONE]}
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[permission])
    return made


@pytest.fixture
def bucket(account: Account) -> str:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="site", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}
    others = {**statement, "Action": "s3:GetObjectVersion"}, {**statement, "Sid": "Tls", "Effect": "Deny"}
    statements = [{**statement, "Sid": "Site"}, *others]
    s3.put_bucket_policy(Bucket="site", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return "site"


def scopes(store: Exemptions) -> list[str]:
    return sorted(str(due.exemption.scope) for due in store.due())


def test_all_current_violations_are_shown_and_exempted_and_aws_config_evaluates_again(
    command: Command, group_id: str, store: Exemptions, started: list[Any]
) -> None:
    result = command("add", group_id, "--all-current", *WHO_AND_WHY, "--for", "30d", answer="y\n")
    assert result.exit_code == 0
    assert scopes(store) == ["tcp 22 from 0.0.0.0/0", "tcp 3389 from 0.0.0.0/0"]
    assert "tcp 3389 from 0.0.0.0/0" in result.output.split("Exempt this in account")[0]
    assert started == [["dd-aws-dev-security-group-prohibited-ports"]]


def test_a_declined_question_exempts_nothing(command: Command, group_id: str, store: Exemptions) -> None:
    result = command("add", group_id, "--all-current", *WHO_AND_WHY, "--for", "30d", answer="n\n")
    assert result.exit_code == 1
    assert scopes(store) == []


def test_what_is_exempt_already_is_not_exempted_again(
    command: Command, group_id: str, store: Exemptions, started: list[Any]
) -> None:
    command("add", group_id, "--port", "22", "--cidr", "0.0.0.0/0", *WITH_ALL)
    command("add", group_id, "--all-current", *WITH_ALL)
    result = command("add", group_id, "--all-current", *WITH_ALL)
    assert len(store.due()) == 2
    assert "has no violation that is not exempt already" in result.output
    assert len(started) == 2


def test_a_statement_is_exempted_by_its_sid_or_its_place(command: Command, bucket: str, store: Exemptions) -> None:
    for name in ("Site", "2"):
        assert command("add", bucket, "--statement", name, *WITH_ALL).exit_code == 0
    assert [text.split(" unchanged")[0] for text in scopes(store)] == ['policy statement "Site"', "policy statement 2"]


def test_granting_the_same_statement_again_extends_the_exemption(
    command: Command, bucket: str, store: Exemptions
) -> None:
    ends = []
    for lasting in ("30d", "60d"):
        added = command("add", bucket, "--statement", "Site", *WHO_AND_WHY, "--for", lasting, "--yes")
        assert added.exit_code == 0, added.output
        [due] = store.due()
        ends.append(due.exemption.until)
    assert ends[0] < ends[1]


def test_a_grant_is_exempted_with_its_permission(
    command: Command, bucket: str, store: Exemptions, account: Account
) -> None:
    account.client("s3").put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert command("add", bucket, "--grantee", "AllUsers", "--permission", "READ", *WITH_ALL).exit_code == 0
    assert scopes(store) == ["ACL grant READ to AllUsers"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ((), "options"),
        (("--port", "22"), "--port"),
        (("--port", "ssh", "--cidr", "0.0.0.0/0"), "--port"),
        (("--port", "22", "--cidr", "everywhere"), "--cidr"),
        (("--port", "22", "--cidr", "0.0.0.0/0", "--protocol", "icmp"), "--protocol"),
        (("--port", "22", "--cidr", "0.0.0.0/0", "--all-current"), "options"),
        (("--grantee", "AllUsers", "--permission", "READ"), "--grantee"),
        (("--all-current", "--cidr", "203.0.113.0/24"), "--cidr"),
        (("--port", "22", "--cidr", "0.0.0.0/0", "--permission", "READ"), "--permission"),
        (("--port", "99999", "--cidr", "0.0.0.0/0"), "--port"),
        (("--port", "23-22", "--cidr", "0.0.0.0/0"), "--port"),
        (("--port", "22", "--prefix-list", "x"), "--prefix-list"),
    ],
    ids=str,
)
def test_what_cannot_be_exempted_is_refused_by_name(
    command: Command, group_id: str, store: Exemptions, options: tuple[str, ...], field: str
) -> None:
    result = command("add", group_id, *options, *WITH_ALL)
    assert (result.exit_code, result.stderr.split(": expected")[0]) == (2, f"error: {field}")
    assert store.due() == ()


@pytest.mark.parametrize("end", [("--until", "2020-01-01"), ("--for", "400d"), ("--for", "x"), ("--until", "x"), ()])
def test_an_impossible_end_is_refused(command: Command, group_id: str, store: Exemptions, end: tuple[str, ...]) -> None:
    result = command("add", group_id, "--all-current", *WHO_AND_WHY, *end, "--yes")
    assert result.exit_code == 2
    assert store.due() == ()


@pytest.mark.parametrize("name", ["Tls", "3", "Nobody"])
def test_a_statement_that_is_not_public_cannot_be_exempt(command: Command, bucket: str, name: str) -> None:
    result = command("add", bucket, "--statement", name, *WITH_ALL)
    assert result.stderr.startswith("error: --statement: expected the Sid or number of one public statement")


@pytest.mark.parametrize(
    "options",
    [
        ("--port", "8080", "--cidr", "0.0.0.0/0"),
        ("--port", "22-23", "--cidr", "0.0.0.0/0"),
        ("--port", "443", "--cidr", "0.0.0.0/0"),
        ("--port", "22", "--cidr", "::/0"),
        ("--port", "22", "--cidr", "0.0.0.0/0", "--protocol", "udp"),
        ("--port", "22", "--prefix-list", "pl-63a5400a"),
    ],
    ids=" ".join,
)
def test_what_is_not_open_cannot_be_exempted_and_what_is_open_is_shown(
    command: Command, group_id: str, store: Exemptions, options: tuple[str, ...]
) -> None:
    result = command("add", group_id, *options, *WITH_ALL)
    assert (result.exit_code, result.stderr.split(": expected")[0]) == (2, "error: --port")
    assert "tcp 22 from 0.0.0.0/0, tcp 3389 from 0.0.0.0/0" in result.stderr
    assert store.due() == ()


def test_part_of_what_is_open_can_be_exempted(command: Command, group_id: str, store: Exemptions) -> None:
    assert command("add", group_id, "--port", "22", "--cidr", "203.0.113.0/24", *WITH_ALL).exit_code == 0
    assert scopes(store) == ["tcp 22 from 203.0.113.0/24"]


def test_a_grant_that_the_bucket_does_not_give_cannot_be_exempted(command: Command, bucket: str) -> None:
    result = command("add", bucket, "--grantee", "AllUsers", "--permission", "READ", *WITH_ALL)
    assert (result.exit_code, result.stderr.split(": expected")[0]) == (2, "error: --grantee")


@pytest.mark.parametrize("option", ["--permission", "--grantee"])
def test_half_of_a_grant_is_an_error_that_names_an_option(command: Command, bucket: str, option: str) -> None:
    value = {"--permission": "READ", "--grantee": "AllUsers"}[option]
    result = command("add", bucket, option, value, *WITH_ALL)
    assert result.exit_code == 2
    assert "options." not in result.stderr


def test_a_bucket_of_another_region_is_refused(command: Command, account: Account, store: Exemptions) -> None:
    elsewhere = account.client_in("us-east-1", "s3")
    elsewhere.create_bucket(Bucket="elsewhere")
    elsewhere.put_bucket_acl(Bucket="elsewhere", ACL="public-read")
    result = command("add", "elsewhere", "--all-current", *WITH_ALL)
    assert result.exit_code == 2
    assert "us-east-1" in result.stderr
    assert store.due() == ()


def test_a_resource_that_there_is_not_is_refused(command: Command, store: Exemptions) -> None:
    result = command("add", "sg-0123456789abcdef0", "--all-current", *WITH_ALL)
    assert (result.exit_code, result.stderr.split(":")[1]) == (2, " RESOURCE")


def test_the_list_shows_what_ends_first_on_top(command: Command, group_id: str, bucket: str) -> None:
    assert "Stage dev has no exemptions." in command("list").output
    command("add", group_id, "--port", "22", "--cidr", "0.0.0.0/0", *WHO_AND_WHY, "--for", "60d", "--yes")
    command("add", bucket, "--statement", "Site", *WHO_AND_WHY, "--for", "3d", "--yes")
    output = command("list").output
    assert output.index("Site") < output.index("tcp 22 from 0.0.0.0/0")
    assert "alice" in output


def test_an_exemption_is_removed_by_its_id_and_aws_config_evaluates_again(
    command: Command, group_id: str, store: Exemptions, started: list[Any]
) -> None:
    command("add", group_id, "--all-current", *WITH_ALL)
    first, second = (due.exemption.exemption_id for due in store.due())
    assert command("remove", first, answer="y\n").exit_code == 0
    assert [due.exemption.exemption_id for due in store.due()] == [second]
    assert len(started) == 2
    assert command("remove", first, "--yes").exit_code == 2


def test_the_command_waits_for_the_minute_between_two_evaluations(
    command: Command, group_id: str, started: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exemptions, "RETRY_SECONDS", 0)
    started.busy = 2
    result = command("add", group_id, "--all-current", *WITH_ALL)
    assert result.exit_code == 0
    assert result.output.count("Waiting until") == 2
    assert len(started) == 1


def test_the_exemption_stands_if_aws_config_does_not_evaluate_and_the_error_says_how_to_continue(
    command: Command, group_id: str, store: Exemptions, started: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exemptions, "PATIENCE_SECONDS", -1)
    started.busy = 1
    result = command("add", group_id, "--all-current", *WITH_ALL)
    assert result.exit_code == 1
    assert "evaluate the rule again" in result.stderr
    assert len(store.due()) == 2
