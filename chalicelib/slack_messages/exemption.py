"""Exemptions: granted, removed, about to end, ended."""

from chalicelib.notifications import ExemptionEvent, ExemptionNews
from chalicelib.slack_messages.blocks import context, fields, header, prose
from chalicelib.slack_messages.kinds import Kind, SlackMessage
from chalicelib.slack_messages.target import Target
from chalicelib.slack_messages.text import code, escaped, moment

KINDS = {
    ExemptionEvent.GRANTED: Kind.EXEMPTION_GRANTED,
    ExemptionEvent.REMOVED: Kind.EXEMPTION_REMOVED,
    ExemptionEvent.ENDS_SOON: Kind.EXEMPTION_ENDS_SOON,
    ExemptionEvent.ENDED: Kind.EXEMPTION_ENDED,
}
_FROM_THEN_ON = "From then on it is found again, and fixed where auto-response is on. Close it, or grant it anew."
_NEXT = {
    ExemptionEvent.GRANTED: "It is neither reported nor fixed until the exemption ends.",
    ExemptionEvent.REMOVED: "It is found again, and fixed where auto-response is on.",
    ExemptionEvent.ENDS_SOON: _FROM_THEN_ON,
    ExemptionEvent.ENDED: "It is found again, and fixed where auto-response is on.",
}


def exemption_message(news: ExemptionNews) -> SlackMessage:
    """What people read about an exemption."""
    kind = KINDS[news.event]
    target = Target(news.target_resource_type, news.target_resource_id, news.aws_account_id, news.aws_region)
    end = "Ended" if news.event is ExemptionEvent.ENDED else "Ends"
    blocks = (
        header(kind, news.target_resource_id),
        fields(*target.facts, ("Exemption", code(news.exemption_id)), ("Owner", escaped(news.owner, 100))),
        prose("What is exempt", news.what),
        prose("Why", news.reason),
        prose("What happens now", _NEXT[news.event]),
        context(*([f"By {code(news.who)}"] if news.who else []), f"{end} {moment(news.until)}"),
    )
    what = escaped(news.what, 150)
    return SlackMessage(kind, f"{kind.title}: {target.words}: {what}, until {moment(news.until)}", blocks)
