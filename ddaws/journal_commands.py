"""``history``, ``show`` and ``undo``: what was done, and the way back."""

import json
from pathlib import Path

import click

from chalicelib.errors import BadInput
from chalicelib.trust.codec import encoded
from ddaws import history as past
from ddaws import show as page
from ddaws import times
from ddaws import undo as way_back
from ddaws.account import Account
from ddaws.commands import for_stage, reported
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.stage import Stage
from ddaws.stops import caller


@click.command()
@for_stage
@click.option("--resource", help="One resource: its id, or <account>/<region>/<type>/<id>.")
@click.option("--since", default="7d", show_default=True, help="How far back: days or hours, such as 7d or 12h.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
@reported
def history(stage: str, project_dir: Path, resource: str | None, since: str, as_json: bool) -> None:
    """Show what was done to which resource, the latest first."""
    found = past.history(_target(stage, project_dir), resource, times.duration(since, "--since"))
    if as_json:
        click.echo(json.dumps(past.to_json(found), indent=2))
    else:
        past.show(found, Progress().console)


@click.command()
@for_stage
@click.argument("record_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
@reported
def show(stage: str, project_dir: Path, record_id: str, as_json: bool) -> None:
    """Show one remediation, or one undo: what changed, by which calls, and how it ended."""
    found = page.record(_target(stage, project_dir), record_id)
    if as_json:
        click.echo(json.dumps(encoded(found), indent=2))
    else:
        page.show(found, Progress().console)


@click.command()
@for_stage
@click.argument("record_id", metavar="ID")
@click.option("--reason", default="", help="Why; people are told, and the exemption keeps it.")
@click.option("--owner", help="Who answers for it; the caller's ARN unless given.")
@click.option(
    "--for", "lasts", default="30d", show_default=True, help="How long the rule leaves it alone: a year at most."
)
@click.option("--dry-run", is_flag=True, help="Show what would be put back, and do nothing.")
@click.option("--force", is_flag=True, help="Ask, instead of stopping, where something has changed since the fix.")
@reported
def undo(
    stage: str,
    project_dir: Path,
    record_id: str,
    reason: str,
    owner: str | None,
    lasts: str,
    dry_run: bool,
    force: bool,
) -> None:
    """Put back exactly what a remediation took, and exempt it, so that it stays.

    Only if it is still as the remediation left it; otherwise what has changed is shown, and nothing is done.
    """
    if not (reason.strip() or dry_run):
        raise BadInput("--reason", reason, "why it is undone")
    target = _target(stage, project_dir)
    wish = way_back.Wish(
        record_id, owner or caller(target), reason, times.duration(lasts, "--for"), is_dry=dry_run, is_forced=force
    )
    way_back.carry_out(wish, target, Progress(), lambda question: click.confirm(question, abort=True))


def _target(stage: str, project_dir: Path) -> Target:
    return Target(Stage.read(project_dir, stage), Account.connect())
