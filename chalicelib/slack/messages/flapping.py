"""Messages about violations that come back after each fix."""

from chalicelib.notify import Flapping
from chalicelib.slack.messages import commands
from chalicelib.slack.messages.blocks import bullets, fields, header, prose
from chalicelib.slack.messages.kinds import Kind, SlackMessage, summary
from chalicelib.slack.messages.target import Target
from chalicelib.slack.messages.text import code, foreign, moment, words

_FIND_THE_CAUSE = "Find out who or what opens it, and stop that or exempt the violation."


def flapping_message(flapping: Flapping) -> SlackMessage:
    """The message about a flapping resource, once an hour."""
    kind = Kind.FLAPPING
    target = Target(
        flapping.target_resource_type, flapping.target_resource_id, flapping.aws_account_id, flapping.aws_region
    )
    until = moment(flapping.left_until)
    if flapping.left_until:
        gist = words("not fixed until {until}", until=until)
        next_step = prose(
            "Next step",
            words(
                "The violation stays open until {until} or until you resume the resource. {cause} To resume it, run",
                until=until,
                cause=words(_FIND_THE_CAUSE),
            ),
            commands.resume(flapping.stage, flapping.target_resource_id),
        )
    else:
        gist = words("fixed each time")
        next_step = prose(
            "Next step",
            words("The violation is fixed each time (`FLAP_ACTION` is `keep`). {cause}", cause=words(_FIND_THE_CAUSE)),
        )
    blocks = (
        header(kind, target.resource_id),
        fields(*target.facts, ("Rule", code(flapping.raised_by_rule))),
        bullets("Violations that come back", flapping.violations),
        bullets("Fixed at", [moment(at) for at in flapping.fixed_at]),
        next_step,
    )
    what = foreign("; ".join(flapping.violations), 150)
    return SlackMessage(kind, summary(kind, target.words, what, gist), blocks)
