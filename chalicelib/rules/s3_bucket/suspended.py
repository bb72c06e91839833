"""Whom RestrictPublicBuckets blocks in addition to the public: all other accounts, as long as the policy is public."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.exposure.deleted_principals import is_deleted
from chalicelib.exposure.policies import Policy, name_of, private_statements
from chalicelib.exposure.principals import is_public, named
from chalicelib.repeated_keys import readings


@dataclass(frozen=True)
class Suspension:
    """A statement, or its fixed part, that has no effect for `principals` while RestrictPublicBuckets is on."""

    statement: str
    principals: tuple[str, ...]


def suspensions(policy: Policy, account_id: str, owner_id: str | None) -> tuple[Suspension, ...]:
    """The grants that RestrictPublicBuckets suspends: to all but AWS services and the bucket's own account.

    Parameters
    ----------
    account_id, owner_id
        The bucket's account: its account ID and its canonical user ID.
    """
    own = {account_id, owner_id}
    found = (
        Suspension(name_of(index, statement.get("Sid")), outsiders)
        for index, whole in private_statements(policy)
        for statement in readings(whole) or [whole]
        if isinstance(statement, Mapping) and str(statement.get("Effect")).lower() == "allow"
        if (outsiders := tuple(dict.fromkeys(_outsiders(statement, own))))
    )
    return tuple(dict.fromkeys(found))


def _outsiders(statement: Mapping[str, Any], own: set[str | None]) -> Iterator[str]:
    if "NotPrincipal" in statement:
        yield "everyone else whom its conditions admit"
        return
    for kind, value in named(statement.get("Principal")):
        if is_public(kind, value):
            yield "everyone whom its conditions admit"
        elif kind != "Service" and not is_deleted(kind, value) and _account(value) not in own:
            yield value


def _account(value: str) -> str:
    """The account of an ARN; any other value is an account ID."""
    return value.split(":")[4] if value.startswith("arn:") and value.count(":") >= 5 else value
