"""``python -m ddaws <verb>``."""

import json
import signal
import sys
from pathlib import Path

import click

from ddaws import journal_commands, steps, stops
from ddaws import pending as waiting
from ddaws import policies as iam_policies
from ddaws.account import Account
from ddaws.commands import for_stage, reported, some_text
from ddaws.decisions import approve, reject
from ddaws.decisions import waiting as waiting_for_people
from ddaws.exempt import exempt
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.run import preview, run
from ddaws.stage import Stage, stage_names


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Defendable Design for AWS: deploy it, see what it would do, take it away."""


main.add_command(exempt)
for command in (
    waiting_for_people,
    approve,
    reject,
    journal_commands.history,
    journal_commands.show,
    journal_commands.undo,
):
    main.add_command(command)


@main.command()
@for_stage
@click.option("--alarm-email", help="Where alarms are mailed to, besides; as it was unless given, '' for nowhere.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@reported
def deploy(stage: str, project_dir: Path, alarm_email: str | None, dry_run: bool) -> None:
    """Create or update a stage: foundation, functions, AWS Config. What is as it should be is left alone."""
    progress = Progress()
    target = _target(stage, project_dir, progress, alarm_email)
    execute = preview if dry_run else run
    if not execute(steps.DEPLOYMENT, target, progress):
        progress.say("Nothing to do: all is as declared.")


@main.command()
@for_stage
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--delete-history", is_flag=True, help="Delete what AWS Config has delivered, too.")
@reported
def destroy(stage: str, project_dir: Path, yes: bool, delete_history: bool) -> None:
    """Delete all that deploy has made for a stage, and nothing else; what waits, journal and exemptions are lost."""
    progress = Progress()
    target = _target(stage, project_dir, progress)
    removal = steps.removal(delete_history=delete_history)
    if not preview(removal, target, progress):
        progress.say("Nothing to delete.")
        return
    if not yes:
        click.confirm(f"Delete all of this from account {target.account.account_id}?", abort=True)
    run(removal, target, Progress(with_changes=False))


@main.command()
@for_stage
@click.option("--json", "as_json", is_flag=True, help="Print the messages as JSON.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Look at no more than this many.")
@reported
def pending(stage: str, project_dir: Path, as_json: bool, limit: int) -> None:
    """Show what waits in the remediation queue, and which AWS calls would fix it.

    Looking has a price: SQS counts every receive, and a message that was received as often as the queue's
    maxReceiveCount goes to the dead-letter queue. So every message is received just once, hidden for half a minute at
    most, and put back as soon as all have been read.
    """
    queue = waiting.peek(Target(Stage.read(project_dir, stage), Account.connect()), limit)
    if as_json:
        click.echo(json.dumps(waiting.to_json(queue), indent=2))
    else:
        waiting.show(queue, Progress().console)


@main.command()
@for_stage
@click.option("--reason", required=True, callback=some_text, help="Why; people read it on Slack.")
@reported
def pause(stage: str, project_dir: Path, reason: str) -> None:
    """Stop a stage within a minute: nothing more is changed, what was found waits, and nothing is lost."""
    progress = Progress()
    stops.pause(_target(stage, project_dir, progress), reason, progress)


@main.command()
@for_stage
@click.option(
    "--resource", help="Let this resource go on, of which something comes back each time it is fixed: its id."
)
@reported
def resume(stage: str, project_dir: Path, resource: str | None) -> None:
    """Let a stage go on that is paused or past its limit, or a resource that is fought about."""
    progress = Progress()
    target = _target(stage, project_dir, progress)
    if resource:
        stops.resume_resource(target, resource, progress)
    else:
        stops.resume(target, progress)


@main.command()
@for_stage
@reported
def status(stage: str, project_dir: Path) -> None:
    """Show what holds a stage up."""
    progress = Progress()
    stops.status(_target(stage, project_dir, progress), progress)


@main.command()
@click.option("--project-dir", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".")
@reported
def policies(project_dir: Path) -> None:
    """Write each function's IAM policy for each stage, from the one source in .chalice/policies."""
    written = iam_policies.render(project_dir, stage_names(project_dir))
    for path in written:
        click.echo(f"written: {path}")
    if not written:
        click.echo("Nothing to do: every policy is as its source says.")


def _target(stage: str, project_dir: Path, progress: Progress, alarm_email: str | None = None) -> Target:
    """Check the settings, and show where they lead before anything is done."""
    read = Stage.read(project_dir, stage)
    account = Account.connect()
    response = "on" if read.settings.enable_auto_response else "off"
    progress.say(
        f"dd-aws, stage [bold]{stage}[/], account [bold]{account.account_id}[/], "
        f"region [bold]{account.region}[/], auto-response [bold]{response}[/]"
    )
    return Target(read, account, alarm_email)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that Chalice is not left running
    main(prog_name="python -m ddaws")
