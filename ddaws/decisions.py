"""``ddaws waiting``, ``approve`` and ``reject``: findings that are not fixed yet, and decisions about them."""

from dataclasses import replace
from datetime import UTC, datetime

import click

from chalicelib.approvals.holds import Hold, State
from chalicelib.exemptions.exemptions import Exemption, granted
from chalicelib.findings import Finding
from chalicelib.notify import Decision
from ddaws import exemptions, times
from ddaws import waiting as held
from ddaws.commands import any_text, for_stage, some_text
from ddaws.exemptions import Subject
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.stops import caller
from ddaws.terminal import confirm, print_json

NOTHING = "The resource is compliant now: there is nothing to decide."


@click.command()
@for_stage
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def waiting(target: Target, progress: Progress, as_json: bool) -> None:
    """Show findings that wait for approval or for the end of their grace period, and observed or rejected ones."""
    found = sorted(held.listed(target), key=lambda hold: hold.since)
    if as_json:
        print_json(held.to_json(found))
    elif found:
        held.show(found, target, progress)
    else:
        progress.say(f"No finding waits for a decision in stage {target.stage.name}.")


@click.command()
@click.argument("hold_id", metavar="ID", callback=some_text)
@for_stage
@click.option("--reason", default="", callback=any_text, help="The reason, shown in Slack.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def approve(target: Target, progress: Progress, hold_id: str, reason: str, yes: bool) -> None:
    """Fix the finding that waits under ID now. Slack and `ddaws waiting` show the ID."""
    hold = held.find(target, hold_id)
    held.demand_response(target, hold)
    now = _shown(held.subject(target, hold), hold, progress)
    if not now.violations:
        progress.say(NOTHING)
        return
    if not yes:
        confirm(f"Fix this in account {target.account.account_id}?")
    verdict = held.Verdict(Decision.APPROVED, State.APPROVED, reason, held.FIXED_SOON)
    held.publish(held.decide(target, hold, now, verdict), target, progress)


@click.command()
@click.argument("hold_id", metavar="ID", callback=some_text)
@for_stage
@click.option("--reason", required=True, callback=some_text, help="Why the resource stays as it is, shown in Slack.")
@click.option("--exempt-for", "lasting", help="Also exempt the violations for this long: 30d. Default: no exemption.")
@click.option("--owner", callback=some_text, help="The owner of the exemption. Default: the caller's ARN.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reject(
    target: Target, progress: Progress, hold_id: str, reason: str, lasting: str | None, owner: str | None, yes: bool
) -> None:
    """Reject the fix of the finding that waits under ID. Slack and `ddaws waiting` show the ID."""
    hold = held.find(target, hold_id)
    subject = held.subject(target, hold)
    now = _shown(subject, hold, progress)
    if not now.violations:
        progress.say(NOTHING)
        return
    wanted = _exempted(subject, hold, reason, lasting, owner) if lasting is not None else ()
    if not yes:
        confirm(f"Leave this resource as it is in account {target.account.account_id}?")
    verdict = held.Verdict(Decision.REJECTED, State.REJECTED, reason, held.LEFT)
    decided = held.decide(target, hold, now, verdict)
    try:
        for each in wanted:
            exemptions.keep(target, each, progress)
        if wanted:
            until = f"{wanted[0].until:%Y-%m-%d}"
            decided = replace(decided, what_now=f"The resource stays as it is and is exempt until {until}.")
    finally:
        held.publish(decided, target, progress)
    if wanted:
        held.settle(target, hold)
        exemptions.evaluate_again(target, subject.rule, progress)


def _exempted(subject: Subject, hold: Hold, reason: str, lasting: str, owner: str | None) -> tuple[Exemption, ...]:
    """Exemptions of the violations that were shown."""
    now = datetime.now(UTC)
    until = now + times.duration(lasting, "--exempt-for")
    found = subject.non_compliant_within(hold)
    return granted(subject.live, found, owner or caller(subject.target), reason, until, now)


def _shown(subject: Subject, hold: Hold, progress: Progress) -> Finding:
    """Show the finding as it is now, and return it."""
    now = held.as_it_is(subject, hold)
    held.show([replace(hold, finding=now)], subject.target, progress)
    return now
