"""Refuses Lambda configurations for which the function's role lacks a permission."""

import json
import re
from pathlib import Path

from sandbox.emulator.asgi import Application, Receive, Scope, Send, read_body, replayed, send_json
from sandbox.emulator.roles import may, role_of

MAPPINGS = re.compile(r"/2015-03-31/event-source-mappings/?")
DESTINATIONS = re.compile(r"/2019-09-25/functions/(?P<function>.+)/event-invoke-config")

TO_READ_A_QUEUE = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
TO_SEND_TO_A_QUEUE = ("SendMessage",)
"""Source: AWS Lambda Developer Guide, on Amazon SQS as an event source and on asynchronous invocation."""


class LambdaGuard:
    """Checks the role where a queue becomes an event source or a destination; passes everything on otherwise."""

    def __init__(self, app: Application, record: Path) -> None:
        self._app = app
        self._record = record

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _configures(scope):
            await self._app(scope, receive, send)
            return
        body = await read_body(receive)
        lacking = self._lacking(*_uses(scope, body))
        if lacking is None:
            await self._app(scope, replayed(body, receive), send)
            return
        message = f"The provided execution role does not have permissions to call {lacking} on SQS"
        refused = (("x-amzn-errortype", "InvalidParameterValueException"),)
        await send_json(send, 400, {"Type": "User", "message": message}, refused)

    def _lacking(self, function: str, queue: str, actions: tuple[str, ...]) -> str | None:
        """The first of the actions that the function's role may not do with the queue."""
        role = role_of(function)
        if role is None or not queue.startswith("arn:aws:sqs:"):
            return None
        return next((action for action in actions if not may(self._record, role, f"sqs:{action}", queue)), None)


def _configures(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    method, path = scope["method"], scope["path"]
    return bool(
        (method == "POST" and MAPPINGS.fullmatch(path)) or (method in ("PUT", "POST") and DESTINATIONS.fullmatch(path))
    )


def _uses(scope: Scope, body: bytes) -> tuple[str, str, tuple[str, ...]]:
    """The function, the queue, and what will be done with it."""
    request = json.loads(body)
    if found := DESTINATIONS.fullmatch(scope["path"]):
        queue = request.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
        return found["function"], queue, TO_SEND_TO_A_QUEUE
    return request["FunctionName"], request.get("EventSourceArn", ""), TO_READ_A_QUEUE
