"""S3 Control, as far as it goes here: Block Public Access of the whole account."""

from collections.abc import Mapping
from html import escape
from uuid import uuid4
from xml.etree import ElementTree

from werkzeug import Request, Response

from sandbox.environment import ACCOUNT_ID
from sandbox.front.signed import Operation, Refusal

NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"
PATH = "/v20180820/configuration/publicAccessBlock"
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
OPERATIONS = {
    "GET": Operation("GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
    "PUT": Operation("PutPublicAccessBlock", "s3:PutAccountPublicAccessBlock"),
    "DELETE": Operation("DeletePublicAccessBlock", "s3:PutAccountPublicAccessBlock"),
}
"""Source: Service Authorization Reference, Amazon S3. None of these actions has a resource."""


class S3Control:
    """Keeps the account's configuration, and does not enforce it: the emulator's S3 knows only that of buckets."""

    scope = "s3"

    def __init__(self) -> None:
        self._configuration: Mapping[str, bool] | None = None

    def operation(self, request: Request, region: str) -> Operation:
        del region
        known = OPERATIONS.get(request.method) if request.path == PATH else None
        return known or Operation("", f"s3:{request.method} {request.path}")

    def answer(self, request: Request, operation: Operation, caller: str) -> Response:
        del caller
        if request.headers.get("x-amz-account-id") != ACCOUNT_ID:
            return _error(403, "AccessDenied", "Access Denied")
        match operation.name:
            case "GetPublicAccessBlock":
                return self._get()
            case "PutPublicAccessBlock":
                self._configuration = _parsed(request.get_data())
                return Response(status=200)
            case "DeletePublicAccessBlock":
                self._configuration = None
                return Response(status=204)
        return _error(501, "NotImplemented", f"The sandbox has no {request.method} {request.path}")

    def refusal(self, refusal: Refusal) -> Response:
        code = "AccessDenied" if refusal.authenticated else "InvalidAccessKeyId"
        return _error(403, code, refusal.message)

    def _get(self) -> Response:
        if self._configuration is None:
            code = "NoSuchPublicAccessBlockConfiguration"
            return _error(404, code, "The public access block configuration was not found")
        settings = "".join(f"<{name}>{str(on).lower()}</{name}>" for name, on in self._configuration.items())
        body = f'<PublicAccessBlockConfiguration xmlns="{NAMESPACE}">{settings}</PublicAccessBlockConfiguration>'
        return Response(body, content_type="application/xml")


def _parsed(body: bytes) -> Mapping[str, bool]:
    """The four settings; what is left out is off."""
    root = ElementTree.fromstring(body)  # noqa: S314 - from this machine's own clients
    return {name: root.findtext(f"{{{NAMESPACE}}}{name}", "false") == "true" for name in SETTINGS}


def _error(status: int, code: str, message: str) -> Response:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    body = f'<ErrorResponse xmlns="{NAMESPACE}">{error}<RequestId>{uuid4()}</RequestId></ErrorResponse>'
    return Response(body, status, content_type="application/xml")
