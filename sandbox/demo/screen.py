"""The demonstration's output: on the terminal, and in a picture."""

import io
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.spinner import Spinner

from sandbox.errors import SandboxError

WIDEST = 110
PICTURE_WIDTH = 100
REFRESHES_PER_SECOND = 8
SECONDS_BETWEEN_LOOKS = 0.5

WEB_FONTS = re.compile(r"@font-face \{\{.*?\}\}", re.DOTALL)


class Screen:
    """Shows the story on the terminal, and parts of it in a picture. Animations are on the terminal only."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self.console.width = min(self.console.width, WIDEST) if self.console.is_terminal else WIDEST
        self._picture = Console(
            highlight=False, record=True, file=io.StringIO(), width=PICTURE_WIDTH, force_terminal=True
        )
        self._consoles = [self.console]
        self._chapters = Counter[int]()

    def show(self, *renderables: RenderableType) -> None:
        """Print with an indent."""
        for renderable in renderables:
            for console in self._consoles:
                console.print(Padding(renderable, (0, 0, 0, 2)))

    def chapter(self, title: str, *, pictured: bool = False) -> None:
        """Begin a chapter, which the picture shows as a whole or not at all; each output numbers its own chapters."""
        self._consoles = [self.console, self._picture] if pictured else [self.console]
        for console in self._consoles:
            self._chapters[id(console)] += 1
            console.print()
            console.print(Rule(f"[bold]{self._chapters[id(console)]}. {title}[/]", align="left", style="cyan"))

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show a spinner with the elapsed time; lines can be printed meanwhile."""
        columns = (TextColumn(" "), SpinnerColumn(), TextColumn("[dim]{task.description}"), TimeElapsedColumn())
        hidden = not self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=hidden) as progress:
            progress.add_task(what, total=None)
            yield

    def wait(
        self,
        look: Callable[[], None],
        is_over: Callable[[], bool],
        table: Callable[[RenderableType], RenderableType],
        *,
        what: str,
        expected_seconds: float,
        seconds: float,
    ) -> None:
        """Show a table live until `is_over`, with a bar that is full after `expected_seconds`; then print it.

        Parameters
        ----------
        table : callable
            Makes the table; its argument fills the cell of the next expected milestone.

        Raises
        ------
        SandboxError
            It has not finished after `seconds`.
        """
        started, spinner = time.monotonic(), Spinner("dots", style="yellow")
        bar = Progress(TextColumn("[dim]{task.description}"), BarColumn(), TextColumn("[dim]{task.fields[clock]}"))
        task = bar.add_task(what, total=expected_seconds, clock="")
        with Live(console=self.console, refresh_per_second=REFRESHES_PER_SECOND, transient=True) as live:
            while not is_over():
                passed = time.monotonic() - started
                if passed > seconds:
                    raise SandboxError(f"Not finished within {seconds:.0f} s: {what}")
                look()
                bar.update(task, completed=passed, clock=f"{passed:.0f} s")
                live.update(Padding(Group(table(spinner), bar), (0, 0, 0, 2)))
                time.sleep(SECONDS_BETWEEN_LOOKS)
        self.show(table("·"))

    def save_picture(self, path: Path) -> None:
        """Write the picture as SVG without web fonts."""
        path.write_text(self._picture.export_svg(title="make demo", code_format=WEB_FONTS.sub("", CONSOLE_SVG_FORMAT)))
