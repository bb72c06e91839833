"""Who opened a violation. Everything that CloudTrail records about a caller may be text that the caller chose."""

from chalicelib.notify import Actor, Certainty
from chalicelib.slack.messages.blocks import bullets, context, fields, header, prose
from chalicelib.slack.messages.kinds import Block, Kind, SlackMessage, summary
from chalicelib.slack.messages.target import Target
from chalicelib.slack.messages.text import Mrkdwn, code, foreign, moment, words

_CERTAIN = "CloudTrail recorded the call that opened it."
_LIKELY = (
    "CloudTrail recorded no call that certainly opened it. This is the most recent change that could have opened it."
)


def actor_message(actor: Actor) -> SlackMessage:
    """The message about who opened a violation."""
    kind = Kind.WHO
    target = Target(actor.target_resource_type, actor.target_resource_id, actor.aws_account_id, actor.aws_region)
    blocks = (
        header(kind, target.resource_id),
        fields(*target.facts, ("Rule", code(actor.raised_by_rule)), ("Remediation", code(actor.remediation_id))),
        *_story(actor),
        bullets("Violations", actor.violations),
        context(words("Detected {at}", at=moment(actor.detected_at))),
    )
    return SlackMessage(kind, summary(kind, target.words, _gist(actor)), blocks)


def _story(actor: Actor) -> tuple[Block, ...]:
    if actor.certainty is Certainty.UNKNOWN:
        return (prose("The caller is unknown", actor.reason),)
    who = words("{who}\n{what}", who=code(actor.who, 300), what=foreign(actor.described, 300))
    call = words("{name} {at}", name=code(actor.event_name), at=moment(actor.event_time))
    return (
        fields(
            ("Caller", who),
            ("Source IP address", code(actor.source)),
            ("User agent", code(actor.user_agent, 300)),
            ("API call", call),
            ("CloudTrail event ID", code(actor.event_id)),
        ),
        prose("Certainty", words(_CERTAIN if actor.certainty is Certainty.OPENED else _LIKELY)),
    )


def _gist(actor: Actor) -> Mrkdwn:
    if actor.certainty is Certainty.UNKNOWN:
        return words("the caller is unknown: {why}", why=foreign(actor.reason, 150))
    return words(
        "{probably}{who} from {source} by {agent} ({call})",
        probably=words("" if actor.certainty is Certainty.OPENED else "probably "),
        who=foreign(actor.who, 200),
        source=foreign(actor.source, 100),
        agent=foreign(actor.user_agent, 100),
        call=foreign(actor.event_name, 60),
    )
