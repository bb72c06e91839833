"""What others wrote reaches the terminal through every command, and never as markup or as an escape sequence."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.approvals.holds import State
from chalicelib.approvals.store import Holds
from chalicelib.findings import AwsCall, Violation
from ddaws.__main__ import main
from ddaws.account import Account
from tests.flows.fakes import finding

from .test_decisions import RULE, STAGE, Command, command, open_group, store, told, waits
from .test_exempt import started

__all__ = ["command", "started", "store", "told"]

HOSTILE = "see [/runbooks/x] [ops-42] \x1b]52;c;aGk=\x07 \x9b2J \u202egnp \u200b.\nforged: line"
FORBIDDEN = ("\x1b", "\x07", "\x9b", "\u202e", "\u200b", "\nforged")


def demand_harmless(result: Result, *, seen: bool = True) -> None:
    """Everything was printed, and nothing of it does anything."""
    assert result.exit_code in (0, 1, 2), result.output
    assert not result.exception or isinstance(result.exception, SystemExit)
    assert not [each for each in FORBIDDEN if each in result.output + result.stderr]
    if seen:
        text = "".join((result.output + result.stderr).split())
        assert "[ops-42]" in text
        assert "[/runbooks/x]" in text


def test_a_reason_with_markup_and_escapes_is_shown_by_pause_status_and_resume_and_told(
    command: Command, told: Callable[[], list[dict[str, Any]]]
) -> None:
    demand_harmless(command("pause", "--reason", HOSTILE), seen=False)
    demand_harmless(command("pause", "--reason", "again"))
    demand_harmless(command("status"))
    demand_harmless(command("resume"))
    assert [each["messageType"] for each in told()] == ["StagePaused", "Resumed"]
    assert "pause: none" in command("status").output


def test_resume_tells_people_even_where_nothing_can_be_printed(
    command: Command, told: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    command("pause", "--reason", HOSTILE)
    told()

    def broken(*_: object) -> None:
        raise OSError("no terminal")

    monkeypatch.setattr("ddaws.terminal.Terminal.say", broken)
    monkeypatch.setattr("ddaws.commands.show_header", lambda *_: None)
    command("resume")
    assert [each["messageType"] for each in told()] == ["Resumed"]


def test_a_waiting_finding_with_hostile_text_is_shown(command: Command, store: Holds) -> None:
    steps = (AwsCall("ec2", HOSTILE, {"GroupId": HOSTILE}),)
    hostile = finding(
        "sg-1", raised_by_rule=RULE, violations=(Violation("X", {"reason": HOSTILE}),), required_steps=steps
    )
    waits(store, about=hostile, state=State.REJECTED, who=HOSTILE, reason=HOSTILE)
    demand_harmless(command("waiting"))
    shown = json.loads(command("waiting", "--json").output)
    assert shown[0]["reason"] == HOSTILE


def test_a_message_of_a_queue_is_shown_whatever_it_says(command: Command, account: Account) -> None:
    url = account.client("sqs").create_queue(QueueName=f"dd-aws-{STAGE}-remediation")["QueueUrl"]
    hostile = replace(finding(), target_resource_id=HOSTILE, violations=(Violation("X", {"reason": HOSTILE}),))
    account.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(hostile.to_json()))
    account.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(HOSTILE))
    demand_harmless(command("pending"))
    assert command("pending", "--json").output.isascii()


def test_an_exemption_is_shown_whoever_owns_it(command: Command, account: Account, store: Holds) -> None:
    group, _ = open_group(account, 22)
    for arguments in (
        ("add", group, "--all-current", "--owner", HOSTILE, "--reason", HOSTILE, "--for", "3d", "--yes"),
        ("list",),
    ):
        demand_harmless(command(("exempt", arguments[0]), *arguments[1:]))
    demand_harmless(command("status"), seen=True)
    [added] = json.loads(command(("exempt", "list"), "--json").output)
    assert added["owner"] == HOSTILE
    demand_harmless(command(("exempt", "remove"), added["id"], "--yes"))


def test_a_rejection_shows_its_reason(command: Command, store: Holds, account: Account) -> None:
    hold = waits(store, about=open_group(account, 22)[1])
    demand_harmless(command("reject", hold.hold_id, "--reason", HOSTILE, "--yes"), seen=False)
    demand_harmless(command("waiting"))


@pytest.mark.parametrize(
    "arguments",
    [
        (HOSTILE,),
        ("status", HOSTILE),
        ("status", f"--{HOSTILE}"),
        ("status", "--stage", HOSTILE),
        ("show", HOSTILE),
        ("undo", HOSTILE, "--reason", "x"),
        ("approve", HOSTILE),
        ("history", "--since", HOSTILE),
        ("history", "--resource", HOSTILE),
        ("pending", "--limit", HOSTILE),
        ("resume", "--resource", HOSTILE),
        ("deploy", "--alarm-email", HOSTILE, "--dry-run"),
        ("exempt", HOSTILE),
        ("exempt", "remove", HOSTILE),
        ("exempt", "add", HOSTILE, "--all-current", "--owner", "a", "--reason", "b", "--for", "3d"),
        ("exempt", "add", "sg-1", "--port", HOSTILE, "--cidr", "::/0", "--owner", "a", "--reason", "b", "--for", "3d"),
    ],
    ids=lambda arguments: " ".join(each for each in arguments if each != HOSTILE),
)
def test_hostile_arguments_are_escaped_in_errors(
    arguments: tuple[str, ...], project: Path, account: Account, store: Holds
) -> None:
    line = list(arguments)
    if "--stage" not in line and len(line) > 1:
        line += ["--stage", STAGE]
    if (len(line) > 1 and line[1] != HOSTILE) or line[0] != "exempt":
        line += ["--project-dir", str(project)]
    demand_harmless(CliRunner().invoke(main, line), seen=False)


@pytest.mark.parametrize("reason", ["\udcff", "x\ud800"])
def test_invalid_unicode_is_refused(command: Command, reason: str) -> None:
    assert command("pause", "--reason", reason).exit_code == 2
    assert command("reject", "w-0", "--reason", reason).exit_code == 2
