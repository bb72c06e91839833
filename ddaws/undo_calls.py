"""Carries an undo out: each call is recorded before it is made, then verified and notified."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.aws.calls import make
from chalicelib.errors import AwsRefused, NotDone, Superseded
from chalicelib.findings import AwsCall
from chalicelib.journal.record import Opening, Record, undo_id
from chalicelib.notify import Outcome, Status
from chalicelib.pipeline.logbook import Logbook
from chalicelib.pipeline.outcomes import outcome_about
from chalicelib.resources import Resource
from chalicelib.rules import live
from chalicelib.rules.undo import Drift, Undo
from chalicelib.undo import undo
from ddaws import times
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.show import journal, rule_lines
from ddaws.stops import caller, tell
from ddaws.undo_exemptions import Granted

BACKOFF = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each read that verifies the undo."""
AGAIN = "Run the undo again: it continues where it stopped."


def carry_out(
    found: Record,
    now: Resource,
    work: Undo,
    exemptions: Granted,
    owner: str,
    reason: str,
    target: Target,
    progress: Progress,
) -> None:
    """Make the calls, verify them, close the undo's record, and notify people."""
    finding, rule_parameters = found.opening.finding, found.opening.rule_parameters
    logbook = Logbook([undo_id(found.remediation_id)], finding, caller(target), journal(target), _timestamp)
    logbook.read()
    logbook.resume(now, is_non_compliant=False)
    calls, notes = work.plan.calls, work.plan.notes
    logbook.open(Opening(finding, rule_parameters, now, calls, notes, undoes=found.remediation_id))
    new = tuple(f"New rule {each}" for each in _new_rules(_make(calls, now, logbook, exemptions)))
    after = _verified(found, now)
    if logbook.record:
        notes = (*new, *logbook.record.opening.notes)
        lines = rule_lines(found, logbook.before), rule_lines(found, after)
        told = _outcome(found, *lines, notes, f"{reason} ({owner})")
        logbook.close(told, after, "")
        finish(found, logbook.record, target, progress)


def finish(found: Record, undone: Record | None, target: Target, progress: Progress) -> None:
    """Mark the remediation as undone and notify people, unless an earlier run has done so."""
    if undone is None or undone.closing is None:
        progress.say(f"{found.remediation_id} was undone by {found.undone_by}.")
        return
    outcome = undone.closing.outcome
    if not found.undone_by:
        journal(target).mark_undone(replace(found, undone_by=undone.remediation_id))
    logbook = Logbook([undone.remediation_id], found.opening.finding, undone.delivery, journal(target), _timestamp)
    logbook.read()
    if not logbook.has_told(outcome):
        tell(outcome, target, progress)
        logbook.mark_told(outcome)
    progress.say(f"{found.remediation_id} is undone: {undone.remediation_id}, {undone.closing.closed_at}.")
    for note in outcome.notes:
        progress.say(note)


def _make(calls: Sequence[AwsCall], now: Resource, logbook: Logbook, exemptions: Granted) -> list[Mapping[str, Any]]:
    """Make the calls and return AWS's answers; if AWS refuses the first call, revert the exemptions."""
    try:
        return [logbook.make(call, now, _maker) for call in calls]
    except (AwsRefused, Superseded) as refusal:
        if not logbook.made:
            exemptions.revert(refusal)
        if isinstance(refusal, Superseded):
            raise NotDone(f"the resource has changed since it was read: {refusal} {AGAIN}") from refusal
        raise


def _maker(call: AwsCall, seen: Resource) -> Mapping[str, Any]:
    live.demand_unchanged(call, seen)
    return make(call, seen.account_id, seen.region)


def _new_rules(answers: Sequence[Mapping[str, Any]]) -> list[str]:
    """The IDs of the rules that EC2 created; they differ from the IDs of the removed rules."""
    return [rule["SecurityGroupRuleId"] for answer in answers for rule in answer.get("SecurityGroupRules", ())]


def _verified(found: Record, now: Resource) -> Resource | None:
    """Read the resource until nothing is left to restore, and return it."""
    finding = found.opening.finding
    for delay in BACKOFF:
        time.sleep(delay)
        after = live.reader(finding.target_resource_type, now.account_id, now.region).get(finding.target_resource_id)
        left = undo(found, after, is_resumed=True)
        if not (left.anyway if isinstance(left, Drift) else left).plan.calls:
            return after
    raise NotDone(f"the calls were made, but the resource does not show the change yet. {AGAIN}")


def _outcome(
    found: Record, before: tuple[str, ...], after: tuple[str, ...], notes: tuple[str, ...], why: str
) -> Outcome:
    """The undo's outcome, under the remediation's ID, so that notifications are in one thread."""
    return outcome_about(
        found.opening.finding,
        found.remediation_id,
        Status.UNDONE,
        _timestamp(),
        removed=tuple(line for line in before if line not in after),
        added=tuple(line for line in after if line not in before),
        notes=notes,
        reason=why,
    )


def _timestamp() -> str:
    return times.as_text(times.now())
