"""Flapping: a violation that is opened again after each fix."""

from chalicelib.notifications import Flapping
from chalicelib.slack_messages.blocks import bullets, fields, header, prose
from chalicelib.slack_messages.kinds import Kind, SlackMessage
from chalicelib.slack_messages.target import Target
from chalicelib.slack_messages.text import code, escaped, moment

_STOPPED = (
    "It stays open until {until}, or until somebody decides. Find out who opens it, and stop that; or exempt it. "
    "Then: python -m ddaws resume --stage {stage} --resource {resource}"
)
_KEPT = "It is closed each time (FLAP_ACTION is keep). Find out who opens it, and stop that; or exempt it."


def flapping_message(flapping: Flapping) -> SlackMessage:
    """What people read about a resource that is flapping, once an hour."""
    kind = Kind.FLAPPING
    target = Target(
        flapping.target_resource_type, flapping.target_resource_id, flapping.aws_account_id, flapping.aws_region
    )
    words = _STOPPED if flapping.left_until else _KEPT
    until = moment(flapping.left_until)
    now = words.format(until=until, stage=flapping.stage, resource=flapping.target_resource_id)
    blocks = (
        header(kind, target.resource_id),
        fields(*target.facts, ("Rule", code(flapping.raised_by_rule))),
        bullets("What is opened again after each fix", flapping.violations),
        bullets("It was fixed at", [moment(at) for at in flapping.fixed_at]),
        prose("What happens now", now),
    )
    what = escaped("; ".join(flapping.violations), 150)
    left = f"left open until {until}" if flapping.left_until else "closed each time"
    return SlackMessage(kind, f"{kind.title}: {target.words}: {what}: {left}", blocks)
