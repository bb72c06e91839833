"""What a signed request says about itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    besides : tuple of (str, str)
        Further actions on resources that IAM decides on, where a request asks for more than one thing.
    """

    name: str
    action: str
    resource: str = "*"
    besides: tuple[tuple[str, str], ...] = ()

    def asked(self) -> Iterator[Self]:
        """The operation once for each thing that IAM decides on."""
        for action, resource in ((self.action, self.resource), *self.besides):
            yield replace(self, action=action, resource=resource, besides=())


@dataclass(frozen=True)
class Refusal:
    """IAM's no: who is not ``authenticated`` is not who the request says; who is, lacks the permission."""

    authenticated: bool
    code: str
    message: str
