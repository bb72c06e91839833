"""What a terminal would show."""

import io

from rich.console import Console, RenderableType


def shown(renderable: RenderableType) -> str:
    """The text, without colours, on a terminal of 110 columns."""
    console = Console(file=io.StringIO(), width=110, highlight=False)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()
