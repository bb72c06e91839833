"""Refuses what AWS refuses for its size: event patterns, and templates that are sent inline.

Source: Amazon EventBridge quotas ("Event pattern size"), AWS CloudFormation quotas ("Template body size in a request").
"""

import json
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from sandbox.emulator.asgi import Application, Receive, Scope, Send, read_body, replayed, send_json

LONGEST_PATTERN = 2_048
LARGEST_TEMPLATE = 51_200


class SizeGuard:
    """Checks PutRule, and every operation of CloudFormation that takes a template; passes everything on otherwise."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        body = await read_body(receive)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if headers.get("x-amz-target") == "AWSEvents.PutRule" and _pattern_is_too_long(body):
            message = f"Event pattern is too long. It may have {LONGEST_PATTERN} characters at most."
            await send_json(send, 400, {"__type": "ValidationException", "message": message})
        elif size := _template_beyond_limit(headers, body):
            await _refuse_template(send, size)
        else:
            await self._app(scope, replayed(body, receive), send)


def _pattern_is_too_long(body: bytes) -> bool:
    return len(json.loads(body).get("EventPattern") or "") > LONGEST_PATTERN


def _template_beyond_limit(headers: dict[str, str], body: bytes) -> int:
    """The size in bytes of a template that is too large; 0 where there is none."""
    if "x-www-form-urlencoded" not in headers.get("content-type", "") or b"TemplateBody=" not in body:
        return 0
    template = parse_qs(body.decode()).get("TemplateBody", [""])[0]
    size = len(template.encode())
    return size if size > LARGEST_TEMPLATE else 0


async def _refuse_template(send: Send, size: int) -> None:
    message = (
        "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
        f"Member must have length less than or equal to {LARGEST_TEMPLATE} (it has {size})"
    )
    text = (
        '<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>'
        f"<Code>ValidationError</Code><Message>{escape(message)}</Message></Error>"
        "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    )
    start: dict[str, Any] = {"type": "http.response.start", "status": 400, "headers": [(b"content-type", b"text/xml")]}
    await send(start)
    await send({"type": "http.response.body", "body": text.encode()})
