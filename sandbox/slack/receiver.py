"""The webhook's server."""

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from sandbox.slack import posts
from sandbox.slack.blocks import complaints, unescaped

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WEBHOOK = "/services/T00000000/B00000000/sandbox"
POSTS = "/posts"
TROUBLE = "/trouble"


@dataclass(frozen=True)
class Answer:
    """What Slack answers, and the reason, which Slack keeps to itself."""

    status: int
    text: str
    reason: str = ""


@dataclass
class Trouble:
    """What the next `posts` posts get, whatever they are: ``429`` (with ``Retry-After``) or ``500``."""

    posts: int
    status: int
    retry_after: int = 1

    def answer(self) -> Answer:
        return Answer(self.status, "rate_limited" if self.status == 429 else "rollup_error", "told to")


class Receiver:
    """A WSGI application: the webhook, ``GET /posts``, and ``POST /trouble`` to make it fail."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._trouble = Trouble(posts=0, status=500)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        match request.method, request.path:
            case "POST", path if path == WEBHOOK:
                return self._post(request)
            case "GET", path if path == POSTS:
                return _json([asdict(post) for post in posts.read(self._record)])
            case "POST", path if path == TROUBLE:
                self._trouble = Trouble(**json.loads(request.get_data()))
                return _json({})
        return Response("no_service", 404)

    def _post(self, request: Request) -> Response:
        body = request.get_data(as_text=True)
        with self._lock:
            answer, headers = self._answer(request.mimetype, body)
            at = datetime.now(UTC).isoformat()
            posts.append(self._record, posts.Post(at, answer.status, answer.text, answer.reason, _parsed(body)))
        return Response(answer.text, answer.status, headers)

    def _answer(self, mimetype: str, body: str) -> tuple[Answer, dict[str, str]]:
        trouble = self._trouble
        if trouble.posts:
            trouble.posts -= 1
            return trouble.answer(), {"Retry-After": str(trouble.retry_after)} if trouble.status == 429 else {}
        return judged(mimetype, body), {}


def judged(mimetype: str, body: str) -> Answer:
    """Slack's answer to a post."""
    message = _parsed(body)
    if mimetype != "application/json" or not isinstance(message, dict):
        return Answer(
            400, "invalid_payload", f"expected a JSON object as application/json, got {mimetype}: {body:.100}"
        )
    text = message.get("text")
    if not isinstance(text, str) or not text:
        return Answer(400, "no_text", f"text: expected a text for notifications, got {text!r}")
    if character := unescaped(text):
        return Answer(400, "invalid_payload", f"text: {character} must be escaped in {text!r:.100}")
    if "blocks" in message and (wrong := list(complaints(message["blocks"]))):
        return Answer(400, "invalid_blocks", "; ".join(wrong))
    return Answer(200, "ok")


def _parsed(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _json(content: object) -> Response:
    return Response(json.dumps(content), content_type="application/json")
