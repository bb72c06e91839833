"""Which principals of a policy statement are the public, and what is left without them."""

from collections.abc import Mapping
from typing import Any

from chalicelib.exposure.fixed import is_fixed, names_an_account, texts_of


def public_principals(principal: object) -> tuple[str, ...]:
    """The principals that are the public, for people to read: ``*``, ``Federated graph.facebook.com``.

    Fixed, and so not public, are accounts, users, roles, sessions, canonical users, services, and identity providers
    that belong to an account. Everybody can sign up with any other identity provider.
    """
    if isinstance(principal, Mapping):
        return tuple(
            f"{kind} {value}" for kind, some in principal.items() for value in texts_of(some) if _is_public(kind, value)
        )
    return tuple(value for value in texts_of(principal) if _is_public("AWS", value))


def without_public(principal: Any) -> Any:
    """`principal` in its own form without the public ones; None where nobody is left."""
    if isinstance(principal, Mapping):
        left = {kind: rest for kind, some in principal.items() if (rest := _without_public(kind, some)) is not None}
        return left or None
    return _without_public("AWS", principal)


def _without_public(kind: str, values: Any) -> Any:
    if isinstance(values, list | tuple):
        return [value for value in values if not _is_public(kind, *texts_of(value))] or None
    return None if _is_public(kind, *texts_of(values)) else values


def _is_public(kind: str, value: str) -> bool:
    return not (names_an_account(value) if kind == "Federated" else is_fixed(value))
