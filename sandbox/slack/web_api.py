"""Slack's Web API, as far as a bot needs it that posts to one channel.

Source: Slack's reference of ``chat.postMessage`` and ``chat.update``. Slack accepts a reply to a message that
does not exist, and shows it nowhere; here it is refused.
"""

import json
import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from werkzeug import Request, Response

from sandbox.slack import answers
from sandbox.slack.answers import Answer, parsed
from sandbox.slack.posts import TAKEN

POST, UPDATE = "chat.postMessage", "chat.update"
TOKEN = "xoxb-sandbox"  # noqa: S105 - it opens this channel alone
CHANNEL = "C0SANDBOX01"


def judged(request: Request, known: Collection[str]) -> Answer:
    """The answer to a call; `known` has the ``ts`` of each message that begins a thread, or can be updated."""
    authorization = request.headers.get("Authorization", "")
    if not authorization.startswith("Bearer "):
        return Answer(200, "not_authed", "expected a header Authorization: Bearer <token>")
    if authorization != f"Bearer {TOKEN}":
        return Answer(200, "invalid_auth", "this is not the bot's token")
    body = request.get_data(as_text=True)
    answer = answers.judged(request.mimetype, body)
    if answer.text == TAKEN:
        return _placed(parsed(body), known)
    return replace(answer, status=200, text=answer.text.replace("invalid_payload", "invalid_arguments"))


def _placed(message: Any, known: Collection[str]) -> Answer:
    if message.get("channel") != CHANNEL:
        return Answer(200, "channel_not_found", f"channel: expected {CHANNEL}, got {message.get('channel')!r}")
    if "ts" in message and message["ts"] not in known:
        return Answer(200, "message_not_found", f"ts: there is no message {message['ts']!r}")
    if "thread_ts" in message and message["thread_ts"] not in known:
        return Answer(200, "thread_not_found", f"thread_ts: no message begins a thread at {message['thread_ts']!r}")
    return Answer(200, TAKEN)


def next_ts(known: Collection[str]) -> str:
    """The time as Slack writes it, which is a message's id; later than every one before."""
    now = time.time()
    return f"{max(now, max(map(float, known), default=0.0) + 0.000001):.6f}"


def response(answer: Answer, ts: str) -> Response:
    """The answer as the Web API gives it."""
    if answer.status >= 500:
        return Response(answer.text, answer.status)
    told = {"ok": True, "channel": CHANNEL, "ts": ts} if ts else {"ok": False, "error": answer.text}
    return Response(json.dumps(told), answer.status, answer.headers, content_type="application/json")
