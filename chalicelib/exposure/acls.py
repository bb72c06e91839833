"""Which grants of an ACL give the public access."""

from collections.abc import Iterable, Mapping
from typing import Any

Grant = Mapping[str, Any]

PUBLIC_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "AuthenticatedUsers",
}


def is_public(grant: Grant) -> bool:
    """True for any permission granted to everyone or to everyone with an AWS account. Only the group's URI decides."""
    return (grant.get("Grantee") or {}).get("URI") in PUBLIC_GROUPS


def public_grants(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    return tuple(grant for grant in grants if is_public(grant))


def line(grant: Grant) -> str:
    """A grant as text, such as ``READ to AllUsers``."""
    grantee = grant.get("Grantee") or {}
    whom = grantee.get("URI") or grantee.get("ID") or grantee.get("EmailAddress") or "nobody"
    return f"{grant.get('Permission')} to {PUBLIC_GROUPS.get(whom, whom)}"
