"""Exemptions: granted, removed, about to end, ended."""

from chalicelib.notify import ExemptionEvent, ExemptionNews
from chalicelib.slack.messages.blocks import context, fields, header, prose
from chalicelib.slack.messages.kinds import Kind, SlackMessage, summary
from chalicelib.slack.messages.target import Target
from chalicelib.slack.messages.text import code, foreign, moment, words

KINDS = {
    ExemptionEvent.GRANTED: Kind.EXEMPTION_GRANTED,
    ExemptionEvent.REMOVED: Kind.EXEMPTION_REMOVED,
    ExemptionEvent.ENDS_SOON: Kind.EXEMPTION_ENDS_SOON,
    ExemptionEvent.ENDED: Kind.EXEMPTION_ENDED,
}
_FOUND_AGAIN = "The rule reports the violation again, and fixes it where auto-response is on."
_NEXT = {
    ExemptionEvent.GRANTED: "The rule neither reports nor fixes the violation until the exemption ends.",
    ExemptionEvent.REMOVED: _FOUND_AGAIN,
    ExemptionEvent.ENDS_SOON: (
        "Once the exemption ends, the rule reports the violation again, and fixes it where auto-response is on. "
        "Close it before then, or grant a new exemption."
    ),
    ExemptionEvent.ENDED: _FOUND_AGAIN,
}


def exemption_message(news: ExemptionNews) -> SlackMessage:
    """The message about an exemption."""
    kind = KINDS[news.event]
    target = Target(news.target_resource_type, news.target_resource_id, news.aws_account_id, news.aws_region)
    until = moment(news.until)
    end = words("Ended {at}", at=until) if news.event is ExemptionEvent.ENDED else words("Ends {at}", at=until)
    blocks = (
        header(kind, news.target_resource_id),
        fields(*target.facts, ("Exemption", code(news.exemption_id)), ("Owner", foreign(news.owner, 100))),
        prose("Exempt", news.what),
        prose("Reason", news.reason),
        prose("What happens next", words(_NEXT[news.event])),
        context(*([words("By {who}", who=code(news.who))] if news.who else []), end),
    )
    what = words("{what}, until {until}", what=foreign(news.what, 150), until=until)
    return SlackMessage(kind, summary(kind, target.words, what), blocks)
