"""Which statements of a bucket policy let the public in, and what the policy is without them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.errors import BadInput
from chalicelib.exposure.conditions import clauses_of, weaknesses
from chalicelib.exposure.principals import public_principals, without_public

Statement = Mapping[str, Any]


@dataclass(frozen=True)
class PublicStatement:
    """A statement that makes its policy public.

    Attributes
    ----------
    index : int
        Where it stands in the policy, from 0.
    sid : str or None
        Its ``Sid``.
    statement : Mapping
        The statement itself.
    reason : str
        Which element of it lets the public in, and why its conditions do not keep the public out.
    """

    index: int
    sid: str | None
    statement: Statement
    reason: str

    @property
    def name(self) -> str:
        return f'statement "{self.sid}"' if self.sid else f"statement {self.index + 1}"


def statements_of(policy: Mapping[str, Any] | None) -> tuple[Statement, ...]:
    """The statements of a policy, which may hold a list, a single one, or none.

    Raises
    ------
    BadInput
        Where a statement is not an object.
    """
    some = (policy or {}).get("Statement") or ()
    found = tuple(some) if isinstance(some, list | tuple) else (some,)
    for index, statement in enumerate(found):
        if not isinstance(statement, Mapping):
            raise BadInput(f"policy.Statement[{index}]", statement, "an object")
    return found


def public_statements(policy: Mapping[str, Any] | None) -> tuple[PublicStatement, ...]:
    """The statements that make `policy` public; a single one does. A Deny neither adds to them nor takes one away."""
    return tuple(
        PublicStatement(index, statement.get("Sid"), statement, reason)
        for index, statement in enumerate(statements_of(policy))
        if (reason := _reason(statement))
    )


def without_public_statements(policy: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """`policy` without its public part, all else as it is; None where no statement is left.

    A statement that names fixed principals beside public ones keeps the fixed ones.
    """
    left = [rest for statement in statements_of(policy) if (rest := _without_public(statement)) is not None]
    return {**policy, "Statement": left} if left else None


def _without_public(statement: Statement) -> Statement | None:
    if not _reason(statement):
        return statement
    principal = without_public(statement.get("Principal"))
    return None if principal is None else {**statement, "Principal": principal}


def _reason(statement: Statement) -> str | None:
    """Why `statement` is public; None where it is not."""
    admitted = _admitted(statement)
    failed = weaknesses(clauses_of(statement.get("Condition")))
    if statement.get("Effect") != "Allow" or not admitted or failed is None:
        return None
    return f"admits {admitted}" + (f", and {'; '.join(failed)}" if failed else "")


def _admitted(statement: Statement) -> str | None:
    """Whom of the public `statement` names; None where it names nobody but fixed principals."""
    if "NotPrincipal" in statement:
        return "all but its NotPrincipal"
    return ", ".join(public_principals(statement.get("Principal", ()))) or None
