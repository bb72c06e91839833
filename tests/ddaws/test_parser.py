"""The parser of the command line, for whoever shows commands to people; and what its help says."""

import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ddaws.cli import main, parse
from tests.source import PROJECT


@pytest.mark.parametrize(
    ("line", "command", "parameters"),
    [
        ("ddaws status --stage dev", "ddaws status", {"stage": "dev"}),
        ("python -m ddaws pending --stage dev --json", "ddaws pending", {"as_json": True}),
        ("ddaws reject w-1 --stage dev --reason 'OPS-7, moves'", "ddaws reject", {"reason": "OPS-7, moves"}),
        ("ddaws exempt remove x-1 --stage dev --yes", "ddaws exempt remove", {"exemption_id": "x-1", "yes": True}),
    ],
)
def test_a_command_that_people_are_shown_is_parsed_and_not_run(
    line: str, command: str, parameters: dict[str, object]
) -> None:
    context = parse(line)
    assert context.command_path == command
    assert {name: context.params[name] for name in parameters} == parameters


@pytest.mark.parametrize(
    "line",
    [
        "aws s3 ls",
        "ddaws",
        "ddaws exempt",
        "ddaws fix sg-1 --stage dev",
        "ddaws reject w-1 --stage dev",
        "ddaws show --stage dev",
        "ddaws show '' --stage dev",
        "ddaws status --stage dev --colour red",
        "ddaws pending --stage dev --limit many",
        "ddaws deploy --stage dev --alarm-email foo --dry-run",
        "ddaws history --stage dev extra",
    ],
)
def test_a_command_that_would_fail_when_pasted_is_refused(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DDAWS_STAGE", raising=False)
    with pytest.raises(click.UsageError):
        parse(line)


@pytest.mark.parametrize(
    "address",
    [
        "foo",
        "@",
        "a@",
        "@b.c",
        "a@b",
        "a b@c.d",
        "a@b@c.d",
        "a@b.c\n",
        "a@b..com",
        "a@-b.com",
        "ö@b.com",
        "a@b.123",
        f"a@{'b' * 300}.com",
    ],
)
def test_an_invalid_address_is_refused_before_anything_else(address: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["deploy", "--stage", "dev", "--dry-run", "--alarm-email", address])
    assert (result.exit_code, "--alarm-email" in result.stderr) == (2, True)
    assert "Try 'ddaws deploy --help'." in result.stderr


@pytest.mark.parametrize(
    "address", ["you@example.com", "first.last+alarms@mail.example.co.uk", "o'hara@xn--bcher-kva.example"]
)
def test_an_address_is_taken(address: str) -> None:
    assert parse(f'ddaws deploy --stage dev --alarm-email "{address}"').params["alarm_email"] == address


def test_the_help_of_a_group_shows_the_descriptions_of_its_commands_in_full() -> None:
    _, commands = CliRunner().invoke(main, ["exempt", "--help"]).output.split("Commands:")
    assert "..." not in commands


def test_every_command_is_in_a_section_of_the_help() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    assert {name for names in main.sections.values() for name in names} == set(main.commands)
    assert "Others" not in output
    for name in main.commands:
        assert f"\n  {name} " in output


def test_every_command_of_a_stage_takes_profile_and_region() -> None:
    def leaves(group: click.Group) -> list[click.Command]:
        found: list[click.Command] = []
        for each in group.commands.values():
            found += leaves(each) if isinstance(each, click.Group) else [each]
        return found

    for command in leaves(main):
        options = {option for each in command.params for option in each.opts}
        assert command.name == "policies" or {"--stage", "--profile", "--region", "--project-dir"} <= options


def test_the_program_is_installed_under_its_name() -> None:
    scripts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"ddaws": "ddaws.__main__:run"}


def test_without_its_virtual_environment_it_says_how_to_make_one() -> None:
    bare = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(PROJECT)!r}); import ddaws.__main__",
    ]
    ended = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "make venv" in ended.stderr
    assert "Traceback" not in ended.stderr
