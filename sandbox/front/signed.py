"""What a signed request says about itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from werkzeug import Request

CREDENTIAL = re.compile(
    r"^AWS4-HMAC-SHA256 Credential=(?P<key>[^/\s]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
)


@dataclass(frozen=True)
class Credential:
    """The credential scope of a Signature Version 4 header."""

    access_key: str
    region: str
    service: str

    @classmethod
    def of(cls, request: Request) -> Self | None:
        """The credential that the request names; None where it is not signed."""
        found = CREDENTIAL.match(request.headers.get("Authorization", ""))
        return cls(found["key"], found["region"], found["service"]) if found else None


@dataclass(frozen=True)
class Operation:
    """What a request asks for.

    Attributes
    ----------
    name : str
        The API's name of the operation, for the service behind the front: ``PutEvaluations``.
    action, resource : str
        What IAM decides on: ``config:PutEvaluations``, ``*``.
    context : Mapping
        The service's own condition keys, and their values.
    additional : tuple of Operation
        Further operations that IAM decides on for the same request.
    """

    name: str
    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)
    additional: tuple["Operation", ...] = ()


@dataclass(frozen=True)
class Refusal:
    """IAM's refusal: the caller is not ``authenticated``, or lacks the permission."""

    authenticated: bool
    code: str
    message: str
