"""Safe logs: every record is made safe in one place, whichever logger, handler or library writes it.

A record is one line, except for a traceback: each line of a traceback is a stack frame, or begins with the type of an
exception. Therefore, text that others wrote (names, policies, messages, AWS's errors) can neither forge a line nor hide
in one. Neither a message nor a traceback has more than about `LONGEST` characters.
"""

import logging
import re
from traceback import TracebackException
from typing import Any

from chalicelib.foreign import visible

LONGEST = 100_000
"""More than the longest AWS call that we make, which is logged in full; CloudWatch Logs accepts 256 KB."""
_FRAME = re.compile(r"[\s|+-]*(?:File \"|Traceback \(most recent call last\):|Exception Group Traceback |-+|\.\.\.)")


def safe(text: str) -> str:
    """`text` as one line of at most `LONGEST` characters, with its control and invisible characters escaped."""
    if len(text) <= LONGEST:
        return visible(text)
    return f"{visible(text[:LONGEST])}… ({len(text):,} characters in all)"


class SafeRecord(logging.LogRecord):
    """A record whose message and traceback are safe, however it is formatted."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.exc_info and self.exc_info[1]:
            self.exc_text = _traceback(self.exc_info[1])

    def getMessage(self) -> str:  # noqa: N802 - logging's name
        return safe(super().getMessage())


def _traceback(error: BaseException) -> str:
    """The traceback: frames unchanged, and each exception as one line."""
    parts = TracebackException.from_exception(error, compact=True).format()
    lines = (part.rstrip("\n") if _FRAME.match(part) else _exception(part) for part in parts)
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters in all)"


def _exception(part: str) -> str:
    """The exception as one line with its indentation, which exceptions of a group have."""
    line = part.strip("\n")
    inside = line.lstrip(" |")
    return line[: len(line) - len(inside)] + safe(inside)


def make_safe() -> None:
    """Make every record of this process safe."""
    logging.setLogRecordFactory(SafeRecord)
