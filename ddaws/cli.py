"""The command line: every command, and a parser for command lines."""

import re
import shlex
from dataclasses import replace
from pathlib import Path

import click

from ddaws import pending as queue
from ddaws import policies as iam_policies
from ddaws import status as state
from ddaws import steps, stops
from ddaws.commands import CHECKOUT, PROJECT_HELP, Commands, for_stage, some_text
from ddaws.decisions import approve, reject, waiting
from ddaws.exempt import exempt
from ddaws.journal_commands import history, show, undo
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.run import preview, run
from ddaws.stage import CONFIG_FILE, stage_names
from ddaws.terminal import Terminal, confirm, print_json

ADDRESS = re.compile(r"[!-?A-~]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*")
LONGEST_ADDRESS = 254
PROGRAMS = (["ddaws"], ["python", "-m", "ddaws"])


@click.group("ddaws", cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Defendable Design for AWS: deploy it, review findings, decide about them, and undo fixes.

    A command works on one stage in one account and region. Name them by --stage, --profile and --region, or by
    DDAWS_STAGE, AWS_PROFILE and AWS_REGION in the environment.
    """


main.sections = {
    "Look": ("status", "pending", "waiting", "history", "show"),
    "Decide": ("approve", "reject", "exempt", "undo"),
    "Stop": ("pause", "resume"),
    "Deploy": ("deploy", "destroy", "policies"),
}


def parse(line: str) -> click.Context:
    """Parse a command line such as ``ddaws status --stage dev`` without running it.

    Returns
    -------
    click.Context
        Of the command: `command_path` and `params`.

    Raises
    ------
    click.UsageError
        The command line does not accept it.
    ValueError
        A quotation is not closed.
    """
    words = shlex.split(line)
    program = next((program for program in PROGRAMS if words[: len(program)] == program), None)
    if program is None:
        raise click.UsageError(f"expected a command that begins with ddaws; got {line!r}")
    rest: list[str] = words[len(program) :]
    command: click.Command = main
    context = click.Context(main, info_name="ddaws")
    while isinstance(command, click.Group):
        name, *rest = rest or [""]
        found = command.get_command(context, name)
        if found is None:
            raise click.UsageError(f"no such command {name!r}", context)
        command, context = found, click.Context(found, info_name=name, parent=context)
    return command.make_context(context.info_name, rest, parent=context.parent)


def _email(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """An email address; '' for none."""
    if value and not (len(value) <= LONGEST_ADDRESS and ADDRESS.fullmatch(value)):
        raise click.BadParameter(f"expected an address such as you@example.com; got {value!r}.", param=option)
    return value


@main.command()
@for_stage
@click.option(
    "--alarm-email",
    callback=_email,
    help="Also email alarms to this address; '' removes it. Default: as deployed.",
)
@click.option("--dry-run", is_flag=True, help="Show the changes without making them.")
def deploy(target: Target, progress: Progress, alarm_email: str | None, dry_run: bool) -> None:
    """Create or update a stage: foundation, functions, AWS Config rules. Changes only what differs."""
    target = replace(target, alarm_email=alarm_email)
    execute = preview if dry_run else run
    if not execute(steps.DEPLOYMENT, target, progress):
        progress.say("Nothing to do: everything is deployed as declared.")


@main.command()
@for_stage
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--delete-history", is_flag=True, help="Also delete the history that AWS Config has delivered.")
def destroy(target: Target, progress: Progress, yes: bool, delete_history: bool) -> None:
    """Delete everything that deploy created for a stage. Findings, the journal and exemptions are lost."""
    removal = steps.removal(delete_history=delete_history)
    if not preview(removal, target, progress):
        progress.say("Nothing to delete.")
        return
    if not yes:
        confirm(f"Delete all of this from account {target.account.account_id}?")
    run(removal, target, Progress(with_changes=False))


@main.command()
@for_stage
@click.option("--json", "as_json", is_flag=True, help="Print the messages as JSON.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="Read at most this many messages."
)
def pending(target: Target, progress: Progress, as_json: bool, limit: int) -> None:
    """Show the findings in the remediation queue, and the AWS calls that would fix them.

    SQS counts every receive, and moves a message to the dead-letter queue after maxReceiveCount receives. This command
    receives each message once, hides it for half a minute at most, and returns it when all messages have been read.
    """
    seen = queue.peek(target, limit)
    if as_json:
        print_json(queue.to_json(seen))
    else:
        queue.show(seen, progress)


@main.command()
@for_stage
@click.option("--reason", required=True, callback=some_text, help="The reason, shown in Slack.")
def pause(target: Target, progress: Progress, reason: str) -> None:
    """Pause a stage within a minute: no resource is changed, and findings wait in the queue."""
    stops.pause(target, reason, progress)


@main.command()
@for_stage
@click.option("--resource", callback=some_text, help="Resume only this flapping resource.")
def resume(target: Target, progress: Progress, resource: str | None) -> None:
    """Resume a stage that is paused or has reached its limit of changes, or the fixes of a flapping resource."""
    if resource:
        stops.resume_resource(target, resource, progress)
    else:
        stops.resume(target, progress)


@main.command()
@for_stage
@click.option("--json", "as_json", is_flag=True, help="Print the status as JSON.")
def status(target: Target, progress: Progress, as_json: bool) -> None:
    """Show what is deployed, whether it runs, what waits, and what blocks it."""
    found = state.report(target)
    if as_json:
        print_json(found)
    else:
        state.show(found, progress)


@main.command()
@click.option(
    "--project-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="DDAWS_PROJECT_DIR",
    show_envvar=True,
    help=PROJECT_HELP,
)
def policies(project_dir: Path | None) -> None:
    """Write the files that Chalice reads for each stage: IAM policies, and function names for chalice package."""
    folder = project_dir or (Path() if CONFIG_FILE.exists() else CHECKOUT)
    written = iam_policies.render(folder, stage_names(folder))
    terminal = Terminal()
    for path in written:
        terminal.say(f"written: {path}")
    if not written:
        terminal.say("Nothing to do: every file matches its source.")


for command in (waiting, approve, reject, exempt, history, show, undo):
    main.add_command(command)
