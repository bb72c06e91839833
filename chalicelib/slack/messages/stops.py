"""Messages about what stops a stage or a resource, and who resumes it."""

from chalicelib.notify import LimitReached, Paused, Resumed
from chalicelib.slack.messages import commands
from chalicelib.slack.messages.blocks import context, fields, header, prose
from chalicelib.slack.messages.kinds import Kind, SlackMessage, summary
from chalicelib.slack.messages.text import Mrkdwn, code, foreign, moment, words


def paused_message(paused: Paused, account_id: str, region: str) -> SlackMessage:
    """The message about a stage that was paused. The account and region are the topic's."""
    kind = Kind.PAUSED
    blocks = (
        header(kind, f"stage {paused.stage}"),
        fields(("By", code(paused.who)), ("Account and region", _where(account_id, region))),
        prose("Reason", paused.reason),
        prose(
            "What happens next",
            words("The stage changes nothing until you resume it. Findings wait, and none is lost. To resume it, run"),
            commands.resume(paused.stage),
        ),
        context(words("Since {at}", at=moment(paused.at))),
    )
    return SlackMessage(kind, summary(kind, _by(paused.stage, paused.who), foreign(paused.reason, 150)), blocks)


def limit_message(limit: LimitReached, account_id: str, region: str) -> SlackMessage:
    """The message about a limit of changes per hour that is reached."""
    kind = Kind.LIMIT_REACHED
    blocks = (
        header(kind, f"stage {limit.stage}"),
        fields(("Account and region", _where(account_id, region)), ("Findings that wait", code(limit.waiting, 20))),
        prose("Reason", limit.reason),
        prose(
            "What happens next",
            words("No finding is lost. Findings are fixed as earlier changes become older than an hour."),
        ),
        prose("To see the findings that wait", words("Run"), commands.pending(limit.stage)),
        prose("To fix them now", words("Run"), commands.resume(limit.stage)),
        prose("To stop all changes", words("Run"), commands.pause(limit.stage)),
    )
    why = words(
        "{reason} {waiting} findings wait.", reason=foreign(limit.reason, 150), waiting=foreign(limit.waiting, 20)
    )
    return SlackMessage(kind, summary(kind, words("stage {stage}", stage=foreign(limit.stage, 40)), why), blocks)


def resumed_message(resumed: Resumed, account_id: str, region: str) -> SlackMessage:
    """The message about a stage or a resource that was resumed."""
    kind = Kind.RESUMED
    blocks = (
        header(kind, f"stage {resumed.stage}"),
        fields(("By", code(resumed.who)), ("Account and region", _where(account_id, region))),
        prose("What happens next", resumed.what),
        context(words("At {at}", at=moment(resumed.at))),
    )
    return SlackMessage(kind, summary(kind, _by(resumed.stage, resumed.who), foreign(resumed.what, 150)), blocks)


def _by(stage: str, who: str) -> Mrkdwn:
    return words("stage {stage} by {who}", stage=foreign(stage, 40), who=foreign(who, 100))


def _where(account_id: str, region: str) -> Mrkdwn:
    return words("{account} {region}", account=code(account_id, 40), region=code(region, 40))
