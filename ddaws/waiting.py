"""Findings that wait for people, and what people decide about them."""

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
from ddaws.pending import in_words
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.stops import caller, tell
from ddaws.terminal import Terminal

DECIDABLE = frozenset({State.APPROVAL, State.GRACE, State.APPROVED, State.RELEASED, State.REJECTED})
"""What a decision still counts for; a decision may be changed until it is carried out."""
FIXED_SOON = "The resource is fixed within two minutes, if it is still non-compliant."
LEFT = "The resource stays as it is. If it is still non-compliant in a week, it is reported again."


@dataclass(frozen=True)
class Verdict:
    """What somebody wants to become of what waits.

    Attributes
    ----------
    state : State
        Of the hold, from then on.
    what_now : str
        What follows: a sentence.
    """

    decision: Decision
    state: State
    reason: str
    what_now: str


def holds(target: Target) -> Holds:
    return Holds(target.account.client("dynamodb"), target.stage.settings.journal_table)


def listed(target: Target) -> list[Hold]:
    """What waits, without what is over."""
    now = times.now()
    return [hold for hold in holds(target).waiting() if hold.state is State.REJECTED or not hold.is_over(now)]


def find(target: Target, hold_id: str) -> Hold:
    """What waits under an id; BadInput where nothing does, or where no decision would count."""
    hold = holds(target).read(hold_id)
    if hold is None or hold.state is State.DONE:
        raise BadInput("ID", hold_id, "the id of a finding that waits, as `ddaws waiting` shows it")
    if hold.state not in DECIDABLE:
        raise BadInput("ID", hold_id, f"the id of a finding that waits for a decision; this one: {in_few_words(hold)}")
    return hold


def demand_response(target: Target, hold: Hold) -> None:
    """BadInput where an approval would have no effect, since the stage's deployed settings let nothing be changed."""
    settings = target.settings
    if not settings.enable_auto_response:
        raise BadInput(
            "ENABLE_AUTO_RESPONSE", "false", f"true: nothing is changed in stage {settings.stage} until then"
        )
    if settings.handling(hold.finding.raised_by_rule).mode is Mode.OBSERVE:
        raise BadInput("RULE_MODES", "observe", f"approve or enforce for {hold.finding.raised_by_rule}")


def subject(target: Target, hold: Hold) -> Subject:
    """What it is that waits; BadInput where it is of another account or region."""
    finding, account = hold.finding, target.account
    if (finding.aws_account_id, finding.aws_region) != (account.account_id, account.region):
        where = f"those of {finding.aws_account_id} in {finding.aws_region}"
        raise BadInput("AWS credentials", f"{account.account_id} {account.region}", where)
    return Subject(target, finding.target_resource_id, finding.target_resource_type)


def as_it_is(about: Subject, hold: Hold) -> Finding:
    """What waits, read and judged again: what people decide about is what they see.

    Raises
    ------
    BadInput
        It is gone; or it cannot be told apart from what was opened since.
    """
    return about.as_found(hold)


def decide(target: Target, seen: Hold, shown: Finding, verdict: Verdict) -> Decided:
    """Write down a decision about what was `shown`, to be published; BadInput where the hold has changed meanwhile."""
    who, now = caller(target), times.now()

    def decided(known: Hold | None) -> Hold:
        if known is None or known.state not in DECIDABLE or (known.covers, known.since) != (seen.covers, seen.since):
            raise BadInput(
                "ID", seen.hold_id, "a finding that is as you saw it: it has changed meanwhile, so look again"
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
    """Tell people of a decision."""
    tell(decided, target, progress)
    progress.say(f"{decided.hold_id} is {decided.decision}. {decided.what_now}")


def settle(target: Target, rejected: Hold) -> None:
    """Let what was rejected wait no more, since it is exempt; unless something else has come of it meanwhile."""
    now = times.now()

    def settled(known: Hold | None) -> Hold | None:
        if known is None or (known.state, known.since) != (State.REJECTED, rejected.since):
            return None
        return replace(known, state=State.DONE, due_at=as_text(now))

    holds(target).change(rejected.hold_id, settled, now)


COLUMNS = (("Id", 3), ("Resource and rule", 5), ("What was found", 6), ("What would be done", 6), ("State", 4))


def show(found: Iterable[Hold], target: Target, terminal: Terminal) -> None:
    """Print what waits."""
    rows: list[list[Sequence[str]]] = []
    for hold in found:
        finding = hold.finding
        where = f"{finding.aws_account_id} {finding.aws_region}"
        calls = [line for step in finding.required_steps for line in in_words(step)]
        rows.append(
            [
                [hold.hold_id],
                [finding.target_resource_id, where, finding.raised_by_rule],
                [violation.reason for violation in finding.violations],
                calls,
                [f"since {hold.since}", in_few_words(hold), *_outdated(hold, target)],
            ]
        )
    terminal.table(COLUMNS, rows)


def _outdated(hold: Hold, target: Target) -> tuple[str, ...]:
    """What a change of its rule's mode means for it."""
    if hold.state not in DECIDABLE or not target.settings.handling(hold.finding.raised_by_rule).is_immediate:
        return ()
    return ("its rule is enforced now: approve it, or it is fixed when it is found again, within a day",)


def to_json(found: Iterable[Hold]) -> list[dict[str, Any]]:
    """What waits, for programs."""
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


def in_few_words(hold: Hold) -> str:
    """How far it has come."""
    return {
        State.OBSERVED: "only observed: the rule's mode is observe",
        State.APPROVAL: "waits for approval",
        State.GRACE: f"is fixed at {hold.due_at}",
        State.APPROVED: f"approved by {hold.who} at {hold.due_at}",
        State.RELEASED: "on its way to be fixed",
        State.REJECTED: f"rejected by {hold.who} at {hold.due_at}: {hold.reason}",
        State.DONE: "done",
    }[hold.state]
