"""What the journal keeps of one remediation, or of one undo.

A record is three documents, since they come about at three times: the `Opening` before the first changing call, an
`Attempt` around each call, and the `Closing` after the last one has been verified.
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
"""Closed without being solved: once a person has removed the cause, the order is tried again, as a new message."""


MOST_TIMES = 100
"""How many remediations one finding, with one time of detection, can have: it may be true again after each."""


class Answer(StrEnum):
    """What AWS said to a call, as far as the journal knows."""

    UNKNOWN = "attempting"
    """It was about to be made; what AWS answered, if it was made, was never written down."""
    MADE = "made"
    REFUSED = "refused"
    """AWS refused it, or was not called since what it would have overwritten had changed: nothing was changed."""
    WITHOUT_EFFECT = "without_effect"
    """No answer was written down, and a later reading showed that nothing had been changed."""


@dataclass(frozen=True)
class Attempt:
    """One call.

    Attributes
    ----------
    number : int
        Counts the calls of a record from 0, over all deliveries.
    seen : SecurityGroup or Bucket
        What the call was to take away or to overwrite, as it was then, and nothing else of the resource.
    attempted_at, answered_at : str
        ISO 8601, UTC; no answer: empty.
    request_id : str
        AWS's id of the request, by which CloudTrail knows it, too; empty where none was written down.
    error : str
        Why nothing, or not all, was done.
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
        """Whether it was made, or may have been."""
        return self.answer in (Answer.MADE, Answer.UNKNOWN)


@dataclass(frozen=True)
class Opening:
    """What is about to be done, and why.

    Attributes
    ----------
    rule_parameters : Mapping
        The parameters that the rule judges by now; the finding has those that it was raised under.
    before : SecurityGroup, Bucket or None
        The resource as it was before the first change; None: there was none.
    plan : tuple of AwsCall
        The calls that were to be made first. What was made in the end, the attempts tell.
    undoes : str
        The id of the remediation that this takes back; empty where it is a remediation itself.
    """

    finding: Finding
    rule_parameters: Mapping[str, str]
    before: Resource | None
    plan: tuple[AwsCall, ...]
    notes: tuple[str, ...] = ()
    undoes: str = ""


@dataclass(frozen=True)
class Closing:
    """How it ended.

    Attributes
    ----------
    after : SecurityGroup, Bucket or None
        The resource as it was when it was read to verify the outcome; None: there is none, or it was not read.
    set_aside : str
        Why the order went to the dead-letter queue; empty where it did not.
    """

    closed_at: str
    outcome: Outcome
    after: Resource | None = None
    set_aside: str = ""


@dataclass(frozen=True)
class Record:
    """One remediation, over all deliveries of its finding; or one undo.

    Attributes
    ----------
    delivery : str
        SQS's id of the message that it was opened by, or tried again by.
    closing : Closing or None
        None: it is open, and its next delivery goes on with it.
    told : str
        Which outcome people were told last, as `told_as` names it; empty: none yet.
    undone_by : str
        The id of the undo that took it back; empty: none did.
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
        """The calls of which it is not known whether they were made."""
        return tuple(each for each in self.attempts if each.answer is Answer.UNKNOWN)

    def with_attempt(self, attempt: Attempt) -> "Record":
        """The record with an attempt, new or as it became."""
        others = [each for each in self.attempts if each.number != attempt.number]
        return replace(self, attempts=tuple(sorted((*others, attempt), key=lambda each: each.number)))

    @property
    def is_solved(self) -> bool:
        """Whether it is solved: what is true again after that is another remediation."""
        return self.closing is not None and self.closing.outcome.status not in TRIED_AGAIN

    def has_settled(self, delivery: str) -> bool:
        """Whether a delivery has closed it: then it has nothing left but to see that people know, and to delete."""
        return self.closing is not None and self.delivery == delivery


def told_as(outcome: Outcome) -> str:
    """The same for two outcomes that differ in nothing that a person would want to be told again."""
    told = encoded(replace(outcome, finished_at=""))
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def remediation_id(finding: Finding) -> str:
    """The same for every delivery of one finding, until it is solved: `r-` and twelve hexadecimal digits."""
    what = json.dumps([*finding.resource, finding.raised_by_rule, finding.detected_at])
    return "r-" + hashlib.sha256(what.encode()).hexdigest()[:12]


def remediation_ids(finding: Finding) -> tuple[str, ...]:
    """Of the remediations of one finding, which may be true again after it was solved: `r-…`, `r-…-2`, `r-…-3`."""
    first = remediation_id(finding)
    return (first, *(f"{first}-{number}" for number in range(2, MOST_TIMES + 1)))


def undo_id(remediation: str) -> str:
    """The id of the one undo that a remediation can have."""
    return "u-" + remediation.removeprefix("r-")
