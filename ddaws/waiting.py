"""Findings that wait for people, and people's decisions about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.approvals.holds import Hold, State
from chalicelib.approvals.store import Holds
from chalicelib.errors import BadInput
from chalicelib.exemptions.exemptions import as_text
from chalicelib.findings import Finding, whereabouts
from chalicelib.modes import Mode
from chalicelib.notify import Decided, Decision
from ddaws import times
from ddaws.exemptions import Subject
from ddaws.pending import as_lines
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.stops import caller, tell
from ddaws.terminal import Terminal

DECIDABLE = frozenset({State.APPROVAL, State.GRACE, State.APPROVED, State.RELEASED, State.REJECTED})
"""The states in which a decision is accepted; a decision may be changed until it is carried out."""
FIXED_SOON = "The resource is fixed within two minutes if it is still non-compliant."
LEFT = "The resource stays as it is. If it is still non-compliant in a week, it is reported again."


@dataclass(frozen=True)
class Verdict:
    """A decision about a finding.

    Attributes
    ----------
    state : State
        The hold's new state.
    what_now : str
        What happens next: a sentence.
    """

    decision: Decision
    state: State
    reason: str
    what_now: str


def holds(target: Target) -> Holds:
    return Holds(target.account.client("dynamodb"), target.stage.settings.journal_table)


def listed(target: Target) -> list[Hold]:
    """The findings that wait, without those whose hold is over."""
    now = times.now()
    return [hold for hold in holds(target).waiting() if hold.state is State.REJECTED or not hold.is_over(now)]


def find(target: Target, hold_id: str) -> Hold:
    """The finding that waits under an ID; BadInput if there is none, or if it accepts no decision."""
    hold = holds(target).read(hold_id)
    if hold is None or hold.state is State.DONE:
        raise BadInput("ID", hold_id, "the ID of a finding that waits, as `ddaws waiting` shows it")
    if hold.state not in DECIDABLE:
        raise BadInput("ID", hold_id, f"the ID of a finding that waits for a decision; this one: {state_text(hold)}")
    return hold


def demand_response(target: Target, hold: Hold) -> None:
    """BadInput if an approval would have no effect because the deployed settings allow no changes."""
    settings = target.settings
    if not settings.enable_auto_response:
        raise BadInput(
            "ENABLE_AUTO_RESPONSE", "false", f"true, so that an approval in stage {settings.stage} takes effect"
        )
    if settings.handling(hold.finding.raised_by_rule).mode is Mode.OBSERVE:
        raise BadInput("RULE_MODES", "observe", f"approve or enforce for {hold.finding.raised_by_rule}")


def subject(target: Target, hold: Hold) -> Subject:
    """The finding's resource; BadInput if it is in another account or region."""
    finding, account = hold.finding, target.account
    if (finding.aws_account_id, finding.aws_region) != (account.account_id, account.region):
        where = f"those of {finding.aws_account_id} in {finding.aws_region}"
        raise BadInput("AWS credentials", f"{account.account_id} {account.region}", where)
    return Subject(target, finding.target_resource_id, finding.target_resource_type)


def as_it_is(about: Subject, hold: Hold) -> Finding:
    """The finding after reading and evaluating its resource again: people decide about what they see.

    Raises
    ------
    BadInput
        The resource is gone, or its violations cannot be told apart from later ones.
    """
    return about.as_found(hold)


def decide(target: Target, seen: Hold, shown: Finding, verdict: Verdict) -> Decided:
    """Store a decision about `shown`, and return it for `publish`; BadInput if the hold has changed meanwhile."""
    who, now = caller(target), times.now()

    def decided(known: Hold | None) -> Hold:
        if known is None or known.state not in DECIDABLE or (known.covers, known.since) != (seen.covers, seen.since):
            raise BadInput(
                "ID", seen.hold_id, "a finding that has not changed since it was shown: run the command again"
            )
        return known.decided(verdict.state, shown, who, verdict.reason, now)

    holds(target).change(seen.hold_id, decided, now)
    return Decided(
        decision=verdict.decision,
        hold_id=seen.hold_id,
        **whereabouts(shown),
        violations=shown.reasons,
        who=who,
        reason=verdict.reason,
        what_now=verdict.what_now,
        at=times.as_text(now),
    )


def publish(decided: Decided, target: Target, progress: Progress) -> None:
    """Notify people of a decision."""
    tell(decided, target, progress)
    progress.say(f"{decided.hold_id} is {decided.decision}. {decided.what_now}")


def settle(target: Target, rejected: Hold) -> None:
    """End the hold of a rejected finding that is exempt now, unless the hold has changed meanwhile."""
    now = times.now()

    def settled(known: Hold | None) -> Hold | None:
        if known is None or (known.state, known.since) != (State.REJECTED, rejected.since):
            return None
        return replace(known, state=State.DONE, due_at=as_text(now))

    holds(target).change(rejected.hold_id, settled, now)


COLUMNS = (("ID", 3), ("Resource and rule", 5), ("Violations", 6), ("Planned AWS calls", 6), ("State", 4))


def show(found: Iterable[Hold], target: Target, terminal: Terminal) -> None:
    """Print findings as a table."""
    rows: list[list[Sequence[str]]] = []
    for hold in found:
        finding = hold.finding
        where = f"{finding.aws_account_id} {finding.aws_region}"
        calls = [line for step in finding.required_steps for line in as_lines(step)]
        rows.append(
            [
                [hold.hold_id],
                [finding.target_resource_id, where, finding.raised_by_rule],
                [violation.reason for violation in finding.violations],
                calls,
                [f"since {hold.since}", state_text(hold), *_outdated(hold, target)],
            ]
        )
    terminal.table(COLUMNS, rows)


def _outdated(hold: Hold, target: Target) -> tuple[str, ...]:
    """The effect of a later change of the rule's mode."""
    if hold.state not in DECIDABLE or not target.settings.handling(hold.finding.raised_by_rule).is_immediate:
        return ()
    return ("the rule is enforced now: approve the finding, or it is fixed within a day, at the next evaluation",)


def to_json(found: Iterable[Hold]) -> list[dict[str, Any]]:
    """Findings as JSON."""
    return [
        {
            "id": hold.hold_id,
            "state": hold.state,
            "since": hold.since,
            "dueAt": hold.due_at,
            "who": hold.who,
            "reason": hold.reason,
            "finding": hold.finding.to_json(),
        }
        for hold in found
    ]


def state_text(hold: Hold) -> str:
    """The hold's state as text."""
    return {
        State.OBSERVED: "only observed: the rule's mode is observe",
        State.APPROVAL: "waits for approval",
        State.GRACE: f"fixed at {hold.due_at} unless it is rejected",
        State.APPROVED: f"approved by {hold.who} at {hold.due_at}",
        State.RELEASED: "released to be fixed",
        State.REJECTED: f"rejected by {hold.who} at {hold.due_at}: {hold.reason}",
        State.DONE: "done",
    }[hold.state]
