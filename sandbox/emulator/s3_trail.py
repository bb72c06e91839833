"""What S3 is asked to change about buckets, written down for CloudTrail."""

import re
from pathlib import Path

from sandbox import trail
from sandbox.emulator.asgi import Application, Message, Receive, Scope, Send, read_body, replayed
from sandbox.emulator.decisions import caller_of
from sandbox.trail import s3

SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/\s]+)/\d{8}/[^/]+/s3/aws4_request")


class S3Trail:
    """Writes down signed calls that change a bucket's settings, those that are refused included; passes on all."""

    def __init__(self, app: Application, events: Path) -> None:
        self._app = app
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _signed_by(scope)
        caller = caller_of(key) if key else None
        if not key or not caller:
            await self._app(scope, receive, send)
            return
        body = await read_body(receive)
        answer = _Answer(send)
        await self._app(scope, replayed(body, receive), answer)
        headers, (address, *_) = _headers(scope), scope.get("client") or ("",)
        seen = s3.seen(
            _request(scope),
            headers,
            body,
            (answer.status, answer.body),
            caller=caller,
            access_key=key,
            address=address,
            user_agent=f"[{headers.get('user-agent', '')}]",
        )
        trail.append(self._events, trail.event(seen))


class _Answer:
    """Passes an answer on, and remembers it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.body += bytes(message.get("body", b""))
        await self._send(message)


def _signed_by(scope: Scope) -> str:
    """The access key of a call that is to be written down; empty for all others."""
    if scope["type"] != "http" or not s3.name_of(*_request(scope)):
        return ""
    found = SIGNED.match(_headers(scope).get("authorization", ""))
    return found["key"] if found else ""


def _request(scope: Scope) -> tuple[str, str, str]:
    return scope["method"], scope["path"], scope["query_string"].decode("latin-1")


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
