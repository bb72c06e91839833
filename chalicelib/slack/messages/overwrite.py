"""Someone else's change that a fix overwrote. Everything about the caller may be text that the caller chose."""

from chalicelib.notify import ChangeOverwritten
from chalicelib.slack.messages.blocks import code_lines, context, fields, header, prose
from chalicelib.slack.messages.kinds import Kind, SlackMessage, summary
from chalicelib.slack.messages.target import Target
from chalicelib.slack.messages.text import code, foreign, moment, words


def overwrite_message(lost: ChangeOverwritten) -> SlackMessage:
    """The message about a change that a fix overwrote, and how to restore it."""
    kind = Kind.OVERWRITTEN
    target = Target(lost.target_resource_type, lost.target_resource_id, lost.aws_account_id, lost.aws_region)
    blocks = (
        header(kind, target.resource_id),
        fields(*target.facts, ("Rule", code(lost.raised_by_rule)), ("Remediation", code(lost.remediation_id))),
        fields(
            ("Caller", words("{who}\n{what}", who=code(lost.who, 300), what=foreign(lost.described, 300))),
            ("Source IP address", code(lost.source)),
            ("User agent", code(lost.user_agent, 300)),
            ("API call", words("{name} {at}", name=code(lost.event_name), at=moment(lost.event_time))),
            ("CloudTrail event ID", code(lost.event_id)),
            ("Overwritten by", words("{name} {at}", name=code(lost.our_action), at=moment(lost.our_time))),
        ),
        prose("Certainty", lost.certainty),
        code_lines("What the overwritten call had put", lost.content),
        prose("Next step", lost.next_step),
        context(words("Detected {at}", at=moment(lost.detected_at))),
    )
    what = words(
        "{event} of {who} was overwritten by {action}",
        event=foreign(lost.event_name, 60),
        who=foreign(lost.who, 200),
        action=foreign(lost.our_action, 60),
    )
    return SlackMessage(kind, summary(kind, target.words, what), blocks)
