"""Messages about remediations, and about queue messages that cannot be processed."""

from chalicelib.notify import Outcome, Rejection, Status
from chalicelib.slack.messages import commands
from chalicelib.slack.messages.blocks import bullets, code_lines, context, fields, header, prose
from chalicelib.slack.messages.kinds import Block, Kind, SlackMessage, summary
from chalicelib.slack.messages.target import Target
from chalicelib.slack.messages.text import Mrkdwn, code, foreign, instant, moment, words

KINDS = {
    Status.FIXED: Kind.FIXED,
    Status.PARTIALLY_FIXED: Kind.PARTIALLY_FIXED,
    Status.SUPERSEDED: Kind.SUPERSEDED,
    Status.ALREADY_COMPLIANT: Kind.ALREADY_COMPLIANT,
    Status.GONE: Kind.GONE,
    Status.UNCONFIRMED: Kind.UNCONFIRMED,
    Status.UNDONE: Kind.UNDONE,
    Status.FAILED: Kind.REMEDIATION_FAILED,
}
_UNTOUCHED = {
    Status.ALREADY_COMPLIANT: "The resource was already compliant, so nothing was changed.",
    Status.GONE: "The resource does not exist any more in this account and region, so nothing was changed.",
    Status.SUPERSEDED: "Someone else changed the resource first, and it is compliant now.",
}
_CHANGED = frozenset({Status.FIXED, Status.PARTIALLY_FIXED, Status.UNCONFIRMED})
"""Outcomes that can be undone."""
_WHY = {Status.FAILED: "Why it failed", Status.UNDONE: "Why it was undone"}
_AGAIN = "None: the remediator tries again."
_READ_THE_MESSAGE = "Read the message in that queue. Fix its sender and redrive the message, or delete it."


def outcome_message(outcome: Outcome, stage: str) -> SlackMessage:
    """The message about a remediation."""
    kind = KINDS[outcome.status]
    target = Target(
        *(outcome.target_resource_type, outcome.target_resource_id, outcome.aws_account_id, outcome.aws_region),
        outcome.described,
    )
    undo = commands.undo(outcome.remediation_id, stage) if outcome.status in _CHANGED else None
    blocks = (
        header(kind, target.resource_id),
        fields(*target.facts, ("Rule", code(outcome.raised_by_rule)), ("Remediation", code(outcome.remediation_id))),
        *_story(outcome),
        *([prose("To undo it", words("Run"), undo)] if undo else []),
        context(*_times(outcome)),
    )
    way_back = [words("to undo it, run {command}", command=undo)] if undo else []
    name = [foreign(outcome.described, 150)] if outcome.described else []
    return SlackMessage(kind, summary(kind, target.words, *name, _gist(outcome), *way_back), blocks)


def rejection_message(rejection: Rejection, account_id: str, region: str) -> SlackMessage:
    """The message about a queue message in a dead-letter queue. The account and region are the topic's."""
    kind = Kind.MESSAGE_REJECTED
    where = words("{account} {region}", account=code(account_id, 40), region=code(region, 40))
    blocks = (
        header(kind, rejection.dead_letter_queue),
        fields(("Dead-letter queue", code(rejection.dead_letter_queue)), ("Account and region", where)),
        prose("Reason", rejection.reason),
        code_lines("Beginning of the message", rejection.message_excerpt.splitlines()),
        prose("Next step", words(_READ_THE_MESSAGE)),
    )
    return SlackMessage(
        kind, summary(kind, foreign(rejection.dead_letter_queue, 100), foreign(rejection.reason, 150)), blocks
    )


def _story(outcome: Outcome) -> list[Block]:
    """The reason, the next step, the changes and the violations, if any."""
    changes = [f"- {line}" for line in outcome.removed] + [f"+ {line}" for line in outcome.added]
    why = _WHY.get(outcome.status, "Why the rest is not fixed")
    next_step = outcome.next_step or words(_AGAIN)
    story = [
        prose(why, outcome.reason) if outcome.reason else None,
        prose("Next step", next_step) if outcome.next_step or outcome.left else None,
        prose("Result", _untouched(outcome)) if outcome.status in _UNTOUCHED else None,
        bullets("Still non-compliant", outcome.left) if outcome.left else None,
        bullets("Violations", outcome.violations) if outcome.violations else None,
        code_lines("Changes", changes) if changes else None,
        bullets("Notes", outcome.notes) if outcome.notes else None,
    ]
    return [block for block in story if block is not None]


def _gist(outcome: Outcome) -> Mrkdwn:
    """The result in half a line."""
    if outcome.status in _UNTOUCHED:
        return _untouched(outcome)
    removed, added = "; ".join(outcome.removed), "; ".join(outcome.added)
    done = ", ".join(part for part in (removed and f"removed {removed}", added and f"added {added}") if part)
    return foreign(outcome.reason if outcome.status is Status.FAILED else done, 150)


def _untouched(outcome: Outcome) -> Mrkdwn:
    """Why nothing was changed."""
    if outcome.fixed_by:
        return words(
            "Nothing was left to fix: remediation {id} of this stage closed the same violation, and reports it.",
            id=foreign(outcome.fixed_by, 100),
        )
    return words(_UNTOUCHED[outcome.status])


def _times(outcome: Outcome) -> list[Mrkdwn]:
    detected, finished = instant(outcome.detected_at), instant(outcome.finished_at)
    times = [
        words("Detected {at}", at=moment(outcome.detected_at)),
        words("finished {at}", at=moment(outcome.finished_at)),
    ]
    if detected and finished and finished >= detected:
        times.append(words("{seconds} s later", seconds=f"{(finished - detected).total_seconds():,.0f}"))
    return times
