"""AWS Config's JSON protocol, in front of the sandbox's own AWS Config."""

import json
from typing import Any, Protocol

from werkzeug import Request, Response

from sandbox.awsconfig import ConfigError
from sandbox.environment import ACCOUNT_ID
from sandbox.front.signed import Operation, Refusal

PREFIX = "StarlingDoveService."


class ConfigService(Protocol):
    """AWS Config itself: an operation's input in, its output out, ConfigError where AWS answers with an error."""

    def handle(self, action: str, request: dict[str, Any], caller_arn: str) -> dict[str, Any]: ...


class Config:
    """Authorized on the rule that a request is about, and on ``*`` where it is about none."""

    scope = "config"

    def __init__(self, service: ConfigService) -> None:
        self._service = service

    def operation(self, request: Request, region: str) -> Operation:
        name = request.headers.get("X-Amz-Target", "").removeprefix(PREFIX)
        rule = json.loads(request.get_data() or b"{}").get("ConfigRuleName")
        resource = f"arn:aws:config:{region}:{ACCOUNT_ID}:config-rule/{rule}" if rule else "*"
        return Operation(name, f"config:{name}", resource)

    def answer(self, request: Request, operation: Operation, caller: str) -> Response:
        try:
            return _json(self._service.handle(operation.name, json.loads(request.get_data() or b"{}"), caller))
        except ConfigError as error:
            return _json({"__type": error.code, "message": error.message}, error.status)

    def refusal(self, refusal: Refusal) -> Response:
        code = "AccessDeniedException" if refusal.authenticated else "UnrecognizedClientException"
        return _json({"__type": code, "message": refusal.message}, 400)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/x-amz-json-1.1")
