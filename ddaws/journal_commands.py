"""``ddaws history``, ``show`` and ``undo``: list changes, show one, and undo it."""

import click

from chalicelib.errors import BadInput
from chalicelib.journal.codec import camel_case, encoded
from ddaws import history as past
from ddaws import show as page
from ddaws import times
from ddaws import undo as way_back
from ddaws.commands import any_text, for_stage, some_text
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.stops import caller
from ddaws.terminal import confirm, print_json


@click.command()
@for_stage
@click.option("--resource", callback=some_text, help="Only this resource: its ID, or <account>/<region>/<type>/<ID>.")
@click.option("--since", default="7d", show_default=True, help="The period in days or hours, such as 7d or 12h.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
def history(target: Target, progress: Progress, resource: str | None, since: str, as_json: bool) -> None:
    """List changes, the latest first."""
    found = past.history(target, resource, times.duration(since, "--since"))
    if as_json:
        print_json(past.to_json(found))
    elif found:
        past.show(found, progress)
    else:
        progress.say(past.nothing(target, resource, since))


@click.command()
@for_stage
@click.argument("record_id", metavar="ID", callback=some_text)
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def show(target: Target, progress: Progress, record_id: str, as_json: bool) -> None:
    """Show one remediation or undo: the changes, the AWS calls, and the outcome."""
    found = page.record(target, record_id)
    if as_json:
        print_json(encoded(found, camel_case))
    else:
        page.show(found, progress)


@click.command()
@for_stage
@click.argument("record_id", metavar="ID", callback=some_text)
@click.option("--reason", default="", callback=any_text, help="The reason, shown in Slack and stored.")
@click.option("--owner", callback=some_text, help="The owner of the exemption. Default: the caller's ARN.")
@click.option(
    "--for",
    "lasts",
    default="30d",
    show_default=True,
    help="How long the resource stays exempt: 366d at most.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be restored without changing anything.")
@click.option("--force", is_flag=True, help="Undo even if the resource has changed since the fix.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def undo(
    target: Target,
    progress: Progress,
    record_id: str,
    reason: str,
    owner: str | None,
    lasts: str,
    dry_run: bool,
    force: bool,
    yes: bool,
) -> None:
    """Restore exactly what a remediation removed, and exempt it so that it stays.

    The command shows what it restores and asks first: access that the fix closed is open to the internet again. If the
    resource has changed since the fix, the command shows the changes and does nothing unless --force is given.
    """
    if not (reason.strip() or dry_run):
        raise BadInput("--reason", reason or None, "the reason for the undo")
    wish = way_back.Wish(
        record_id, owner or caller(target), reason, times.duration(lasts, "--for"), is_dry=dry_run, is_forced=force
    )
    way_back.carry_out(wish, target, progress, (lambda _: None) if yes else confirm)
