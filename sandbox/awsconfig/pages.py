"""Long answers in pages."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from sandbox.awsconfig.errors import ConfigError


def page[T](entries: Sequence[T], token: str | None, size: int) -> tuple[Sequence[T], str | None]:
    """One page of `entries`.

    Parameters
    ----------
    token : str or None
        ``NextToken`` of the page before; None for the first page.
    size : int
        How many entries make a page.

    Returns
    -------
    tuple
        The page's entries, and the token of the next page or None.

    Raises
    ------
    ConfigError
        ``InvalidNextTokenException``.
    """
    start = _start(token) if token else 0
    end = start + size
    return entries[start:end], _token(end) if end < len(entries) else None


def _token(start: int) -> str:
    return urlsafe_b64encode(f"from:{start}".encode()).decode()


def _start(token: str) -> int:
    try:
        word, _, start = urlsafe_b64decode(token.encode()).decode().partition(":")
    except ValueError:
        word, start = "", ""
    if word != "from" or not start.isdecimal():
        raise ConfigError("InvalidNextTokenException", "The nextToken provided is invalid")
    return int(start)
