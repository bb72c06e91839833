"""``ddaws <command>``, or ``python -m ddaws <command>``."""

import logging
import signal
import sys
from importlib.util import find_spec

NEEDED = ("boto3", "chalice", "click", "rich", "yaml")

if any(find_spec(name) is None for name in NEEDED):
    sys.exit(
        "error: dd-aws runs in its virtual environment, and this Python is not in it. "
        "Run 'make venv', then 'source .venv/bin/activate'."
    )

from ddaws.cli import main  # noqa: E402 - what it imports must be there first
from ddaws.terminal import Log  # noqa: E402

__all__ = ["main", "run"]


def run() -> None:
    """Run the program `ddaws`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # stops Chalice, too
    logging.basicConfig(handlers=[Log(logging.WARNING)])
    main(prog_name="ddaws")


if __name__ == "__main__":
    run()
