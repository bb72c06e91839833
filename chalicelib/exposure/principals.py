"""Which principals of a policy statement are the public, and who is left without them."""

from collections.abc import Mapping
from typing import Any

from chalicelib.exposure.fixed import is_fixed, names_an_account, texts_of


def public_principals(principal: object) -> tuple[str, ...]:
    """The part of a ``Principal`` that is the public, in words; empty where it names none but fixed principals.

    Fixed, and so not public, are accounts, users, roles, sessions, canonical users, services, and identity providers
    that belong to an account. Everybody can sign up with any other identity provider. S3 presumes that a statement is
    public, so one that names no principal is.
    """
    named = [(kind, value) for kind, values in _by_kind(principal).items() for value in texts_of(values)]
    if not named:
        return ("everyone, as it names nobody",)
    return tuple(_in_words(kind, value) for kind, value in named if _is_public(kind, value))


def without_public(principal: Any) -> Any:
    """`principal` in its own form without the public ones; None where nobody is left."""
    if isinstance(principal, Mapping):
        left = {kind: rest for kind, some in principal.items() if (rest := _without_public(kind, some)) is not None}
        return left or None
    return _without_public("AWS", principal)


def _by_kind(principal: object) -> Mapping[str, object]:
    if isinstance(principal, Mapping):
        return principal
    return {} if principal is None else {"AWS": principal}


def _without_public(kind: str, values: Any) -> Any:
    if isinstance(values, list | tuple):
        return [value for value in values if not _is_public(kind, *texts_of(value))] or None
    return None if _is_public(kind, *texts_of(values)) else values


def _is_public(kind: str, value: str) -> bool:
    return not (names_an_account(value) if kind == "Federated" else is_fixed(value))


def _in_words(kind: str, value: str) -> str:
    if value == "*":
        return "everyone"
    return f"every user of {value}" if kind == "Federated" and is_fixed(value) else f"whoever matches {value}"
