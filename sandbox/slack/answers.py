"""What Slack answers to a post."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.slack.blocks import complaints, unescaped


@dataclass(frozen=True)
class Answer:
    """Slack's response, and the reason, which Slack does not give."""

    status: int
    text: str
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def judged(mimetype: str, body: str) -> Answer:
    """The webhook's answer to a post."""
    message = parsed(body)
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


def parsed(body: str) -> object:
    """The JSON, or the text where it is none."""
    try:
        return json.loads(body)
    except ValueError:
        return body
