"""The channel's server."""

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from sandbox.slack import posts, web_api
from sandbox.slack.answers import Answer, judged, parsed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WEBHOOK = "/services/T00000000/B00000000/sandbox"
WEB_API = "/api/"
POSTS = "/posts"
TROUBLE = "/trouble"


@dataclass
class Trouble:
    """What the next `posts` posts get, whatever they are: ``429`` (with ``Retry-After``) or ``500``."""

    posts: int
    status: int
    retry_after: int = 1

    def answer(self) -> Answer | None:
        """The next post's answer; None: there is no trouble any more."""
        if not self.posts:
            return None
        self.posts -= 1
        if self.status == 429:
            return Answer(429, "rate_limited", "told to", {"Retry-After": str(self.retry_after)})
        return Answer(self.status, "rollup_error", "told to")


class Receiver:
    """A WSGI application: the webhook, the Web API, ``GET /posts``, and ``POST /trouble`` to make it fail."""

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
            case "POST", path if path in (WEB_API + web_api.POST, WEB_API + web_api.UPDATE):
                return self._post_message(request)
            case "GET", path if path == POSTS:
                return _json([asdict(post) for post in posts.read(self._record)])
            case "POST", path if path == TROUBLE:
                self._trouble = Trouble(**json.loads(request.get_data()))
                return _json({})
        return Response("no_service", 404)

    def _post(self, request: Request) -> Response:
        with self._lock:
            answer = self._trouble.answer() or judged(request.mimetype, request.get_data(as_text=True))
            self._keep(request, answer)
        return Response(answer.text, answer.status, answer.headers)

    def _post_message(self, request: Request) -> Response:
        with self._lock:
            known = {post.ts for post in posts.read(self._record) if post.ts and post.thread == post.ts}
            answer = self._trouble.answer() or web_api.judged(request, known)
            updated = request.path.endswith(web_api.UPDATE) and json.loads(request.get_data())["ts"]
            ts = (updated or web_api.next_ts(known)) if answer.text == posts.TAKEN else ""
            self._keep(request, answer, ts)
        return web_api.response(answer, ts)

    def _keep(self, request: Request, answer: Answer, ts: str = "") -> str:
        at, payload = datetime.now(UTC).isoformat(), parsed(request.get_data(as_text=True))
        posts.append(self._record, posts.Post(at, answer.status, answer.text, answer.reason, payload, ts))
        return ts


def _json(content: object) -> Response:
    return Response(json.dumps(content), content_type="application/json")
