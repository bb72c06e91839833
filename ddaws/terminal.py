"""The only way to the operator's terminal: everything that a command prints goes through :class:`Terminal`.

Reasons, names, policies and AWS's error messages are untrusted. No text is read as markup, and everything that a
terminal would act on or hide (escape sequences, C1 controls, bidirectional overrides, zero-width characters, line
breaks inside a line) is printed as a visible escape: ``\\x1b``, ``\\u202e``. JSON is the exception: it
is exact, and in ASCII.
"""

import json
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import Any

import click
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from chalicelib.foreign import visible

WIDTH_OF_FILES = 140
NARROW = 100
"""Below this many columns, tables are printed as records."""
LONGEST_LINE = 160

type Part = str | Text
type Cell = str | Text | Sequence[str]
"""A cell of a table: one line, or several."""


def styled(style: str, text: object) -> Text:
    """A text in a Rich style such as ``bold`` or ``green``."""
    return Text(visible(str(text)), style)


def _console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; in a file or a pipe, wide enough for a table."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDTH_OF_FILES
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=width)


@dataclass
class Terminal:
    """Prints lines and tables for people."""

    console: Console = field(default_factory=_console)

    def say(self, *parts: Part) -> None:
        """Print one line, whatever the terminal's width."""
        self.console.print(_joined(parts), soft_wrap=True)

    def table(self, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]], title: str = "") -> None:
        """Print a table.

        Parameters
        ----------
        columns : sequence of (str, int)
            Each column's heading and its share of the width.
        """
        if self.console.width < NARROW:
            self._records([name for name, _ in columns], rows, title)
            return
        table = Table(show_lines=True, title=visible(title) if title else None)
        for name, ratio in columns:
            table.add_column(name, overflow="fold", ratio=ratio)
        for row in rows:
            table.add_row(*map(_cell, row))
        self.console.print(table)

    def _records(self, names: Sequence[str], rows: Iterable[Sequence[Cell]], title: str) -> None:
        """Print each row as lines with headings, for a terminal that is too narrow for columns."""
        if title:
            self.say(styled("bold", title))
        margin = max(map(len, names)) + 2
        for row in rows:
            self.console.rule()
            for name, cell in zip(names, row, strict=True):
                record = Table.grid(padding=0, expand=True)
                record.add_column(width=margin)
                record.add_column(overflow="fold", ratio=1)
                record.add_row(styled("bold", name), _cell(cell))
                self.console.print(record)

    @contextmanager
    def status(self, text: str) -> Iterator[Status]:
        """Show a status while it lasts; nothing in a file or a pipe."""
        with self.console.status(Text(visible(text))) as status:
            yield status


def update(status: Status, name: str, text: str) -> None:
    """Update the status."""
    line = text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
    status.update(Text.assemble(f"{visible(name)} … ", styled("dim", line)))


def prepare_streams() -> None:
    """Have a terminal that is not UTF-8 show escapes for characters that it lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_json(value: Any) -> None:
    """Print a value as exact ASCII JSON, and nothing else on standard output."""
    click.echo(json.dumps(value, indent=2))


def print_error(text: str) -> None:
    """Print an error on standard error; all lines after the first are indented."""
    first, *others = text.split("\n")
    for line in (first, *(f"    {other}" for other in others)):
        _console(stderr=True).print(Text(visible(line)), soft_wrap=True)


class Log(logging.Handler):
    """Prints log records on standard error, one a line."""

    def emit(self, record: logging.LogRecord) -> None:
        print_error(visible(f"{record.levelname.lower()}: {record.getMessage()}"))


def print_help(text: str) -> None:
    """Print a help page with its own line breaks."""
    click.echo(text, err=True)


def confirm(question: str) -> None:
    """Ask for confirmation.

    A script may pipe its answer, one line. The question is asked once.

    Raises
    ------
    click.Abort
        The answer is no.
    click.UsageError
        There is no answer: standard input is empty and not a terminal.
    """
    if sys.stdin.isatty():
        click.confirm(visible(question), abort=True)
        return
    click.echo(f"{visible(question)} [y/N]: ", nl=False)
    answer = sys.stdin.readline()
    click.echo(visible(answer.strip()))
    if not answer:
        raise click.UsageError("Standard input is not a terminal, so the command cannot ask: pass --yes to continue.")
    if answer.strip().lower() not in ("y", "yes"):
        raise click.Abort


def _joined(parts: Iterable[Part]) -> Text:
    return Text.assemble(*(part if isinstance(part, Text) else visible(part) for part in parts))


def _cell(cell: Cell) -> Text:
    if isinstance(cell, Text):
        return cell
    return Text("\n".join(map(visible, [cell] if isinstance(cell, str) else cell)))
