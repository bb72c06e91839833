"""What others wrote is shown by a terminal, never obeyed, and nothing of it is hidden."""

import io
import json
import logging
import sys
import unicodedata
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from chalicelib.foreign import visible
from ddaws.terminal import Log, Terminal, confirm, print_json, styled

CLIPBOARD = "\x1b]52;c;aGVsbG8=\x07"


def printed(show: Callable[[Terminal], object], width: int = 140) -> str:
    output = io.StringIO()
    show(Terminal(Console(file=output, highlight=False, markup=False, emoji=False, width=width)))
    return output.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see [/runbooks/x]", "see [/runbooks/x]"),
        ("[ops-42] [bold]x[/] :bomb:", "[ops-42] [bold]x[/] :bomb:"),
        (CLIPBOARD, r"\x1b]52;c;aGVsbG8=\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb\rc\td\x08\x7f", r"a\nb\rc\td\x08\x7f"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("gpj.\u202egnp", r"gpj.\u202egnp"),
        ("\u2066x\u2069 \u200e", r"\u2066x\u2069 \u200e"),
        ("a\u200bd\ufeffm\u00adin\u3164", r"a\u200bd\ufeffm\xadin\u3164"),
        ("\ud800 \udcff", r"\ud800 \udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("Grüße, 日本, 👍", "Grüße, 日本, 👍"),
    ],
)
def test_a_text_is_shown_as_it_is_and_what_is_hidden_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert printed(lambda terminal: terminal.say(text)) == f"{shown}\n"


def test_a_pile_of_accents_does_not_cover_its_neighbours() -> None:
    assert visible("e" + "\u0301" * 9) == "e" + "\u0301" * 3 + r"\u0301" * 6


@given(st.text(st.characters(categories=None)))
def test_nothing_that_a_terminal_obeys_is_left_of_any_text(text: str) -> None:
    shown = visible(text)
    assert not [each for each in shown if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]


@pytest.mark.parametrize("width", [60, 140])
def test_a_cell_cannot_break_out_of_its_line(width: int) -> None:
    rows = [("x\n| forged | row |", ("two", f"lines{CLIPBOARD}"))]
    output = printed(lambda terminal: terminal.table([("A", 1), ("B", 1)], rows), width)
    assert r"x\n| forged | row |" in output
    assert "\x1b" not in output


def test_a_style_covers_foreign_text_without_reading_it() -> None:
    assert printed(lambda terminal: terminal.say(styled("bold", "[red]x\x1b"), "[/]")) == "[red]x\\x1b[/]\n"


def test_below_a_hundred_columns_a_table_is_printed_as_records() -> None:
    columns = [("Id", 1), ("What was found", 2)]
    output = printed(lambda terminal: terminal.table(columns, [("w-1", ("tcp 22 is open", "tcp 23 is open"))]), 80)
    assert [line.rstrip() for line in output.splitlines()[1:]] == [
        "Id              w-1",
        "What was found  tcp 22 is open",
        "                tcp 23 is open",
    ]


def test_json_is_exact_and_ascii() -> None:
    value = {"reason": f"[/x] {CLIPBOARD}\u202e\ud800 é"}
    output = CliRunner().invoke(click.command()(lambda: print_json(value))).output
    assert output.isascii()
    assert json.loads(output) == value


def test_what_is_logged_is_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("chalicelib", logging.WARNING, __file__, 1, "asked of %s", (f"x{CLIPBOARD}\ny",), None)
    Log().emit(record)
    assert capsys.readouterr().err == "warning: asked of x\\x1b]52;c;aGVsbG8=\\x07\\ny\n"


@pytest.mark.parametrize("answer", ["", "n\n", "\n", "w-0123\n"])
def test_without_a_yes_nothing_is_confirmed(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    with pytest.raises((click.Abort, click.UsageError)):
        confirm("Open it to the world?")


def test_without_a_terminal_the_error_names_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(
        click.UsageError, match=r"Standard input is not a terminal, so the command cannot ask: pass --yes"
    ):
        confirm("Open it to the world?")
