"""Who opened what was found. All that CloudTrail has of a caller may be the caller's own words."""

from chalicelib.notifications import Actor, Certainty
from chalicelib.slack_messages.blocks import bullets, context, fields, header, prose
from chalicelib.slack_messages.kinds import Block, Kind, SlackMessage
from chalicelib.slack_messages.target import Target
from chalicelib.slack_messages.text import code, escaped, moment

_SURE = "CloudTrail has the call that opened it."
_PERHAPS = "CloudTrail has no call of which that is sure. This is the last change that may have opened it."


def actor_message(actor: Actor) -> SlackMessage:
    """What people read about who opened something."""
    kind = Kind.WHO
    target = Target(actor.target_resource_type, actor.target_resource_id, actor.aws_account_id, actor.aws_region)
    blocks = (
        header(kind, target.resource_id),
        fields(*target.facts, ("Rule", code(actor.raised_by_rule)), ("Remediation", code(actor.remediation_id))),
        *_story(actor),
        bullets("What was opened", actor.violations),
        context(f"Detected {moment(actor.detected_at)}"),
    )
    return SlackMessage(kind, f"{kind.title}: {target.words}: {_gist(actor)}", blocks)


def _story(actor: Actor) -> tuple[Block, ...]:
    if actor.certainty is Certainty.UNKNOWN:
        return (prose("Nobody is known", actor.reason),)
    return (
        prose("How sure it is", _SURE if actor.certainty is Certainty.OPENED else _PERHAPS),
        fields(
            ("Who", f"{code(actor.who, 300)}\n{escaped(actor.described, 300)}"),
            ("From", code(actor.source)),
            ("By the program", code(actor.user_agent, 300)),
            ("Call", f"{code(actor.event_name)} {moment(actor.event_time)}"),
            ("CloudTrail's event", code(actor.event_id)),
        ),
    )


def _gist(actor: Actor) -> str:
    if actor.certainty is Certainty.UNKNOWN:
        return f"nobody is known: {escaped(actor.reason, 150)}"
    perhaps = "" if actor.certainty is Certainty.OPENED else "perhaps "
    who, source = escaped(actor.who, 200), escaped(actor.source, 100)
    return f"{perhaps}{who} from {source} by {escaped(actor.user_agent, 100)} ({escaped(actor.event_name, 60)})"
