"""Which grant of a policy a call needs."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sandbox.calls import Call
from sandbox.project import STAGE
from tests.infrastructure.declarations import as_list, grants

RECORD = Path(__file__).with_name("calls.json")
NEEDS_NO_PERMISSION = frozenset({"sts:GetCallerIdentity"})
IDS = re.compile(r"(?<=\b(?:sg|pl)-)[0-9a-f]+|(?<=\bconfig-rule-)[0-9a-f]+|(?<=:s3:::).+")


@dataclass(frozen=True, order=True)
class Use:
    """A function has asked for an action on a resource; ids and the names of buckets are all made the same."""

    function: str
    action: str
    resource: str

    @classmethod
    def of(cls, call: Call) -> "Use":
        name = call.role.removeprefix(f"dd-aws-{STAGE}-")
        return cls(name, call.action, IDS.sub("0", call.resource))


@dataclass(frozen=True)
class Grant:
    """An action on a resource, each perhaps a pattern, that a function's policy allows."""

    action: str
    resource: str

    def allows(self, use: Use) -> bool:
        """Whether this grant alone allows it.

        Conditions are taken to be met: so a grant may be called superfluous that is not, never the other way round.
        """
        return fnmatchcase(use.action, self.action) and fnmatchcase(use.resource, self.resource)


def policy(function: str) -> list[Grant]:
    """All that a function may do."""
    return [Grant(action, resource) for action, resource in grants(function, STAGE)]


def uses(calls: Iterable[Call]) -> set[Use]:
    """What the functions did, of all that a role needs permission for."""
    ours = f"dd-aws-{STAGE}-"
    return {Use.of(call) for call in calls if call.role.startswith(ours) and call.action not in NEEDS_NO_PERMISSION}


def uses_by(user: str, calls: Iterable[Call]) -> list[Use]:
    """What an IAM user did, of all that a user needs permission for."""
    theirs = [call for call in calls if call.principal.endswith(f":user/{user}")]
    return [Use.of(call) for call in theirs if call.action not in NEEDS_NO_PERMISSION]


def grants_of(statements: Iterable[Mapping[str, Any]]) -> list[Grant]:
    """All that a policy's statements allow, but for KMS: in the sandbox nobody asks for that."""
    return [
        Grant(action, each["Resource"])
        for each in statements
        for action in as_list(each["Action"])
        if not action.startswith("kms:")
    ]


def superfluous(function: str, seen: Iterable[Use]) -> list[Grant]:
    """The grants of a function's policy that no use needs."""
    return needless(policy(function), [use for use in seen if use.function == function])


def needless(allowed: Sequence[Grant], uses: Sequence[Use]) -> list[Grant]:
    """The grants that no use needs."""
    return [
        grant
        for index, grant in enumerate(allowed)
        if not any(grant.allows(use) and not _allowed(use, [*allowed[:index], *allowed[index + 1 :]]) for use in uses)
    ]


def forbidden(seen: Iterable[Use]) -> list[Use]:
    """The uses that the policies do not allow."""
    return [use for use in seen if not _allowed(use, policy(use.function))]


def recorded() -> set[Use]:
    """What the functions did when the record was last written."""
    return {Use(*fields) for fields in json.loads(RECORD.read_text())}


def as_record(seen: Iterable[Use]) -> str:
    """The record's text: a line for each use."""
    lines = [json.dumps([use.function, use.action, use.resource]) for use in sorted(seen)]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _allowed(use: Use, granted: Sequence[Grant]) -> bool:
    return any(grant.allows(use) for grant in granted)
