"""The file of events, one JSON object a line, oldest first."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def append(file: Path, event: Mapping[str, Any]) -> None:
    """Write down one event; a line is short enough to be written at once, whoever else writes."""
    with file.open("a") as lines:
        lines.write(json.dumps(event) + "\n")


def read(file: Path) -> Iterator[dict[str, Any]]:
    """The events, oldest first; a line that is just being written is left for the next look."""
    for line in file.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            yield json.loads(line)
