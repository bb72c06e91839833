"""What our own functions report: remediations, and messages that nobody could work on."""

from chalicelib.notifications import Outcome, Rejection, Status
from chalicelib.slack_messages.blocks import bullets, code_lines, context, fields, header, prose
from chalicelib.slack_messages.kinds import Block, Kind, SlackMessage
from chalicelib.slack_messages.target import Target
from chalicelib.slack_messages.text import code, escaped, instant, moment

KINDS = {
    Status.FIXED: Kind.FIXED,
    Status.PARTIALLY_FIXED: Kind.PARTIALLY_FIXED,
    Status.SUPERSEDED: Kind.SUPERSEDED,
    Status.ALREADY_COMPLIANT: Kind.ALREADY_COMPLIANT,
    Status.UNCONFIRMED: Kind.UNCONFIRMED,
    Status.UNDONE: Kind.UNDONE,
    Status.FAILED: Kind.REMEDIATION_FAILED,
}
_NOTHING_DONE = "It was compliant when it was read again, so nothing was changed."
_UNTOUCHED = {
    Status.ALREADY_COMPLIANT: _NOTHING_DONE,
    Status.SUPERSEDED: "Somebody else changed it first, and it is compliant now.",
}
_WHY = {Status.FAILED: "Why it failed", Status.UNDONE: "Why it was undone"}
_AGAIN = "It will be tried again."
_READ_THE_MESSAGE = "Read the message in that queue. Delete it, or redrive it once whatever sent it is mended."


def outcome_message(outcome: Outcome) -> SlackMessage:
    """What people read about a remediation."""
    kind = KINDS[outcome.status]
    target = Target(
        outcome.target_resource_type, outcome.target_resource_id, outcome.aws_account_id, outcome.aws_region
    )
    blocks = [
        header(kind, target.resource_id),
        fields(*target.facts, ("Rule", code(outcome.raised_by_rule)), ("Remediation", code(outcome.remediation_id))),
        *_story(outcome),
        context(*_times(outcome)),
    ]
    return SlackMessage(kind, f"{kind.title}: {target.words}: {_gist(outcome)}", tuple(blocks))


def rejection_message(rejection: Rejection, account_id: str, region: str) -> SlackMessage:
    """What people read about a message that went to a dead-letter queue; the topic tells the account and region."""
    kind = Kind.MESSAGE_REJECTED
    blocks = (
        header(kind, rejection.dead_letter_queue),
        fields(
            ("Now in the queue", code(rejection.dead_letter_queue)),
            ("Account and region", f"{code(account_id, 40)} {code(region, 40)}"),
        ),
        prose("Why", rejection.reason),
        code_lines("The message begins", rejection.message_excerpt.splitlines()),
        prose("Next step", _READ_THE_MESSAGE),
    )
    summary = f"{kind.title}: {escaped(rejection.dead_letter_queue, 100)}: {escaped(rejection.reason, 150)}"
    return SlackMessage(kind, summary, blocks)


def _story(outcome: Outcome) -> list[Block]:
    """Why, what was wrong, what changed, what next: only what there is."""
    changes = [f"- {line}" for line in outcome.removed] + [f"+ {line}" for line in outcome.added]
    why = _WHY.get(outcome.status, "Why the rest stays")
    story = [
        prose(why, outcome.reason) if outcome.reason else None,
        prose("Next step", outcome.next_step or _AGAIN) if outcome.next_step or outcome.left else None,
        prose("What was done", _untouched(outcome)) if outcome.status in _UNTOUCHED else None,
        bullets("What is left", outcome.left) if outcome.left else None,
        bullets("What was reported", outcome.violations) if outcome.violations else None,
        code_lines("What changed", changes) if changes else None,
        bullets("Mind", outcome.notes) if outcome.notes else None,
    ]
    return [block for block in story if block is not None]


def _gist(outcome: Outcome) -> str:
    """The story in half a line."""
    removed, added = "; ".join(outcome.removed), "; ".join(outcome.added)
    done = ", ".join(part for part in (removed and f"removed {removed}", added and f"added {added}") if part)
    gists = {Status.FAILED: outcome.reason} | (
        {outcome.status: _untouched(outcome)} if outcome.status in _UNTOUCHED else {}
    )
    return escaped(gists.get(outcome.status, done), 150)


def _untouched(outcome: Outcome) -> str:
    """Why nothing was changed."""
    if outcome.fixed_by:
        return f"Nothing was left to do: remediation {outcome.fixed_by} of this stage closed the same, and reports it."
    return _UNTOUCHED[outcome.status]


def _times(outcome: Outcome) -> list[str]:
    detected, finished = instant(outcome.detected_at), instant(outcome.finished_at)
    times = [f"Detected {moment(outcome.detected_at)}", f"finished {moment(outcome.finished_at)}"]
    if detected and finished and finished >= detected:
        times.append(f"{(finished - detected).total_seconds():,.0f} s later")
    return times
