"""A scheduled evaluation that is incomplete."""

from chalicelib.notify import EvaluationIncomplete
from chalicelib.slack.messages.blocks import bullets, context, fields, header, prose
from chalicelib.slack.messages.kinds import Kind, SlackMessage, summary
from chalicelib.slack.messages.text import code, foreign, words


def incomplete_message(run: EvaluationIncomplete) -> SlackMessage:
    """The message about a scheduled evaluation that could not evaluate, queue or report every resource."""
    kind = Kind.EVALUATION_INCOMPLETE
    where = words("{account} {region}", account=code(run.aws_account_id, 40), region=code(run.aws_region, 40))
    blocks = (
        header(kind, run.raised_by_rule),
        fields(("Rule", code(run.raised_by_rule)), ("Account and region", where)),
        bullets("What went wrong", run.failures),
        prose("Next step", run.next_step),
        context(
            words("Scheduled evaluation of {day}", day=foreign(run.day, 20)),
            words("All other resources were evaluated"),
        ),
    )
    first = foreign(run.failures[0] if run.failures else "", 200)
    if len(run.failures) > 1:
        first = words("{first}, and {others} more", first=first, others=f"{len(run.failures) - 1:,}")
    return SlackMessage(kind, summary(kind, foreign(run.raised_by_rule, 100), first), blocks)
