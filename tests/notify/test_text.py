"""Escaping and cutting of text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.slack.messages.text import code, fitted, foreign, moment, words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sg-1", "sg-1"),
        ("", "unknown"),
        (" \n ", "unknown"),
        ("a & b <c>", "a &amp; b &lt;c&gt;"),
        ("two\nlines", "two lines"),
        ("user@example.com", "user@example.com"),
        ("@here", "@\u2060here"),
        ("https://evil.example", "https:\u2060//evil.example"),
        ("is not *:* fixed", "is not `*:*` fixed"),
        ("arn:aws:sns:*:*:alarms is", "`arn:aws:sns:*:*:alarms` is"),
        ("*so very bold* and", "`*so` very `bold*` and"),
        ("at 03:12:07", "at 03:12:07"),
        ("*so* *bold* and", "`*so* *bold*` and"),
        ("_a_ and ~b~", "`_a_` and `~b~`"),
        (":tada: done", "`:tada:` done"),
        ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroup"),
        ("> quoted", "`&gt;` quoted"),
        ("`code`", "`\u02cbcode\u02cb`"),
        ("a\u202eb\u200bc", "a\\u202eb\\u200bc"),
        ("\x1b[31m\x07\x9b", "\\x1b[31m\\x07\\x9b"),
        ("\ud800", "\\ud800"),
    ],
)
def test_people_read_every_character_and_slack_interprets_none(text: str, shown: str) -> None:
    assert foreign(text, 100).source == shown


def test_words_in_code_side_by_side_share_one_span() -> None:
    assert foreign("see *a* _b_ c").source == "see `*a* _b_` c"


@pytest.mark.parametrize(
    ("limit", "cut"), [(6, "abc…"), (7, "abc…"), (8, "abc&lt;…"), (12, "abc&lt;&gt;d"), (11, "abc&lt;…")]
)
def test_a_long_text_is_cut_between_characters_never_within_an_entity(limit: int, cut: str) -> None:
    assert foreign("abc<>d", limit).source == cut


@given(st.text(alphabet="a <&*`_:", max_size=60), st.integers(10, 40))
def test_however_a_text_is_cut_it_stays_within_its_limit_and_closes_its_code(text: str, limit: int) -> None:
    shown = foreign(text, limit).source
    assert len(shown) <= limit
    assert shown.count("`") % 2 == 0
    assert not set("*_`:") & set(re.sub(r"`[^`]+`", "", shown)) or ":" in shown
    assert len(code(text, limit)) <= limit + 2


def test_code_says_unknown_rather_than_nothing() -> None:
    assert code("").source == "`unknown`"


def test_text_that_is_ready_for_slack_is_not_escaped_again() -> None:
    assert words("{a} & {b}", a=code("x*y"), b="<b>").source == "`x*y` & &lt;b&gt;"


def test_an_f_string_cannot_smuggle_markup() -> None:
    with pytest.raises(TypeError, match="words"):
        f"{code('x')}"


def test_lines_that_fit_are_left_alone() -> None:
    lines = [foreign("a"), foreign("b")]
    assert fitted(lines, limit=4, most=2) == lines
    assert fitted([], limit=4, most=2) == []


def test_lines_that_do_not_fit_are_counted_within_the_limit() -> None:
    lines = [line.source for line in fitted([foreign("x" * 9)] * 100, limit=100, most=100)]
    assert lines == [*["x" * 9] * 7, "… and 93 more"]
    assert len("\n".join(lines)) <= 100


def test_more_lines_than_people_read_are_counted() -> None:
    lines = fitted([foreign("x")] * 2000, limit=3000, most=3)
    assert [line.source for line in lines] == ["x", "x", "x", "… and 1,997 more"]


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
    assert moment(text).source == said
