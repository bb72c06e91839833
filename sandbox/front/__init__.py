"""One HTTP front for the services that the emulator does not offer, with IAM enforced."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from werkzeug import Request, Response

from sandbox.front.iam import Iam
from sandbox.front.signed import Credential, Operation, Refusal
from sandbox.front.trail import FrontTrail

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Service(Protocol):
    """A service behind the front, known by the name in the credential scope of the requests that are meant for it."""

    scope: str

    def operation(self, request: Request, region: str) -> Operation: ...

    def answer(self, request: Request, operation: Operation, caller: str) -> Response: ...

    def refusal(self, refusal: Refusal) -> Response: ...


class Front:
    """Tells services apart by the signature's scope, asks IAM, answers in the service's own way, and writes it down."""

    def __init__(self, iam: Iam, trail: FrontTrail, *services: Service) -> None:
        self._iam = iam
        self._trail = trail
        self._services = {service.scope: service for service in services}

    def add(self, service: Service) -> None:
        """Serve one more, such as one that itself calls services behind this front."""
        self._services[service.scope] = service

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self.respond(Request(environ))(environ, start_response)

    def respond(self, request: Request) -> Response:
        """Answer one request."""
        credential = Credential.of(request)
        service = self._services.get(credential.service) if credential else None
        if credential is None or service is None:
            return Response(f"The sandbox's front serves signed requests to {', '.join(sorted(self._services))}\n", 403)
        operation = service.operation(request, credential.region)
        for asked in (operation, *operation.additional):
            verdict = self._iam.judge(request, credential, asked)
            if verdict.refusal:
                break
        response = (
            service.refusal(verdict.refusal) if verdict.refusal else service.answer(request, operation, verdict.caller)
        )
        self._trail.note(request, credential, verdict.caller, response)
        return response


__all__ = ["Front", "Service"]
