"""What the sandbox's Slack says of blocks."""

from typing import Any

import pytest

from sandbox.slack.blocks import complaints, unescaped


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text)}


BUTTON = {"type": "button", "text": plain("Look")}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "header", "text": plain("h" * 150)},
        section("t" * 3000),
        {"type": "section", "fields": [mrkdwn("f" * 2000)] * 10},
        {"type": "context", "elements": [mrkdwn("c"), IMAGE, *[plain("c")] * 8]},
        {"type": "divider"},
        {"type": "actions", "elements": [BUTTON]},
        IMAGE,
    ],
    ids=lambda block: block["type"],
)
def test_a_block_at_its_limits_is_taken(block: dict[str, Any]) -> None:
    assert list(complaints([block] * 50)) == []


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ({"type": "header", "text": plain("h" * 151)}, "151 characters, 1 to 150 are allowed"),
        ({"type": "header", "text": mrkdwn("h")}, "expected a text object of type plain_text"),
        (section("t" * 3001), "3001 characters, 1 to 3000 are allowed"),
        (section(""), "0 characters"),
        (section("a & b"), "& must be escaped"),
        ({"type": "section"}, "a section needs a text or fields"),
        ({"type": "section", "fields": [mrkdwn("f")] * 11}, "expected a list of 1 to 10 entries"),
        ({"type": "section", "fields": [mrkdwn("f" * 2001)]}, "2001 characters, 1 to 2000"),
        ({"type": "context", "elements": [mrkdwn("c")] * 11}, "expected a list of 1 to 10 entries"),
        ({"type": "context", "elements": []}, "expected a list of 1 to 10 entries"),
        ({"type": "context"}, "expected a list of 1 to 10 entries, got None"),
        ({"type": "context", "elements": [{**IMAGE, "alt_text": ""}]}, "elements[0].alt_text: an image needs one"),
        ({"type": "actions", "elements": [{"type": "datepicker"}]}, "expected a button"),
        ({"type": "actions", "elements": [{"type": "button", "text": plain("b" * 76)}]}, "1 to 75 are allowed"),
        ({"type": "divider", "block_id": "b" * 256}, "block_id: longer than 255"),
        ({"type": "marquee"}, "expected an object of type"),
        ("divider", "expected an object of type"),
    ],
)
def test_a_wrong_block_is_complained_about_in_words(block: object, complaint: str) -> None:
    [found] = complaints([block])
    assert complaint in found
    assert found.startswith("blocks[0].")


@pytest.mark.parametrize("blocks", [[], None, {"type": "divider"}])
def test_blocks_are_a_list_of_at_least_one(blocks: object) -> None:
    [found] = complaints(blocks)
    assert found.startswith("blocks: expected a list")


def test_fifty_one_blocks_are_too_many() -> None:
    assert list(complaints([{"type": "divider"}] * 51)) == ["blocks: 51 blocks, at most 50 are allowed"]


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "a &amp; b &lt;c&gt;",
        "<https://example.com/?a=1&b=2|a link>",
        "<!here> <@U012AB3CD> <#C012AB3CD>",
        "> a quotation\n> in two lines",
    ],
)
def test_escaped_text_links_mentions_and_quotations_are_fine(text: str) -> None:
    assert unescaped(text) is None


@pytest.mark.parametrize(
    ("text", "character"), [("R&D", "&"), ("a < b", "<"), ("a -> b", ">"), ("<script>", "<"), ("&nbsp;", "&")]
)
def test_a_control_character_that_stands_for_itself_is_found(text: str, character: str) -> None:
    assert unescaped(text) == character
