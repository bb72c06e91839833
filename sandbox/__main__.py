"""``python -m sandbox up|down|status``: a local AWS account from the command line."""

import shlex
from pathlib import Path

import click
import urllib3
from rich.console import Console
from rich.table import Table

from sandbox import environment, lock
from sandbox.box import Sandbox
from sandbox.errors import SandboxError
from sandbox.launch import launch
from sandbox.slack.receiver import WEBHOOK
from sandbox.state import Running, State

console = Console(highlight=False, soft_wrap=True)

folder_option = click.option(
    "--state",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".sandbox"),
    show_default=True,
    help="The folder that holds the sandbox's logs and records.",
)


@click.group()
def cli() -> None:
    """A local AWS account for demonstrations and tests, which listens only on 127.0.0.1."""


@cli.command()
@folder_option
def up(folder: Path) -> None:
    """Start the sandbox and leave it running."""
    state = State.at(folder)
    if lock.holder(state.lock):
        console.print("The sandbox is already running.")
    else:
        with console.status("Starting the sandbox..."):
            launch(state, with_parent=False)
    _show(state, state.running())


@cli.command()
@folder_option
def down(folder: Path) -> None:
    """Stop the sandbox and delete everything in the account."""
    state = State.at(folder)
    pid = lock.end_holder(state.lock)
    console.print(f"Stopped the sandbox in {state.folder}." if pid else f"No sandbox is running in {state.folder}.")


@cli.command()
@folder_option
def status(folder: Path) -> None:
    """Show where the sandbox listens and whether it answers. Exit status 1 if none is running."""
    box = Sandbox.attach(folder)
    _show(box.state, box.running)


def _show(state: State, running: Running) -> None:
    table = Table("Service", "Address", "Answers")
    table.add_row("AWS", running.aws, _answers(running.aws))
    table.add_row("EC2, AWS Config, S3 Control, Service Quotas, CloudTrail", running.front, _answers(running.front))
    table.add_row("Slack webhook", running.slack + WEBHOOK, _answers(running.slack))
    console.print(table)
    console.print("To use it from a shell:\n")
    for name, value in environment.of_people(state, running).items():
        console.print(f"export {name}={shlex.quote(value)}", markup=False, soft_wrap=True)


def _answers(address: str) -> str:
    try:
        urllib3.request("GET", address, retries=False, timeout=5)
    except urllib3.exceptions.HTTPError as error:
        return f"[red]no: {type(error).__name__}[/red]"
    return "[green]yes[/green]"


def main() -> None:
    try:
        cli()
    except SandboxError as error:
        raise SystemExit(f"Error: {error}") from error


if __name__ == "__main__":
    main()
