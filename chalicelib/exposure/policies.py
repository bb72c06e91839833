"""Which statements of a bucket policy let the public in, and what the policy is without them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.exposure.conditions import clauses_of, weaknesses
from chalicelib.exposure.principals import public_principals, without_public

Policy = Mapping[str, Any]


@dataclass(frozen=True)
class PublicStatement:
    """A statement that makes its policy public.

    Attributes
    ----------
    index : int
        Where it stands in the policy, from 0.
    sid : str or None
        Its ``Sid``.
    reason : str
        Which element of it lets the public in, and why its conditions do not keep the public out.
    """

    index: int
    sid: str | None
    reason: str

    @property
    def name(self) -> str:
        return name_of(self.index, self.sid)


def name_of(index: int, sid: str | None) -> str:
    """What people call a statement: by its ``Sid``, or by its place."""
    return f'statement "{sid}"' if sid else f"statement {index + 1}"


def statements_of(policy: Policy | None) -> tuple[Any, ...]:
    """The statements of a policy, which may hold a list, a single one, or none."""
    some = (policy or {}).get("Statement") or ()
    return tuple(some) if isinstance(some, list | tuple) else (some,)


def public_statements(policy: Policy | None) -> tuple[PublicStatement, ...]:
    """The statements that make `policy` public; a single one does. A Deny neither adds to them nor takes one away."""
    return tuple(
        PublicStatement(index, statement.get("Sid"), reason)
        for index, statement in enumerate(statements_of(policy))
        if (reason := _reason(statement))
    )


def private_statements(policy: Policy, spared: Collection[int] = ()) -> tuple[tuple[int, Any], ...]:
    """What is left of each statement without its public part, and the index that the statement has in `policy`.

    Those whose index is in `spared` are left whole.
    """
    left = (
        (index, statement if index in spared else _private_part(statement))
        for index, statement in enumerate(statements_of(policy))
    )
    return tuple((index, statement) for index, statement in left if statement is not None)


def with_statements(policy: Policy, statements: Sequence[Any]) -> Policy | None:
    """`policy` with these statements in the form of its own, a list or a single one; None where there is none."""
    if not statements:
        return None
    return {**policy, "Statement": list(statements) if isinstance(policy["Statement"], list | tuple) else statements[0]}


def _private_part(statement: Any) -> Any:
    if not _reason(statement):
        return statement
    principal = None if "NotPrincipal" in statement else without_public(statement.get("Principal"))
    return None if principal is None else {**statement, "Principal": principal}


def _reason(statement: Any) -> str | None:
    """Why `statement` is public; None where it is not. What is no object grants nothing."""
    if not isinstance(statement, Mapping) or str(statement.get("Effect")).lower() != "allow":
        return None
    admitted = _admitted(statement)
    failed = weaknesses(clauses_of(statement.get("Condition")))
    return "; ".join((admitted, *failed)) if admitted and failed is not None else None


def _admitted(statement: Mapping[str, Any]) -> str | None:
    """Whom of the public `statement` names, and by which element; None where it names none but fixed principals."""
    if "NotPrincipal" in statement:
        return "NotPrincipal admits everyone else"
    public = public_principals(statement.get("Principal"))
    return f"Principal admits {', '.join(public)}" if public else None
