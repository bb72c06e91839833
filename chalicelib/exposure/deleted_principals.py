"""Principals that no longer exist. S3 shows their unique IAM ID, and accepts no policy that names one.

IAM never reuses a unique ID, so a statement without it admits, or denies, the same principals.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.exposure.policies import Policy, name_of, private_statements, with_statements
from chalicelib.exposure.principals import named, without
from chalicelib.repeated_keys import repeated_key

UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}(:.+)?", re.DOTALL)
"""``AROA...``, ``AIDA...`` and others, sometimes with a session name; the minimum length is IAM's."""

REPEATED = (
    "{} is repeated in an object of the policy, so the policy can be read in more than one way. Every statement that "
    "is public in any reading is removed as a whole, and so is a Statement without remaining statements. The rest of "
    "the policy is not changed."
)


@dataclass(frozen=True)
class Rest:
    """A policy without its public part.

    Attributes
    ----------
    policy : Mapping or None
        The policy in a form that S3 accepts; None if no statement is left.
    dropped : tuple of str
        Other changes and remarks, a sentence each: every principal that was removed because it no longer exists, and
        a key that is repeated.
    stuck : tuple of str
        Each statement that S3 does not accept and that only a person may change, a sentence each.
    """

    policy: Policy | None
    dropped: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()


def rest_of(policy: Policy, exempt: Collection[int] = ()) -> Rest:
    """`policy` without its public part, and without principals that no longer exist.

    Without such principals, an exception (``NotPrincipal``) might name no one, which S3 does not accept. Such a
    statement is left to people. Statements whose index is in `exempt` stay public.
    """
    private = private_statements(policy, exempt)
    living = {index: rest for index, statement in private if (rest := living_part(statement)) is not None}
    return Rest(
        with_statements(policy, living),
        dropped=(
            *(line for index, statement in private for line in _dropped(index, statement)),
            *([REPEATED.format(key)] if (key := repeated_key(policy)) is not None else []),
        ),
        stuck=tuple(line for index, statement in private for line in _stuck(index, statement)),
    )


def is_deleted(kind: str, value: str) -> bool:
    """True for a unique ID, which S3 shows only if the principal has no ARN any more."""
    return kind == "AWS" and bool(UNIQUE_ID.fullmatch(value))


def living_part(statement: Any) -> Any:
    """`statement` without principals that no longer exist; None if it names no other.

    A statement with a repeated key is not changed.
    """
    if not _deleted(statement, "Principal") or repeated_key(statement) is not None:
        return statement
    principal = without(statement["Principal"], is_deleted)
    return None if principal is None else {**statement, "Principal": principal}


def _dropped(index: int, statement: Any) -> Iterator[str]:
    gone = _deleted(statement, "Principal") if repeated_key(statement) is None else ()
    is_last = gone and living_part(statement) is None
    for principal in gone:
        done = " is removed, because it names no one else" if is_last else " no longer names it"
        yield f"{principal} no longer exists, and S3 accepts no policy that names it: {_name(index, statement)}{done}."


def _stuck(index: int, statement: Any) -> Iterator[str]:
    if gone := _deleted(statement, "NotPrincipal"):
        yield f"NotPrincipal of {_name(index, statement)} names {', '.join(gone)}"
    if (gone := _deleted(statement, "Principal")) and (key := repeated_key(statement)) is not None:
        yield f"{_name(index, statement)}, in which {key} is repeated, names {', '.join(gone)}"


def _deleted(statement: Any, element: str) -> tuple[str, ...]:
    members = statement.items() if isinstance(statement, Mapping) else ()
    found = (each for key, principal in members if key == element for each in named(principal))
    return tuple(value for kind, value in found if is_deleted(kind, value))


def _name(index: int, statement: Mapping[str, Any]) -> str:
    return name_of(index, statement.get("Sid"))
