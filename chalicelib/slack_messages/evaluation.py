"""A scheduled evaluation that is incomplete."""

from chalicelib.notifications import EvaluationIncomplete
from chalicelib.slack_messages.blocks import bullets, context, fields, header, prose
from chalicelib.slack_messages.kinds import Kind, SlackMessage
from chalicelib.slack_messages.text import code, escaped


def incomplete_message(run: EvaluationIncomplete) -> SlackMessage:
    """What people read where a scheduled evaluation could not deal with everything."""
    kind = Kind.EVALUATION_INCOMPLETE
    blocks = (
        header(kind, run.raised_by_rule),
        fields(
            ("Rule", code(run.raised_by_rule)),
            ("Account and region", f"{code(run.aws_account_id, 40)} {code(run.aws_region, 40)}"),
        ),
        bullets("What went wrong", run.failures),
        prose("Next step", run.next_step),
        context(f"Scheduled evaluation of {escaped(run.day, 20)}", "All other resources were evaluated"),
    )
    first = escaped(run.failures[0] if run.failures else "", 200)
    others = f", and {len(run.failures) - 1} more" if len(run.failures) > 1 else ""
    return SlackMessage(kind, f"{kind.title}: {escaped(run.raised_by_rule, 100)}: {first}{others}", blocks)
