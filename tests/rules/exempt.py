"""Exemptions for tests."""

from datetime import UTC, datetime, timedelta

from chalicelib.exemptions.exemptions import Exemption, granted
from chalicelib.exemptions.scopes import StoredScope
from chalicelib.resources import Resource

NOW = datetime(2026, 11, 24, tzinfo=UTC)
IN_A_MONTH = NOW + timedelta(days=30)


def exemptions(resource: Resource, violation_type: str, *scopes: StoredScope) -> tuple[Exemption, ...]:
    """Alice's exemptions of `resource`, for a month."""
    violations = [(violation_type, scope) for scope in scopes]
    return granted(resource, violations, "alice", "OPS-7, partner moves", IN_A_MONTH, NOW)
