"""Messages about fixes that wait for people, and about people's decisions."""

from chalicelib.notify import Decided, Decision, Held
from chalicelib.slack.messages import commands
from chalicelib.slack.messages.blocks import bullets, code_lines, context, fields, header, prose
from chalicelib.slack.messages.kinds import Block, Kind, SlackMessage, summary
from chalicelib.slack.messages.target import Target
from chalicelib.slack.messages.text import Text, code, foreign, moment, words

KINDS = {Decision.APPROVED: Kind.APPROVED, Decision.REJECTED: Kind.NOT_APPROVED}


def held_message(held: Held) -> SlackMessage:
    """The message about a fix that waits: what it would do, when, and how to decide."""
    kind = Kind.WAITING_FOR_GRACE if held.due_at else Kind.WAITING_FOR_APPROVAL
    next_step = (
        words("The resource is fixed at {due} unless you reject the fix.", due=moment(held.due_at))
        if held.due_at
        else words("The resource stays non-compliant until you approve the fix.")
    )
    approve = prose("To fix it now", words("Run"), commands.approve(held.hold_id, held.stage))
    reject = prose("To leave it as it is", words("Run"), commands.reject(held.hold_id, held.stage))
    story = [
        bullets("Violations", held.violations),
        code_lines("AWS calls that would fix it", held.calls) if held.calls else None,
        bullets("Notes", held.notes) if held.notes else None,
        prose("Next step", next_step),
        *((reject, approve) if held.due_at else (approve, reject)),
        context(words("Detected {at}", at=moment(held.detected_at))),
    ]
    due = [words("at {due}", due=moment(held.due_at))] if held.due_at else []
    return _message(kind, held, [block for block in story if block is not None], *due)


def decided_message(decided: Decided) -> SlackMessage:
    """The message about a decision."""
    who = words("By {who}", who=code(decided.who))
    story = [
        bullets("Violations", decided.violations),
        *([prose("Reason", decided.reason)] if decided.reason else []),
        prose("What happens next", decided.what_now),
        context(who, words("at {at}", at=moment(decided.at))),
    ]
    by = words("by {who}", who=foreign(decided.who, 100))
    return _message(KINDS[decided.decision], decided, story, by, foreign(decided.what_now, 150))


def _message(kind: Kind, about: Held | Decided, story: list[Block], *more: Text) -> SlackMessage:
    target = Target(about.target_resource_type, about.target_resource_id, about.aws_account_id, about.aws_region)
    facts = fields(*target.facts, ("Rule", code(about.raised_by_rule)), ("ID", code(about.hold_id)))
    what = foreign("; ".join(about.violations), 150)
    return SlackMessage(
        kind, summary(kind, target.words, what, *more), (header(kind, target.resource_id), facts, *story)
    )
