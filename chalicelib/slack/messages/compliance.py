"""AWS Config's compliance changes: https://docs.aws.amazon.com/config/latest/developerguide/notifications-for-AWS-Config.html."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from chalicelib.slack.messages.blocks import context, fields, header, prose
from chalicelib.slack.messages.kinds import Kind, SlackMessage, summary
from chalicelib.slack.messages.raw import mapping, text
from chalicelib.slack.messages.target import Target
from chalicelib.slack.messages.text import code, foreign, moment, words

ACCOUNT = "AWS::::Account"
CHANGE = "ComplianceChangeNotification"
CHANGE_EVENT = "Config Rules Compliance Change"


@dataclass(frozen=True)
class ComplianceChange:
    """A change of one resource's compliance with one rule.

    Attributes
    ----------
    new, old : str
        ``COMPLIANT``, ``NON_COMPLIANT``, ``NOT_APPLICABLE`` or ``INSUFFICIENT_DATA``; empty if there was none.
    """

    rule: str
    target: Target
    new: str
    old: str
    annotation: str
    recorded_at: str

    @classmethod
    def from_notification(cls, body: Mapping[str, Any]) -> Self | None:
        """The change that AWS Config reports, directly or through EventBridge; None for any other message."""
        if body.get("detail-type") == CHANGE_EVENT and isinstance(body.get("detail"), Mapping):
            where = {"awsAccountId": body.get("account"), "awsRegion": body.get("region")}
            return cls.from_config({**where, **body["detail"]})
        return cls.from_config(body) if text(body, "messageType") == CHANGE else None

    @classmethod
    def from_config(cls, body: Mapping[str, Any]) -> Self:
        """The body of a ``ComplianceChangeNotification``, or the ``detail`` of EventBridge's event."""
        result = mapping(body, "newEvaluationResult")
        return cls(
            rule=text(body, "configRuleName"),
            target=Target(*(text(body, key) for key in ("resourceType", "resourceId", "awsAccountId", "awsRegion"))),
            new=text(result, "complianceType"),
            old=text(mapping(body, "oldEvaluationResult"), "complianceType"),
            annotation=text(result, "annotation"),
            recorded_at=text(result, "resultRecordedTime") or text(body, "notificationCreationTime"),
        )

    @property
    def kind(self) -> Kind | None:
        """None: no message. For example, for a first evaluation other than NON_COMPLIANT, and for no change."""
        if self.new == self.old:
            return None
        if self.new == "NON_COMPLIANT":
            return Kind.NON_COMPLIANT
        if self.old != "NON_COMPLIANT":
            return None
        return Kind.COMPLIANT_AGAIN if self.new == "COMPLIANT" else Kind.NO_LONGER_EVALUATED

    @property
    def name(self) -> str:
        """The subject of the change; for an account, the rule and the account."""
        id_ = self.target.resource_id
        return f"{self.rule} (account {id_})" if self.target.resource_type == ACCOUNT else id_


def compliance_message(change: ComplianceChange, kind: Kind) -> SlackMessage:
    """The message about a compliance change."""
    new = code(change.new or "none")
    verdict = (
        words("{new} (was {old})", new=new, old=code(change.old))
        if change.old
        else words("{new} (first evaluation)", new=new)
    )
    blocks = (
        header(kind, change.name),
        fields(*change.target.facts, ("Rule", code(change.rule)), ("Compliance", verdict)),
        *([prose("Reason", change.annotation)] if change.annotation else []),
        context(words("AWS Config recorded this at {at}", at=moment(change.recorded_at))),
    )
    about = words("{target}, rule {rule}", target=change.target.words, rule=foreign(change.rule, 150))
    why = [foreign(change.annotation, 150)] if change.annotation else []
    return SlackMessage(kind, summary(kind, about, *why), blocks)
