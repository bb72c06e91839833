"""Checks whether a secret may be sent to a URL."""

from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


def keeps_secrets(url: str) -> bool:
    """Whether data sent to `url` stays secret in transit: HTTPS, or this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
