"""Which principals of a policy statement are public, and which principals remain without them."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.exposure.fixed import is_fixed, names_an_account, texts_of


def public_principals(principal: object) -> tuple[str, ...]:
    """The public part of a ``Principal``, in words; empty if it names only fixed principals.

    Accounts, users, roles, sessions, canonical users, services, and identity providers of an account are fixed, and so
    not public. Anyone can sign up with any other identity provider. S3 presumes that a statement is public, so a
    statement without a principal is public.
    """
    everyone_named = named(principal)
    if not everyone_named:
        return ("everyone, because it names no principal",)
    return tuple(_in_words(kind, value) for kind, value in everyone_named if is_public(kind, value))


def without_public(principal: Any) -> Any:
    """`principal` in its own form without the public ones; None if no principal is left."""
    return without(principal, is_public)


def named(principal: object) -> tuple[tuple[str, str], ...]:
    """The principals that a ``Principal`` names: (kind, value), such as ``("AWS", "123456789012")``."""
    return tuple((kind, value) for kind, values in _by_kind(principal).items() for value in texts_of(values))


def is_public(kind: str, value: str) -> bool:
    """True for a principal that is not fixed, and for an identity provider that anyone can sign up with."""
    return not (names_an_account(value) if kind == "Federated" else is_fixed(value))


def without(principal: Any, is_unwanted: Callable[[str, str], bool]) -> Any:
    """`principal` in its own form without those whose (kind, value) is unwanted; None if no principal is left."""
    if isinstance(principal, Mapping):
        some = ((kind, _rest(kind, values, is_unwanted)) for kind, values in principal.items())
        return {kind: rest for kind, rest in some if rest is not None} or None
    return _rest("AWS", principal, is_unwanted)


def _by_kind(principal: object) -> Mapping[str, object]:
    if isinstance(principal, Mapping):
        return principal
    return {} if principal is None else {"AWS": principal}


def _rest(kind: str, values: Any, is_unwanted: Callable[[str, str], bool]) -> Any:
    if isinstance(values, list | tuple):
        return [value for value in values if not is_unwanted(kind, *texts_of(value))] or None
    return None if is_unwanted(kind, *texts_of(values)) else values


def _in_words(kind: str, value: str) -> str:
    if value == "*":
        return "everyone"
    return (
        f"every user of {value}" if kind == "Federated" and is_fixed(value) else f"every principal that matches {value}"
    )
