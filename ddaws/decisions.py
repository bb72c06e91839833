"""``python -m ddaws waiting``, ``approve`` and ``reject``: what must not be fixed yet, and what people say about it."""

import json
from datetime import timedelta
from pathlib import Path

import click

from chalicelib.errors import BadInput
from chalicelib.trust.exemptions import Exemption, granted
from chalicelib.trust.holds import Hold, State
from ddaws import exemptions, times
from ddaws import waiting as held
from ddaws.account import Account
from ddaws.commands import for_stage, reported
from ddaws.exemptions import Subject
from ddaws.holds import caller
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.stage import Stage


@click.command()
@for_stage
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@reported
def waiting(stage: str, project_dir: Path, as_json: bool) -> None:
    """Show what waits for approval or for the end of its grace, what is only observed, and what was rejected."""
    target = _target(stage, project_dir)
    found = sorted(held.holds(target).waiting(), key=lambda hold: hold.since)
    if as_json:
        click.echo(json.dumps(held.to_json(found), indent=2))
    elif found:
        Progress().console.print(held.table(found, target))
    else:
        click.echo(f"Nothing waits for people in stage {stage}.")


@click.command()
@click.argument("hold_id", metavar="ID")
@for_stage
@click.option("--reason", default="", help="Why; people read it on Slack.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@reported
def approve(stage: str, project_dir: Path, hold_id: str, reason: str, yes: bool) -> None:
    """Have what waits as ID fixed at once; ID is as Slack and `waiting` show it."""
    target, progress = _target(stage, project_dir), Progress()
    hold = _looked_at(target, hold_id, progress)
    held.demand_response(target, hold)
    if not yes:
        click.confirm(f"Fix this in account {target.account.account_id}?", abort=True)
    held.decide(target, hold, held.Verdict(State.APPROVED, reason), progress)


@click.command()
@click.argument("hold_id", metavar="ID")
@for_stage
@click.option("--reason", required=True, help="Why it is to stay as it is.")
@click.option(
    "--exempt-for", "lasting", help="Exempt what was found, for a while: 30d. Without: it is left for a week."
)
@click.option("--owner", help="Who answers for the exemption; whoever runs this, unless given.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@reported
def reject(
    stage: str, project_dir: Path, hold_id: str, reason: str, lasting: str | None, owner: str | None, yes: bool
) -> None:
    """Leave what waits as ID as it is; ID is as Slack and `waiting` show it."""
    target, progress = _target(stage, project_dir), Progress()
    hold = _looked_at(target, hold_id, progress)
    if not yes:
        click.confirm(f"Leave this as it is in account {target.account.account_id}?", abort=True)
    verdict = held.Verdict(State.REJECTED, reason)
    if lasting:
        subject = Subject(target, hold.finding.target_resource_id)
        wanted = _exemptions(subject, hold, reason, owner or caller(target), times.duration(lasting, "--exempt-for"))
        exemptions.grant(target, wanted, progress)
        verdict = held.Verdict(State.REJECTED, reason, f"It is exempt for {lasting}.")
    held.decide(target, hold, verdict, progress)
    if lasting:
        exemptions.evaluate_again(target, subject.rule, progress)


def _looked_at(target: Target, hold_id: str, progress: Progress) -> Hold:
    hold = held.find(target, hold_id)
    progress.console.print(held.table([hold], target))
    return hold


def _exemptions(subject: Subject, hold: Hold, reason: str, owner: str, lasts: timedelta) -> tuple[Exemption, ...]:
    """Exemptions of what is condemned now, where that is nothing but what was found."""
    if not hold.is_about(subject.violations()):
        raise BadInput(
            "ID", hold.hold_id, "a resource that is as it was found: it has changed, so wait for the new finding"
        )
    now = times.now()
    return granted(subject.live, subject.condemned(), owner, reason, now + lasts, now)


def _target(stage: str, project_dir: Path) -> Target:
    return Target(Stage.read(project_dir, stage), Account.connect())
