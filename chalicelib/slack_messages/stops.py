"""What stops a stage, and who lets it go on."""

from chalicelib.notifications import LimitReached, Paused, Resumed
from chalicelib.slack_messages.blocks import context, fields, header, prose
from chalicelib.slack_messages.kinds import Block, Kind, SlackMessage
from chalicelib.slack_messages.text import code, escaped, moment

_STANDS_STILL = (
    "Nothing is changed until somebody lets the stage go on; findings wait, and none is lost. "
    "Go on with: python -m ddaws resume --stage {stage}"
)
_WAITS = (
    "What waits loses nothing, and is fixed as the hour moves on. Look at it: python -m ddaws pending --stage {stage}. "
    "Stop everything with ddaws pause, or let through what waits with ddaws resume."
)


def paused_message(paused: Paused, account_id: str, region: str) -> SlackMessage:
    """What people read once somebody has stopped a stage; the topic tells the account and region."""
    kind = Kind.PAUSED
    blocks = (
        header(kind, f"stage {paused.stage}"),
        _who_and_where(paused.who, account_id, region),
        prose("Why", paused.reason),
        prose("What happens now", _STANDS_STILL.format(stage=paused.stage)),
        context(f"Since {moment(paused.at)}"),
    )
    who, why = escaped(paused.who, 100), escaped(paused.reason, 150)
    return SlackMessage(kind, f"{kind.title}: stage {escaped(paused.stage, 40)} by {who}: {why}", blocks)


def limit_message(limit: LimitReached, account_id: str, region: str) -> SlackMessage:
    """What people read once a share of the hour's changes is used up."""
    kind = Kind.LIMIT_REACHED
    blocks = (
        header(kind, f"stage {limit.stage}"),
        fields(("Account and region", _where(account_id, region)), ("Findings that wait", code(limit.waiting, 20))),
        prose("Why", limit.reason),
        prose("What happens now", _WAITS.format(stage=limit.stage)),
    )
    why = f"{escaped(limit.reason, 150)} {escaped(limit.waiting, 20)} findings wait."
    return SlackMessage(kind, f"{kind.title}: stage {escaped(limit.stage, 40)}: {why}", blocks)


def resumed_message(resumed: Resumed, account_id: str, region: str) -> SlackMessage:
    """What people read once somebody lets a stage, or a resource, go on."""
    kind = Kind.RESUMED
    blocks = (
        header(kind, f"stage {resumed.stage}"),
        _who_and_where(resumed.who, account_id, region),
        prose("What goes on", resumed.what),
        context(f"At {moment(resumed.at)}"),
    )
    who, what = escaped(resumed.who, 100), escaped(resumed.what, 150)
    return SlackMessage(kind, f"{kind.title}: stage {escaped(resumed.stage, 40)} by {who}: {what}", blocks)


def _who_and_where(who: str, account_id: str, region: str) -> Block:
    return fields(("Who", code(who)), ("Account and region", _where(account_id, region)))


def _where(account_id: str, region: str) -> str:
    return f"{code(account_id, 40)} {code(region, 40)}"
