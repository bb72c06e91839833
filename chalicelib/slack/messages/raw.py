"""Readers of foreign JSON for display: a missing or malformed value is shown as unknown rather than refused."""

from collections.abc import Mapping
from typing import Any


def text(body: Mapping[str, Any], key: str) -> str:
    """The text at `key`; empty if there is none."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


def mapping(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at `key`; empty if there is none."""
    value = body.get(key)
    return value if isinstance(value, Mapping) else {}
