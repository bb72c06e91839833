"""Principals that no longer exist: S3 shows the unique id that IAM once gave them, and takes no policy that names one.

An id is never given to anybody else, so a statement that no longer names it admits, and denies, the same people.
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
"""``AROA...``, ``AIDA...`` and the like, at times with the name of a session; as short as IAM may make them."""

REPEATED = (
    "{} stands more than once in an object of the policy, so that the policy can be read in more than one way. Every "
    "statement that is public in any reading is removed as a whole, and so is a Statement of which nothing is left; "
    "everything else is put back as it was written."
)


@dataclass(frozen=True)
class Rest:
    """What is left of a policy without its public part.

    Attributes
    ----------
    policy : Mapping or None
        The policy as S3 takes it; None where no statement is left.
    dropped : tuple of str
        What else has changed: each principal that had to leave it because it no longer exists; and that a key stands
        more than once in it. A sentence each.
    stuck : tuple of str
        Each statement that S3 will not take, and that nobody but a person may change, a sentence each.
    """

    policy: Policy | None
    dropped: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()


def rest_of(policy: Policy, spared: Collection[int] = ()) -> Rest:
    """`policy` without its public part, and without principals that no longer exist.

    Without these an exception (``NotPrincipal``) might be one for nobody, which S3 does not take: it is left to people.
    The statements whose index is in `spared` stay, public as they are.
    """
    private = private_statements(policy, spared)
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
    """True for a unique id, which S3 shows only where it knows no ARN to it any more."""
    return kind == "AWS" and bool(UNIQUE_ID.fullmatch(value))


def living_part(statement: Any) -> Any:
    """`statement` without principals that no longer exist; None where it names nobody else.

    One in which a key stands more than once stays as it is.
    """
    if not _deleted(statement, "Principal") or repeated_key(statement) is not None:
        return statement
    principal = without(statement["Principal"], is_deleted)
    return None if principal is None else {**statement, "Principal": principal}


def _dropped(index: int, statement: Any) -> Iterator[str]:
    gone = _deleted(statement, "Principal") if repeated_key(statement) is None else ()
    goes = " goes with it, as it names nobody else" if gone and living_part(statement) is None else " does without it"
    for principal in gone:
        yield f"{principal} no longer exists, and S3 accepts no policy that names it: {_name(index, statement)}{goes}."


def _stuck(index: int, statement: Any) -> Iterator[str]:
    if gone := _deleted(statement, "NotPrincipal"):
        yield f"NotPrincipal of {_name(index, statement)} names {', '.join(gone)}"
    if (gone := _deleted(statement, "Principal")) and (key := repeated_key(statement)) is not None:
        yield f"{_name(index, statement)}, in which {key} stands more than once, names {', '.join(gone)}"


def _deleted(statement: Any, element: str) -> tuple[str, ...]:
    members = statement.items() if isinstance(statement, Mapping) else ()
    found = (each for key, principal in members if key == element for each in named(principal))
    return tuple(value for kind, value in found if is_deleted(kind, value))


def _name(index: int, statement: Mapping[str, Any]) -> str:
    return name_of(index, statement.get("Sid"))
