"""Foreign text is data: Slack accepts each message, interprets none of the text, and shows all of it."""

import ast
import re
from pathlib import Path

import pytest

from chalicelib.notify import TYPES
from chalicelib.slack.messages import Kind
from tests.notify import every_message
from tests.notify.block_kit import complaints
from tests.notify.test_messages import shown
from tests.source import PROJECT

HOSTILE = (
    "*:*",
    "arn:aws:sns:*:*:alarms is not fixed",
    "_a_ *b* ~c~ ```d``` `e`",
    ":tada: :+1: a:skull:b",
    "<!channel> <!here> <@U0123> <#C0123> <!subteam^S0123>",
    "@channel @here @everyone",
    "<https://evil.example|click> https://evil.example mailto:a@evil.example",
    "&lt;!channel&gt; &amp;",
    "> quoted\n>>> all of it",
    "a\u202eb\u2066c\u200bd\ufeffe\u00adf\u3164g",
    "\x00\x07\x1b[31m\x1b]52;c;eA==\x07\x9b2J\r\nline",
    "\ud800 \udfff",
    "z" + "\u0301" * 50,
    "*" * 5000,
    "&<>`_" * 5000,
    "\U0001f600" * 5000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_in_every_field_of_every_message_hostile_text_is_text(text: str) -> None:
    for message in every_message.messages(text):
        assert complaints(message.text, message.blocks) == []
    for words, blocks in every_message.digests(text):
        assert complaints(words, blocks) == []


def test_every_kind_of_message_was_tried() -> None:
    assert {message.kind for message in every_message.messages("text")} == set(Kind)
    assert {type(each) for each in every_message.notifications("text")} == set(TYPES.values())


@pytest.mark.parametrize("lines", [1, 500])
def test_the_longest_texts_fit_slacks_limits(lines: int) -> None:
    for message in every_message.messages("& " * 20_000, lines):
        assert complaints(message.text, message.blocks) == []


def test_people_read_the_asterisks_of_an_arn() -> None:
    for message in every_message.messages("aws:SourceArn arn:aws:sns:*:*:alarms is not fixed"):
        assert "arn:aws:sns:*:*:alarms" in shown(message.blocks)
        outside_code = re.sub(r"```.*?```|`[^`\n]+`", "", shown(message.blocks[1:]) + message.text, flags=re.DOTALL)
        assert "arn:aws:sns:" not in outside_code


@pytest.mark.parametrize("path", sorted((PROJECT / "chalicelib" / "slack_messages").glob("*.py")), ids=lambda p: p.stem)
def test_markup_is_built_of_typed_pieces_alone(path: Path) -> None:
    """Only one module creates Mrkdwn, and every template is a constant, so that foreign text cannot be one."""
    tree = ast.parse(path.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    if path.stem != "text":
        assert not [call for call in calls if call.func.id == "Mrkdwn"]  # type: ignore[attr-defined]
    if path.stem not in ("text", "digest"):
        assert not [call for call in calls if call.func.id == "kept"]  # type: ignore[attr-defined]
    if path.stem != "blocks":
        assert not re.search(r"[\"']mrkdwn[\"']", path.read_text())
    templates = [call.args[0] for call in calls if call.func.id in ("words", "joined")]  # type: ignore[attr-defined]
    computed = [ast.unparse(each) for each in templates if not _is_constant(each)]
    assert not computed


def _is_constant(node: ast.expr) -> bool:
    """A literal, a constant of the module, or a choice of those."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name.isupper()
        case ast.Subscript(value=value):
            return _is_constant(value)
        case ast.IfExp(body=one, orelse=other):
            return _is_constant(one) and _is_constant(other)
    return False
