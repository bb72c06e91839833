"""What an operator sees: a live line for the step that runs, and a line for each that is through."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from ddaws.plan import Plan

SIGNS = {"create": "[green]+[/]", "update": "[yellow]~[/]", "delete": "[red]-[/]"}
PAST = {"create": "created", "update": "updated", "delete": "deleted"}
LONGEST_LINE = 160
WIDTH_OF_FILES = 140


def _console() -> Console:
    """A console as wide as the terminal; in a file or a pipe, wide enough for a table."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_FILES)


@dataclass
class Progress:
    """Shows steps on a console; on anything but a terminal only finished lines are printed."""

    console: Console = field(default_factory=_console)
    with_changes: bool = True

    @contextmanager
    def step(self, name: str) -> Iterator["Running"]:
        """Show a step while it runs."""
        with self.console.status(f"{name} …") as status:
            yield Running(name, status, self, time.monotonic())

    def say(self, text: str) -> None:
        """Print a line, however wide the terminal is."""
        self.console.print(text, soft_wrap=True)


@dataclass
class Running:
    """The step that runs."""

    name: str
    status: Status
    progress: Progress
    started: float

    def tell(self, text: str) -> None:
        """Show how it goes on."""
        line = text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
        self.status.update(f"{self.name} … [dim]{escape(line)}[/]")

    def finished(self, plan: Plan) -> None:
        """Print the step's line: what was found, what was done, how long it took; and each change beneath."""
        seconds = time.monotonic() - self.started
        self.progress.say(
            f"[green]✓[/] {self.name:<24} {outcome(plan):<10} [dim]{seconds:6.1f} s[/]  {escape(plan.found)}"
        )
        if self.progress.with_changes:
            show(self.progress, plan)


def show(progress: Progress, plan: Plan) -> None:
    """Print a plan's changes and notes, a line each."""
    for change in plan.changes:
        progress.say(f"    {SIGNS[change.verb]} {escape(change.what)}")
    for note in plan.notes:
        progress.say(f"    [dim]· {escape(note)}[/]")


def outcome(plan: Plan) -> str:
    """What became of a step, in a word."""
    verbs = {change.verb for change in plan.changes}
    if not verbs:
        return "unchanged"
    if len(verbs) == 1:
        return PAST[verbs.pop()]
    return "updated" if "delete" in verbs else "created"
