"""The output of a deployment: a live line for the running step, and a line for each finished step."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ddaws.plan import Plan
from ddaws.terminal import Terminal, styled, update

SIGNS = {"create": ("green", "+"), "update": ("yellow", "~"), "delete": ("red", "-")}
PAST = {"create": "created", "update": "updated", "delete": "deleted"}


@dataclass
class Progress(Terminal):
    """Shows steps on a terminal; a file or a pipe gets only the finished lines."""

    with_changes: bool = True

    @contextmanager
    def step(self, name: str) -> Iterator["Running"]:
        """Show a step while it runs."""
        with self.status(f"{name} …") as status:
            yield Running(name, status, self, time.monotonic())


@dataclass
class Running:
    """The running step."""

    name: str
    status: Any
    progress: Progress
    started: float

    def tell(self, text: str) -> None:
        """Show the step's progress."""
        update(self.status, self.name, text)

    def finished(self, plan: Plan) -> None:
        """Print the step's line: what was found, the outcome and the duration; then a line for each change."""
        seconds = time.monotonic() - self.started
        self.progress.say(
            styled("green", "✓"),
            f" {self.name:<24} {outcome(plan):<10} ",
            styled("dim", f"{seconds:6.1f} s"),
            f"  {plan.found}",
        )
        if self.progress.with_changes:
            show(self.progress, plan)


def show(progress: Progress, plan: Plan) -> None:
    """Print a plan's changes and notes, a line each."""
    for change in plan.changes:
        progress.say("    ", styled(*SIGNS[change.verb]), f" {change.what}")
    for note in plan.notes:
        progress.say("    ", styled("dim", f"· {note}"))


def outcome(plan: Plan) -> str:
    """The outcome of a step, in one word."""
    verbs = {change.verb for change in plan.changes}
    if not verbs:
        return "unchanged"
    if len(verbs) == 1:
        return PAST[verbs.pop()]
    return "updated" if "delete" in verbs else "created"
