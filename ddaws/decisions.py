"""``python -m ddaws waiting``, ``approve`` and ``reject``: what must not be fixed yet, and what people say about it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from chalicelib.messages import Finding
from chalicelib.notifications import Decision
from chalicelib.trust.exemptions import Exemption, granted
from chalicelib.trust.holds import Hold, State
from ddaws import exemptions, times
from ddaws import waiting as held
from ddaws.account import Account
from ddaws.commands import for_stage, reported, some_text
from ddaws.exemptions import Subject
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.stage import Stage
from ddaws.stops import caller

NOTHING = "It is compliant by now: there is nothing to decide."


@click.command()
@for_stage
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@reported
def waiting(stage: str, project_dir: Path, as_json: bool) -> None:
    """Show what waits for approval or for the end of its grace, what is only observed, and what was rejected."""
    target = _target(stage, project_dir)
    found = sorted(held.listed(target), key=lambda hold: hold.since)
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
    hold = held.find(target, hold_id)
    held.demand_response(target, hold)
    now = _shown(held.subject(target, hold), hold, progress)
    if not now.violations:
        progress.say(NOTHING)
        return
    if not yes:
        click.confirm(f"Fix this in account {target.account.account_id}?", abort=True)
    verdict = held.Verdict(Decision.APPROVED, State.APPROVED, reason, held.FIXED_SOON)
    held.decide(target, hold, now, verdict, progress)


@click.command()
@click.argument("hold_id", metavar="ID")
@for_stage
@click.option("--reason", required=True, callback=some_text, help="Why it is to stay as it is.")
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
    hold = held.find(target, hold_id)
    subject = held.subject(target, hold)
    now = _shown(subject, hold, progress)
    if not now.violations:
        progress.say(NOTHING)
        return
    wanted = _exempted(subject, now, reason, lasting, owner) if lasting else ()
    if not yes:
        click.confirm(f"Leave this as it is in account {target.account.account_id}?", abort=True)
    what_now = f"It is left as it is, and exempt for {lasting} once that is told, too." if wanted else held.LEFT
    held.decide(target, hold, now, held.Verdict(Decision.REJECTED, State.REJECTED, reason, what_now), progress)
    if wanted:
        exemptions.grant(target, wanted, progress)
        held.settle(target, hold)
        exemptions.evaluate_again(target, subject.rule, progress)


def _exempted(subject: Subject, shown: Finding, reason: str, lasting: str, owner: str | None) -> tuple[Exemption, ...]:
    """Exemptions of what was shown, as the subject was read for that."""
    now = datetime.now(UTC)
    until = now + times.duration(lasting, "--exempt-for")
    condemned = subject.condemned(shown.raised_by_rule)
    return granted(subject.live, condemned, owner or caller(subject.target), reason, until, now)


def _shown(subject: Subject, hold: Hold, progress: Progress) -> Finding:
    """What there is now of what waits, once people have seen it."""
    now = held.as_it_is(subject, hold)
    progress.console.print(held.table([replace(hold, finding=now)], subject.target))
    return now


def _target(stage: str, project_dir: Path) -> Target:
    return Target(Stage.read(project_dir, stage), Account.connect())
