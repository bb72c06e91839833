"""Exemptions: what may stay although it violates a rule, who granted that, why, and until when."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from chalicelib.errors import BadInput
from chalicelib.exemptions.scopes import Scope, StoredScope, WholeResource, scope_from_json
from chalicelib.json_values import a_text, an_object
from chalicelib.resources import Resource

LONGEST = timedelta(days=366)
"""A year, including a leap year: the longest exemption. One that is still needed has to be granted again."""
TAG = "dd-aws:exempt-until"


@dataclass(frozen=True)
class Exemption:
    """One exemption of one resource.

    Attributes
    ----------
    resource : str
        ``<account>/<region>/<type>/<id>``.
    violation_type : str
        The violation type that it exempts; empty, with `WholeResource`: all types.
    until : datetime or None
        When it ends, UTC; None, for an exemption that is not stored: never.
    """

    resource: str
    violation_type: str
    scope: Scope
    owner: str
    reason: str
    granted_at: datetime
    until: datetime | None

    @property
    def exemption_id(self) -> str:
        """Equal for equal resource, violation type and scope, so that granting it again extends it."""
        what = json.dumps([self.resource, self.violation_type, self.scope.key])
        return "x-" + hashlib.sha256(what.encode()).hexdigest()[:12]

    def __str__(self) -> str:
        """The exemption in an annotation: ``exempt until 2027-01-31: OPS-7, partner moves (alice)``."""
        end = f"until {self.until:%Y-%m-%d}" if self.until else "without end"
        return f"exempt {end}: {self.reason} ({self.owner})"

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at `now`."""
        return self.until is None or now < self.until

    def is_about(self, resource: Resource) -> bool:
        """Whether it exempts `resource`."""
        return self.resource == resource_key(resource)

    def to_json(self) -> dict[str, Any]:
        """The exemption as it is stored. One without an end is not stored."""
        if isinstance(self.scope, WholeResource) or self.until is None:
            raise BadInput("scope", str(self.scope), "a scope as narrow as a violation, with an end")
        return {
            "id": self.exemption_id,
            "resource": self.resource,
            "violationType": self.violation_type,
            "scope": self.scope.to_json(),
            "owner": self.owner,
            "reason": self.reason,
            "grantedAt": as_text(self.granted_at),
            "until": as_text(self.until),
        }

    @classmethod
    def from_json(cls, raw: object, where: str = "exemption") -> Self:
        """Read a stored exemption; BadInput names the field and the invalid value."""
        data = an_object(raw, where)
        granted_at, until = (instant(a_text(data, key, where), f"{where}.{key}") for key in ("grantedAt", "until"))
        if until > granted_at + LONGEST:
            raise BadInput(f"{where}.until", data["until"], f"at most a year from {as_text(granted_at)}")
        return cls(
            resource=a_text(data, "resource", where),
            violation_type=a_text(data, "violationType", where),
            scope=scope_from_json(data.get("scope"), f"{where}.scope"),
            owner=a_text(data, "owner", where),
            reason=a_text(data, "reason", where),
            granted_at=granted_at,
            until=until,
        )


def granted(
    resource: Resource,
    violating: Iterable[tuple[str, StoredScope]],
    owner: str,
    reason: str,
    until: datetime,
    now: datetime,
) -> tuple[Exemption, ...]:
    """Exemptions that cover exactly what violates a rule on `resource`, as `Rule.scopes` gives it.

    Raises
    ------
    BadInput
        There is no owner or no reason, or `until` is past or more than a year ahead.
    """
    for field, text in (("owner", owner), ("reason", reason)):
        if not text.strip():
            raise BadInput(field, text, "a text that is not blank")
    if not now < until <= now + LONGEST:
        raise BadInput("until", as_text(until), f"a time after {as_text(now)}, and at most a year later")
    key = resource_key(resource)
    now = now.replace(microsecond=0)
    return tuple(
        Exemption(key, violation_type, scope, owner.strip(), reason.strip(), now, until)
        for violation_type, scope in dict.fromkeys(violating)
    )


def in_force(exemptions: Iterable[Exemption], now: datetime) -> tuple[Exemption, ...]:
    """The exemptions that are in force at `now`."""
    return tuple(each for each in exemptions if each.holds(now))


def tag_exemption(resource: Resource, now: datetime) -> tuple[Exemption, ...]:
    """The exemption by the tag ``dd-aws:exempt-until``: a date or a time, at most a year from `now`; else none."""
    try:
        until = instant((resource.tags or {}).get(TAG, ""), TAG)
    except BadInput:
        return ()
    exemption = Exemption(resource_key(resource), "", WholeResource(), "whoever tagged it", f"tag {TAG}", now, until)
    return (exemption,) if now < until <= now + LONGEST else ()


def standing_exemption(resource: Resource, reason: str) -> Exemption:
    """An exemption of the whole `resource` without an end, set by a rule parameter."""
    start = datetime.min.replace(tzinfo=UTC)
    return Exemption(resource_key(resource), "", WholeResource(), "whoever sets the rule up", reason, start, None)


def resource_key(resource: Resource) -> str:
    """The key of a resource's exemptions: ``<account>/<region>/<type>/<id>``."""
    return f"{resource.account_id}/{resource.region}/{resource.resource_type}/{resource.resource_id}"


def instant(text: str, where: str) -> datetime:
    """An ISO 8601 date or time in UTC; a date means its first moment. BadInput if it is neither."""
    try:
        when = datetime.fromisoformat(text).replace(microsecond=0)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(where, text, "a date or time such as 2027-01-31 or 2027-01-31T12:00:00Z") from error


def as_text(when: datetime) -> str:
    """ISO 8601, UTC, to the second. Such strings sort like the times."""
    return when.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
