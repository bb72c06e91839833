"""IAM for services that live elsewhere: may the signer of this request do this?

The request is handed over as it arrived, so that its signature, session token, role policies, boundary and session
policies are judged exactly as those of the emulator's own services.
"""

import base64
import importlib
import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs

from sandbox.emulator.asgi import Application, Receive, Scope, Send, read_body, send_json
from sandbox.emulator.decisions import caller_of

PATH = "/_sandbox/authorize"


@dataclass(frozen=True)
class Question:
    """A signed request, and what it asks for.

    Attributes
    ----------
    access_key, region, service : str
        From the signature's credential scope.
    action, resource : str
        As policies name them.
    context : dict of str
        The service's own condition keys, and their values.
    method, path, query : str
        The request line, in its parts, as sent.
    headers : list of (name, value)
        The request's headers, all of them.
    body : bytes
        The request's body.
    """

    access_key: str
    region: str
    service: str
    action: str
    resource: str
    context: dict[str, str]
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes

    def to_json(self) -> str:
        return json.dumps({**vars(self), "body": base64.b64encode(self.body).decode()})

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        data = json.loads(text)
        return cls(**{**data, "body": base64.b64decode(data["body"])})


class Authorizer:
    """Answers questions on one path, and leaves all others to the application behind it."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        await send_json(send, 200, judge(Question.from_json(await read_body(receive))))


def judge(question: Question) -> dict[str, Any]:
    """IAM's answer.

    Returns
    -------
    dict
        ``caller`` (an ARN, None for an unknown key) and ``refusal``: None, or ``authenticated`` (whether the caller
        is who the request says), ``code`` and ``message``.
    """
    evaluator = importlib.import_module("ministack.core.iam_evaluator")
    importlib.import_module("ministack.core.responses").set_request_region(question.region)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in question.headers]
    query = parse_qs(question.query, keep_blank_values=True)
    evaluator.pin_signed_request(question.method, question.path, query, headers)
    evaluator.pin_signed_body(question.body)
    refusal = evaluator.enforce(
        question.access_key,
        question.action,
        question.service,
        question.region,
        resource_arn=question.resource,
        service_context=question.context,
    )
    return {"caller": caller_of(question.access_key), "refusal": refusal and _explained(question, refusal)}


def _explained(question: Question, refusal: Any) -> dict[str, Any]:
    evaluator = importlib.import_module("ministack.core.iam_evaluator")
    if isinstance(refusal, evaluator.AuthError):
        return {"authenticated": False, "code": refusal.code, "message": refusal.message}
    explain = importlib.import_module("ministack.core.iam_actions").identity_denial_message
    message = explain(question.action, refusal.principal_arn, question.resource, refusal.decision == "Deny")
    return {"authenticated": True, "code": "AccessDenied", "message": message}
