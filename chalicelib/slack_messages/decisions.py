"""Fixes that wait for people, and what people decide."""

from chalicelib.notifications import Decided, Decision, Held
from chalicelib.slack_messages.blocks import bullets, code_lines, context, fields, header, prose
from chalicelib.slack_messages.kinds import Block, Kind, SlackMessage
from chalicelib.slack_messages.target import Target
from chalicelib.slack_messages.text import code, escaped, moment

KINDS = {Decision.APPROVED: Kind.APPROVED, Decision.REJECTED: Kind.NOT_APPROVED}
_IF_APPROVED = (
    "It stays as it is until somebody decides. Fix it: python -m ddaws approve {hold} --stage {stage}. "
    "Leave it: python -m ddaws reject {hold} --stage {stage}"
)
_UNLESS_REJECTED = (
    "It is fixed at {due} unless somebody says no: python -m ddaws reject {hold} --stage {stage}. "
    "Fix it now: python -m ddaws approve {hold} --stage {stage}"
)


def held_message(held: Held) -> SlackMessage:
    """What people read about a fix that waits: what it would do, when, and how to decide."""
    kind = Kind.WAITING_FOR_GRACE if held.due_at else Kind.WAITING_FOR_APPROVAL
    words = _UNLESS_REJECTED if held.due_at else _IF_APPROVED
    now = words.format(due=moment(held.due_at), hold=held.hold_id, stage=held.stage)
    story = [
        bullets("What was found", held.violations),
        code_lines("What would be done", held.calls) if held.calls else None,
        bullets("Mind", held.notes) if held.notes else None,
        prose("What happens now", now),
        context(f"Detected {moment(held.detected_at)}"),
    ]
    when = f": at {moment(held.due_at)}" if held.due_at else ""
    return _message(kind, held, [block for block in story if block is not None], when)


def decided_message(decided: Decided) -> SlackMessage:
    """What people read once somebody has decided."""
    story = [
        bullets("What was found", decided.violations),
        *([prose("Why", decided.reason)] if decided.reason else []),
        prose("What happens now", decided.what_now),
        context(f"By {code(decided.who)}", f"at {moment(decided.at)}"),
    ]
    return _message(KINDS[decided.decision], decided, story, f": by {escaped(decided.who, 100)}")


def _message(kind: Kind, about: Held | Decided, story: list[Block], more: str) -> SlackMessage:
    target = Target(about.target_resource_type, about.target_resource_id, about.aws_account_id, about.aws_region)
    facts = fields(*target.facts, ("Rule", code(about.raised_by_rule)), ("Waits as", code(about.hold_id)))
    what = escaped("; ".join(about.violations), 150)
    summary = f"{kind.title}: {target.words}: {what}{more}"
    return SlackMessage(kind, summary, (header(kind, target.resource_id), facts, *story))
