"""The journal's record of one remediation or one undo.

A record consists of documents that are written at different times: the `Opening` before the first changing call, an
`Attempt` before and after each call, and the `Closing` after the last call has been verified.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.findings import AwsCall, Finding
from chalicelib.journal.codec import encoded
from chalicelib.notify import Outcome, Status
from chalicelib.resources import Resource

TRIED_AGAIN = frozenset({Status.FAILED, Status.PARTIALLY_FIXED})
"""The statuses of records that are closed but not solved: after a person removes the cause, a new message tries
again."""


MOST_TIMES = 100
"""The maximum number of remediations of one finding with one detection time: it may be true again after each."""


class Answer(StrEnum):
    """AWS's response to a call, as far as recorded."""

    UNKNOWN = "attempting"
    """The call was about to be made; whether it was, and AWS's response, were not recorded."""
    MADE = "made"
    REFUSED = "refused"
    """AWS refused the call, or it was not made since what it would overwrite had changed: nothing was changed."""
    WITHOUT_EFFECT = "without_effect"
    """No response was recorded, and a later reading showed that nothing was changed."""


@dataclass(frozen=True)
class Attempt:
    """One call.

    Attributes
    ----------
    number : int
        The number of the call in the record, from 0, over all deliveries.
    seen : SecurityGroup or Bucket
        The part of the resource that the call removes or overwrites, as it was before the call.
    attempted_at, answered_at : str
        ISO 8601, UTC; `answered_at` is empty without a response.
    request_id : str
        AWS's request ID, as in CloudTrail; empty if none was recorded.
    error : str
        Why the call had no effect, or only a part of it.
    """

    number: int
    call: AwsCall
    seen: Resource
    attempted_at: str
    answer: Answer = Answer.UNKNOWN
    answered_at: str = ""
    request_id: str = ""
    error: str = ""

    @property
    def counts(self) -> bool:
        """Whether the call was made, or may have been."""
        return self.answer in (Answer.MADE, Answer.UNKNOWN)


@dataclass(frozen=True)
class Opening:
    """The planned changes and the reason.

    Attributes
    ----------
    rule_parameters : Mapping
        The rule's current parameters; the finding has those under which it was raised.
    before : SecurityGroup, Bucket or None
        The resource before the first change; None if it did not exist.
    plan : tuple of AwsCall
        The first plan's calls. The attempts show which calls were made.
    undoes : str
        The ID of the remediation that this undo reverts; empty for a remediation.
    """

    finding: Finding
    rule_parameters: Mapping[str, str]
    before: Resource | None
    plan: tuple[AwsCall, ...]
    notes: tuple[str, ...] = ()
    undoes: str = ""


@dataclass(frozen=True)
class Closing:
    """The result.

    Attributes
    ----------
    after : SecurityGroup, Bucket or None
        The resource at the reading that verified the outcome; None if it does not exist or was not read.
    set_aside : str
        Why the order went to the dead-letter queue; empty if it did not.
    """

    closed_at: str
    outcome: Outcome
    after: Resource | None = None
    set_aside: str = ""


@dataclass(frozen=True)
class Record:
    """One remediation, over all deliveries of its finding, or one undo.

    Attributes
    ----------
    delivery : str
        The SQS ID of the message that opened the record, or that tries again.
    closing : Closing or None
        None if the record is open: the next delivery continues it.
    told : str
        The outcome that people were last notified of, as returned by `told_as`; empty if none.
    undone_by : str
        The ID of the undo that reverted it; empty if none.
    """

    remediation_id: str
    opened_at: str
    delivery: str
    opening: Opening
    attempts: tuple[Attempt, ...] = ()
    closing: Closing | None = None
    told: str = ""
    undone_by: str = ""

    @property
    def resource(self) -> str:
        """The name of its resource in the journal: ``<account>/<region>/<type>/<id>``."""
        return "/".join(self.opening.finding.resource)

    @property
    def unconfirmed(self) -> tuple[Attempt, ...]:
        """The calls that may or may not have been made."""
        return tuple(each for each in self.attempts if each.answer is Answer.UNKNOWN)

    def with_attempt(self, attempt: Attempt) -> "Record":
        """The record with a new or changed attempt."""
        others = [each for each in self.attempts if each.number != attempt.number]
        return replace(self, attempts=tuple(sorted((*others, attempt), key=lambda each: each.number)))

    @property
    def is_solved(self) -> bool:
        """Whether it is solved: if the finding is true again, a new remediation begins."""
        return self.closing is not None and self.closing.outcome.status not in TRIED_AGAIN

    def has_settled(self, delivery: str) -> bool:
        """Whether a delivery has closed the record: then it only has to notify people and to delete the sources."""
        return self.closing is not None and self.delivery == delivery


def told_as(outcome: Outcome) -> str:
    """A hash of an outcome without its time: people are not notified of the same outcome twice."""
    told = encoded(replace(outcome, finished_at=""))
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def remediation_id(finding: Finding) -> str:
    """The ID for every delivery of one finding, until it is solved: `r-` and twelve hexadecimal digits."""
    what = json.dumps([*finding.resource, finding.raised_by_rule, finding.detected_at])
    return "r-" + hashlib.sha256(what.encode()).hexdigest()[:12]


def remediation_ids(finding: Finding) -> tuple[str, ...]:
    """The IDs of the remediations of one finding, which may be true again after each: `r-…`, `r-…-2`, `r-…-3`."""
    first = remediation_id(finding)
    return (first, *(f"{first}-{number}" for number in range(2, MOST_TIMES + 1)))


def undo_id(remediation: str) -> str:
    """The ID of the undo of a remediation, of which there is at most one."""
    return "u-" + remediation.removeprefix("r-")
