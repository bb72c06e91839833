"""Documents in DynamoDB, whose items end at 400 KB: JSON as it is; a long one compressed, and cut into pieces.

Pieces are named by their content, so that two writers of the same record never mix theirs.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

from chalicelib.journal.codec import encoded
from chalicelib.json_values import parsed

INLINE = 64_000
"""Characters of a document that stands in its item as it is, for anybody to read. An item has two at most."""
PIECE = 350_000
"""Bytes of a piece, which is an item of its own."""

Item = dict[str, Any]


def filed(value: object) -> tuple[Item, dict[str, bytes]]:
    """A document as an attribute, and its pieces by their names: the attribute names them, where there are any."""
    text = json.dumps(encoded(value))
    if len(text) <= INLINE:
        return {"S": text}, {}
    packed = zlib.compress(text.encode())
    name = hashlib.sha256(packed).hexdigest()[:16]
    starts = range(0, len(packed), PIECE)
    pieces = {f"piece-{name}-{start // PIECE:03}": packed[start : start + PIECE] for start in starts}
    return {"L": [{"S": part} for part in pieces]}, pieces


def document(attribute: Item, items: Mapping[str, Item]) -> object:
    """The document of an attribute; `items` are those of the record, by their part."""
    if "S" in attribute:
        return parsed(attribute["S"])
    packed = b"".join(items[part["S"]]["content"]["B"] for part in attribute["L"])
    return parsed(zlib.decompress(packed).decode())
