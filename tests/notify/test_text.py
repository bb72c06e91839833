"""Text made safe and short."""

import pytest

from chalicelib.slack_messages.text import code, escaped, fitted, moment


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("sg-1", "sg-1"),
        ("", "unknown"),
        (" \n\x00 ", "unknown"),
        ("a & b <c>", "a &amp; b &lt;c&gt;"),
        ("two\nlines", "two lines"),
        ("`code`", "\u02cbcode\u02cb"),
        ("@here", "@\u2060here"),
        ("user@example.com", "user@example.com"),
        ("\ud800", "unknown"),
    ],
)
def test_what_could_do_harm_becomes_what_cannot(text: str, safe: str) -> None:
    assert escaped(text, 100) == safe


@pytest.mark.parametrize(
    ("limit", "cut"), [(6, "abc…"), (7, "abc…"), (8, "abc&lt;…"), (12, "abc&lt;&gt;d"), (11, "abc&lt;…")]
)
def test_a_long_text_is_cut_between_characters_never_within_an_entity(limit: int, cut: str) -> None:
    assert escaped("abc<>d", limit) == cut


def test_code_says_unknown_rather_than_nothing() -> None:
    assert code("") == "`unknown`"


def test_lines_that_fit_are_left_alone() -> None:
    assert fitted(["a", "b"], limit=4, most=2) == ["a", "b"]
    assert fitted([], limit=4, most=2) == []


def test_lines_that_do_not_fit_are_counted_within_the_limit() -> None:
    lines = fitted(["x" * 9] * 100, limit=100, most=100)
    assert lines == [*["x" * 9] * 7, "… and 93 more"]
    assert len("\n".join(lines)) <= 100


def test_more_lines_than_people_read_are_counted() -> None:
    assert fitted(["x"] * 2000, limit=3000, most=3) == ["x", "x", "x", "… and 1,997 more"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-05T03:12:07.205Z", "2026-11-05 03:12:07 UTC"),
        ("2026-11-05T03:12:07.205+0000", "2026-11-05 03:12:07 UTC"),
        ("2026-11-05T04:12:07+01:00", "2026-11-05 03:12:07 UTC"),
        ("2026-11-05T03:12:07", "2026-11-05 03:12:07 UTC"),
        ("0001-01-01T00:00:00+23:00", "0001-01-01T00:00:00+23:00"),
        ("<yesterday>", "&lt;yesterday&gt;"),
        ("", "unknown"),
    ],
)
def test_times_are_told_in_utc_and_what_is_none_as_it_is(text: str, said: str) -> None:
    assert moment(text) == said
