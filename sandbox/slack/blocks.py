"""What Block Kit allows in a message.

Source: Slack's reference of blocks and of the text object, and "Formatting text for app surfaces". Slack refuses wrong
blocks with `invalid_blocks` and no reason; here each error gives the reason. Slack accepts unescaped ``&``, ``<`` and
``>``, and shows an unintended text; here they are refused.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

MAX_BLOCKS = 50
MAX_BLOCK_ID = 255
MAX_HEADER = 150
MAX_TEXT = 3000
MAX_FIELDS = 10
MAX_FIELD = 2000
MAX_CONTEXT_ELEMENTS = 10
MAX_ACTION_ELEMENTS = 25
MAX_BUTTON = 75

LINK_OR_MENTION = re.compile(r"<(?:https?://|mailto:|[@#][A-Z0-9]+|!(?:here|channel|everyone|date\^|subteam\^))[^<>]*>")
ESCAPED = re.compile(r"&(?:amp|lt|gt);")
QUOTE_MARK = re.compile(r"^>", re.MULTILINE)

Complaints = Iterator[str]


def complaints(blocks: object) -> Complaints:
    """All that is wrong with a message's blocks."""
    if not isinstance(blocks, list) or not blocks:
        yield f"blocks: expected a list with at least one block, got {blocks!r}"
        return
    if len(blocks) > MAX_BLOCKS:
        yield f"blocks: {len(blocks)} blocks, at most {MAX_BLOCKS} are allowed"
    for index, block in enumerate(blocks):
        yield from (f"blocks[{index}].{complaint}" for complaint in _block(block))


def unescaped(text: str) -> str | None:
    """The first unescaped control character in `text`, which is mrkdwn; None if there is none."""
    rest = QUOTE_MARK.sub("", ESCAPED.sub("", LINK_OR_MENTION.sub("", text)))
    return next((character for character in rest if character in "&<>"), None)


def _block(block: object) -> Complaints:
    if not isinstance(block, dict) or block.get("type") not in BLOCKS:
        yield f"type: expected an object of type {', '.join(sorted(BLOCKS))}; got {block!r:.100}"
        return
    if len(str(block.get("block_id", ""))) > MAX_BLOCK_ID:
        yield f"block_id: longer than {MAX_BLOCK_ID} characters"
    yield from BLOCKS[block["type"]](block)


def _header(block: Mapping[str, Any]) -> Complaints:
    yield from _text(block.get("text"), "text", MAX_HEADER, kinds=("plain_text",))


def _section(block: Mapping[str, Any]) -> Complaints:
    if "text" not in block and "fields" not in block:
        yield "text: a section needs a text or fields"
    if "text" in block:
        yield from _text(block["text"], "text", MAX_TEXT)
    if "fields" in block:
        yield from _each(block["fields"], "fields", MAX_FIELDS, lambda field, name: _text(field, name, MAX_FIELD))


def _context(block: Mapping[str, Any]) -> Complaints:
    yield from _each(block.get("elements"), "elements", MAX_CONTEXT_ELEMENTS, _context_element)


def _context_element(element: object, name: str) -> Complaints:
    if isinstance(element, dict) and element.get("type") == "image":
        return (f"{name}.{complaint}" for complaint in _image(element))
    return _text(element, name, MAX_TEXT)


def _image(block: Mapping[str, Any]) -> Complaints:
    for field in ("image_url", "alt_text"):
        if not block.get(field):
            yield f"{field}: an image needs one"


def _actions(block: Mapping[str, Any]) -> Complaints:
    yield from _each(block.get("elements"), "elements", MAX_ACTION_ELEMENTS, _button)


def _button(element: object, name: str) -> Complaints:
    if not isinstance(element, dict) or element.get("type") != "button":
        yield f"{name}: expected a button, got {element!r:.100}"
        return
    yield from _text(element.get("text"), f"{name}.text", MAX_BUTTON, kinds=("plain_text",))


def _divider(block: Mapping[str, Any]) -> Complaints:
    del block
    return iter(())


BLOCKS: Mapping[str, Callable[[Mapping[str, Any]], Complaints]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "divider": _divider,
    "image": _image,
    "actions": _actions,
}


def _each(items: object, name: str, limit: int, check: Callable[[object, str], Complaints]) -> Complaints:
    if not isinstance(items, list) or not 0 < len(items) <= limit:
        yield f"{name}: expected a list of 1 to {limit} entries, got {items!r:.100}"
        return
    for index, item in enumerate(items):
        yield from check(item, f"{name}[{index}]")


def _text(text: object, name: str, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Complaints:
    if not isinstance(text, dict) or text.get("type") not in kinds or not isinstance(text.get("text"), str):
        yield f"{name}: expected a text object of type {' or '.join(kinds)}, got {text!r:.100}"
        return
    content = text["text"]
    if not 0 < len(content) <= limit:
        yield f"{name}.text: {len(content)} characters, 1 to {limit} are allowed"
    if text["type"] == "mrkdwn" and (character := unescaped(content)):
        yield f"{name}.text: {character} must be escaped in {content!r:.100}"
