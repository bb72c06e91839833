"""CloudTrail events in CloudTrail's format: who made which call, from where, and with which program."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from chalicelib.errors import BadInput
from chalicelib.json_values import a_text, an_object


@dataclass(frozen=True)
class TrailEvent:
    """One event that CloudTrail recorded.

    Attributes
    ----------
    source : str
        The service that was called: ``ec2.amazonaws.com``.
    identity, parameters, response : Mapping
        ``userIdentity``, ``requestParameters`` and ``responseElements``; empty if absent.
    address, user_agent : str
        ``sourceIPAddress`` and ``userAgent``, as the caller's program sent them.
    error : str
        AWS's error code; empty: the call was carried out.
    """

    event_id: str
    name: str
    source: str
    at: datetime
    identity: Mapping[str, Any]
    parameters: Mapping[str, Any]
    response: Mapping[str, Any]
    address: str
    user_agent: str
    error: str
    is_read_only: bool

    @classmethod
    def from_json(cls, raw: object, where: str = "event") -> Self:
        """Read the JSON of an event; BadInput if it is not an event. Fields that AWS omits are empty."""
        data = an_object(raw, where)
        return cls(
            event_id=a_text(data, "eventID", where),
            name=a_text(data, "eventName", where),
            source=a_text(data, "eventSource", where),
            at=_time(a_text(data, "eventTime", where), f"{where}.eventTime"),
            identity=member(data, "userIdentity"),
            parameters=member(data, "requestParameters"),
            response=member(data, "responseElements"),
            address=text(data, "sourceIPAddress"),
            user_agent=text(data, "userAgent"),
            error=text(data, "errorCode"),
            is_read_only=data.get("readOnly") in (True, "true"),
        )

    @property
    def issuer(self) -> Mapping[str, Any]:
        """The role of a session; empty if there is none."""
        return member(self.identity, "sessionContext", "sessionIssuer")

    @property
    def who(self) -> str:
        """The caller's ARN, or the AWS service that called; otherwise any name that CloudTrail has."""
        named = (text(self.identity, key) for key in ("arn", "invokedBy", "userName", "principalId", "accountId"))
        return next((each for each in named if each), "unknown")

    @property
    def described(self) -> str:
        """The kind of caller, in words."""
        kind, through = text(self.identity, "type"), text(self.identity, "invokedBy")
        session = self.who.rpartition("/")[2]
        words = {
            "Root": "the account's root user",
            "IAMUser": f"IAM user {text(self.identity, 'userName') or session}",
            "AssumedRole": f"session {session} of role {text(self.issuer, 'arn') or text(self.issuer, 'userName')}",
            "AWSService": "an AWS service",
        }
        return words.get(kind, kind or "unknown") + (f", through {through}" if through and through != self.who else "")


def member(data: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The object at the end of a path; empty if there is none."""
    found: Any = data
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def members(raw: object) -> list[Mapping[str, Any]]:
    """The objects in a list, in ``{"items": [...]}``, or a single object."""
    if isinstance(raw, Mapping):
        raw = raw.get("items", [raw] if raw else [])
    return [each for each in raw if isinstance(each, Mapping)] if isinstance(raw, list) else []


def text(data: Mapping[str, Any], key: str) -> str:
    """The string at a key; empty if there is none."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _time(value: str, where: str) -> datetime:
    try:
        when = datetime.fromisoformat(value)
    except ValueError as error:
        raise BadInput(where, value, "a time, ISO 8601") from error
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
