"""What waits for people is shown, and decided about, from the command line."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.approvals.holds import Hold, State, held
from chalicelib.approvals.store import Holds
from chalicelib.findings import Finding, Violation
from chalicelib.modes import Handling, Mode
from chalicelib.rules import SECURITY_GROUP_RULE
from ddaws.__main__ import main
from ddaws.account import Account
from tests.flows.fakes import finding
from tests.tables import create_table

from .test_exempt import started

__all__ = ["started"]

STAGE = "dev-2"
RULE = f"dd-aws-{STAGE}-security-group-prohibited-ports"
NOW = datetime.now(UTC)
APPROVE, GRACE = Handling(Mode.APPROVE), Handling(grace=timedelta(minutes=30))

type Command = Callable[..., Result]


@pytest.fixture
def store(account: Account) -> Holds:
    for table in ("journal", "trust"):
        create_table(account.client("dynamodb"), f"dd-aws-{STAGE}-{table}", STAGE)
    return Holds(account.client("dynamodb"), f"dd-aws-{STAGE}-journal")


@pytest.fixture
def command(
    project: Path, account: Account, store: Holds, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> Command:
    monkeypatch.setattr(Account, "connect", lambda: account)
    changed(project, RULE_MODES="security-group-prohibited-ports=approve")

    def run(verb: str | tuple[str, ...], *arguments: str, answer: str | BytesIO = "") -> Result:
        stage = ("--project-dir", str(project), "--stage", STAGE)
        verbs = (verb,) if isinstance(verb, str) else verb
        return CliRunner().invoke(main, (*verbs, *stage, *arguments), input=answer)

    return run


@pytest.fixture
def told(account: Account) -> Callable[[], list[dict[str, Any]]]:
    """What was published on the stage's topic."""
    sqs, sns = account.client("sqs"), account.client("sns")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    topic = sns.create_topic(Name=f"dd-aws-{STAGE}-notifications")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=account.arn("sqs", "told"))

    def take() -> list[dict[str, Any]]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in messages]

    return take


def changed(project: Path, **variables: str) -> None:
    path = project / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    config["stages"][STAGE]["environment_variables"] |= variables
    path.write_text(json.dumps(config))


EXEMPTING = ("--reason", "OPS-7", "--exempt-for", "30d")


def waits(store: Holds, handling: Handling = APPROVE, about: Finding | None = None, **decided: Any) -> Hold:
    hold = replace(held(about or finding(raised_by_rule=RULE), handling, NOW), **decided)
    written = store.change(hold.hold_id, lambda _: hold, NOW)
    assert written
    return written


def test_waiting_findings_are_shown_with_planned_calls_and_state(command: Command, store: Holds) -> None:
    hold = waits(store)
    graced = waits(store, GRACE, finding("sg-2", raised_by_rule=RULE))
    [first, second] = json.loads(command("waiting", "--json").output)
    assert {first["id"], second["id"]} == {hold.hold_id, graced.hold_id}
    assert {first["state"], second["state"]} == {"approval", "grace"}
    shown = "".join(command("waiting").output.split())
    for text in ("tcp22isopen", "ec2:RevokeSecurityGroupIngress", "waitsforapproval", "unlessitisrejected"):
        assert text in shown


def test_a_waiting_finding_of_a_rule_that_is_enforced_now_says_so(
    command: Command, store: Holds, project: Path
) -> None:
    waits(store)
    changed(project, RULE_MODES="enforce")
    assert "theruleisenforcednow" in "".join(command("waiting").output.split())


def test_findings_not_seen_for_two_days_are_not_listed_but_rejected_ones_are(command: Command, store: Holds) -> None:
    waits(store, seen_at="2020-01-01T00:00:00Z")
    rejected = waits(
        store, about=finding("sg-2", raised_by_rule=RULE), seen_at="2020-01-01T00:00:00Z", state=State.REJECTED
    )
    assert [each["id"] for each in json.loads(command("waiting", "--json").output)] == [rejected.hold_id]


def test_nothing_waits(command: Command) -> None:
    assert f"No finding waits for a decision in stage {STAGE}." in command("waiting").output


def test_an_approval_is_due_at_once_and_told_with_who(
    command: Command, store: Holds, account: Account, told: Callable[[], list[dict[str, Any]]]
) -> None:
    hold = waits(store, about=open_group(account, 22)[1])
    result = command("approve", hold.hold_id, answer="y\n")
    assert result.exit_code == 0, result.output
    assert list(store.due(datetime.now(UTC))) == [hold.hold_id]
    [decided] = told()
    assert (decided["messageType"], decided["decision"], decided["holdId"]) == (
        "FindingDecided",
        "approved",
        hold.hold_id,
    )
    assert decided["who"].startswith("arn:aws:")


def test_a_declined_question_decides_nothing(command: Command, store: Holds, account: Account) -> None:
    hold = waits(store, about=open_group(account, 22)[1])
    command("approve", hold.hold_id, answer="n\n")
    assert store.read(hold.hold_id) == hold


def test_a_grace_is_ended_by_rejecting_it(
    command: Command, store: Holds, account: Account, told: Callable[[], list[dict[str, Any]]]
) -> None:
    hold = waits(store, GRACE, open_group(account, 22)[1])
    command("reject", hold.hold_id, "--reason", "OPS-7", "--yes")
    assert list(store.due(NOW + timedelta(days=1))) == []
    [decided] = told()
    assert (decided["decision"], decided["reason"]) == ("rejected", "OPS-7")
    [left] = json.loads(command("waiting", "--json").output)
    assert (left["state"], left["reason"]) == ("rejected", "OPS-7")


@pytest.mark.parametrize("reason", [(), ("--reason", ""), ("--reason", " ")])
def test_a_rejection_needs_a_reason(reason: tuple[str, ...], command: Command, store: Holds) -> None:
    hold = waits(store)
    assert command("reject", hold.hold_id, *reason, "--yes").exit_code == 2
    assert store.read(hold.hold_id) == hold


@pytest.mark.parametrize("state", [State.DONE, State.OBSERVED])
def test_a_finding_that_needs_no_decision_accepts_none(command: Command, store: Holds, state: State) -> None:
    hold = waits(store, state=state)
    result = command("approve", hold.hold_id, "--yes")
    assert result.exit_code == 2
    assert store.read(hold.hold_id) == hold


def test_an_unknown_id_is_named(command: Command) -> None:
    result = command("approve", "w-000000000000", "--yes")
    assert (result.exit_code, "w-000000000000" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"ENABLE_AUTO_RESPONSE": "false"}, "ENABLE_AUTO_RESPONSE"),
        ({"RULE_MODES": "observe"}, "RULE_MODES"),
    ],
)
def test_an_approval_without_effect_in_the_stage_is_refused(
    command: Command, store: Holds, project: Path, variables: dict[str, str], named: str
) -> None:
    changed(project, **variables)
    hold = waits(store)
    result = command("approve", hold.hold_id, "--yes")
    assert (result.exit_code, named in result.output) == (2, True)
    assert store.read(hold.hold_id) == hold


def open_port(account: Account, group: str, port: int) -> None:
    world = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    account.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[world])


def open_group(account: Account, *ports: int) -> tuple[str, Finding]:
    """A group that lets the world in at some ports, and what the rule finds at the first of them."""
    group = str(account.client("ec2").create_security_group(GroupName="web", Description="a test")["GroupId"])
    for port in ports:
        open_port(account, group, port)
    found = {
        "reason": "open",
        "ipProtocol": "tcp",
        "fromPort": ports[0],
        "toPort": ports[0],
        "cidrs": ["0.0.0.0/0"],
        "exposedPorts": [str(ports[0])],
    }
    violation = Violation(next(iter(SECURITY_GROUP_RULE.violation_types)), found)
    return group, finding(
        group,
        raised_by_rule=RULE,
        violations=(violation,),
        aws_account_id=account.account_id,
        aws_region=account.region,
    )


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_later_violations_are_not_decided_about_and_do_not_block_a_decision(
    command: Command, store: Holds, account: Account, verb: str
) -> None:
    hold = waits(store, about=open_group(account, 22, 3389)[1])
    result = command(verb, hold.hold_id, "--reason", "OPS-7", "--yes")
    assert (result.exit_code, "22" in result.output, "3389" in result.output) == (0, True, False)
    now = store.read(hold.hold_id)
    assert now
    assert (now.covers, now.who != "") == (hold.covers, True)


def test_people_approve_the_current_state_and_not_the_finding(
    command: Command, store: Holds, account: Account, told: Callable[[], list[dict[str, Any]]]
) -> None:
    found = open_group(account, 22)[1]
    [true] = found.violations
    lie = replace(true, violation_details={**true.violation_details, "reason": "harmless"})
    hold = waits(store, about=replace(found, violations=(lie,), required_steps=()))
    assert "harmless" not in command("approve", hold.hold_id, "--yes").output
    [decided] = told()
    assert decided["violations"] == ["tcp 22 (port 22 SSH) is open to 0.0.0.0/0"]
    known = store.read(hold.hold_id)
    assert known
    assert [call.action for call in known.finding.required_steps] == ["RevokeSecurityGroupIngress"]


@pytest.mark.parametrize("decide", [("approve",), ("reject", "--reason", "OPS-7"), ("reject", *EXEMPTING)])
def test_nothing_is_decided_about_a_resource_that_is_compliant_now(
    decide: tuple[str, ...], command: Command, store: Holds, account: Account
) -> None:
    group, found = open_group(account, 22)
    hold = waits(store, about=found)
    world = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    account.client("ec2").revoke_security_group_ingress(GroupId=group, IpPermissions=[world])
    assert "compliant now" in command(*decide, hold.hold_id, "--yes").output
    assert store.read(hold.hold_id) == hold


def test_status_shows_each_rules_mode_and_grace(command: Command, project: Path) -> None:
    changed(project, GRACE_MINUTES="s3-bucket-public-access=30,security-group-prohibited-ports=0")
    output = command("status").output
    assert "security-group-prohibited-ports: approve\n" in output
    assert "s3-bucket-public-access: observe, 30 minutes of grace period" in output


def test_a_rejection_that_exempts_is_one_message(
    command: Command, store: Holds, account: Account, told: Callable[[], list[dict[str, Any]]]
) -> None:
    hold = waits(store, about=open_group(account, 22)[1])
    result = command("reject", *EXEMPTING, hold.hold_id, "--yes")
    assert result.exit_code == 0, result.output
    [rejected] = told()
    assert rejected["decision"] == "rejected"
    assert "is exempt until" in rejected["whatNow"]
