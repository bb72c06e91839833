"""Somebody else's change that a fix has overwritten. Everything about the caller may be text that the caller chose."""

from chalicelib.notifications import ChangeOverwritten
from chalicelib.slack_messages.blocks import code_lines, context, fields, header, prose
from chalicelib.slack_messages.kinds import Kind, SlackMessage
from chalicelib.slack_messages.target import Target
from chalicelib.slack_messages.text import code, escaped, moment


def overwrite_message(lost: ChangeOverwritten) -> SlackMessage:
    """What people read about a change that a fix has overwritten, and how to put it back."""
    kind = Kind.OVERWRITTEN
    target = Target(lost.target_resource_type, lost.target_resource_id, lost.aws_account_id, lost.aws_region)
    blocks = (
        header(kind, target.resource_id),
        fields(*target.facts, ("Rule", code(lost.raised_by_rule)), ("Remediation", code(lost.remediation_id))),
        fields(
            ("Caller", f"{code(lost.who, 300)}\n{escaped(lost.described, 300)}"),
            ("Source IP address", code(lost.source)),
            ("User agent", code(lost.user_agent, 300)),
            ("API call", f"{code(lost.event_name)} {moment(lost.event_time)}"),
            ("CloudTrail event ID", code(lost.event_id)),
            ("Overwritten by", f"{code(lost.our_action)} {moment(lost.our_time)}"),
        ),
        prose("Certainty", lost.certainty),
        code_lines("What the overwritten call had put", lost.content),
        prose("Next step", lost.next_step),
        context(f"Detected {moment(lost.detected_at)}"),
    )
    what = (
        f"{escaped(lost.event_name, 60)} of {escaped(lost.who, 200)} was overwritten by {escaped(lost.our_action, 60)}"
    )
    return SlackMessage(kind, f"{kind.title}: {target.words}: {what}", blocks)
