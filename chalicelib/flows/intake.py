"""What a message on the remediation queue says, and which rule's remediator can work on it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.errors import BadInput
from chalicelib.messages import Finding
from chalicelib.reading import parsed
from chalicelib.rules import RULES, Rule, rule_for

LARGEST = 900_000
"""Characters of a finding, so that a work order with it fits one of SQS's messages of 1 MiB."""


class Message(Protocol):
    """A received message."""

    @property
    def receipt_handle(self) -> str: ...

    @property
    def body(self) -> str: ...


@dataclass(frozen=True)
class Accepted:
    """A message that one remediator can work on."""

    receipt_handle: str
    finding: Finding
    rule: Rule


@dataclass(frozen=True)
class Rejected:
    """A message that nobody can work on, and why."""

    receipt_handle: str
    body: str
    reason: str


@dataclass(frozen=True)
class Folded:
    """Messages about one resource, by one Config rule, as one.

    Attributes
    ----------
    finding : Finding
        What the latest says, detected when the first was: so it goes on with what an earlier delivery has begun.
    receipt_handles : tuple of str
        The latest's first.
    """

    finding: Finding
    rule: Rule
    receipt_handles: tuple[str, ...]

    @property
    def body(self) -> str:
        """As a message of its own."""
        return json.dumps(self.finding.to_json())


def read(message: Message) -> Accepted | Rejected:
    try:
        finding = _finding(message.body)
        return Accepted(message.receipt_handle, finding, _rule(finding))
    except BadInput as error:
        return Rejected(message.receipt_handle, message.body, str(error))


def _finding(body: str) -> Finding:
    finding = Finding.from_json(parsed(body))
    if (length := len(json.dumps(finding.to_json()))) > LARGEST:
        raise BadInput("message", f"{length} characters", f"at most {LARGEST} characters of JSON")
    return finding


def _rule(finding: Finding) -> Rule:
    """The rule that knows all of the finding's violation types."""
    rules = [
        _rule_of(violation.violation_type, finding.target_resource_type, f"message.violations[{index}].violationType")
        for index, violation in enumerate(finding.violations)
    ]
    return rules[0]


def _rule_of(violation_type: str, resource_type: str, where: str) -> Rule:
    rule = rule_for(violation_type)
    if rule is None or rule.resource_type != resource_type:
        known = sorted(name for each in RULES if each.resource_type == resource_type for name in each.violation_types)
        raise BadInput(where, violation_type, f"a violation of {resource_type}: {', '.join(known) or 'there is none'}")
    return rule


def folded(accepted: Iterable[Accepted]) -> list[Folded]:
    """Messages about one resource, judged by one rule, together."""
    groups: dict[tuple[str, ...], list[Accepted]] = defaultdict(list)
    for item in accepted:
        groups[(*item.finding.resource, item.finding.raised_by_rule)].append(item)
    return [_as_one(sorted(group, key=lambda item: item.finding.detected_at)) for group in groups.values()]


def _as_one(same: Sequence[Accepted]) -> Folded:
    """The oldest is the first of `same`."""
    first, latest = same[0], same[-1]
    finding = replace(latest.finding, detected_at=first.finding.detected_at)
    return Folded(finding, latest.rule, tuple(item.receipt_handle for item in (latest, *same[:-1])))
