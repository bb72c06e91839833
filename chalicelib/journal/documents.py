"""Documents in DynamoDB, whose items have at most 400 KB: JSON; a long document is compressed and cut into pieces.

Pieces are named by a hash of their content, so that two writers of the same record never mix their pieces.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

from chalicelib.journal.codec import encoded
from chalicelib.json_values import parsed

INLINE = 64_000
"""The maximum number of characters of a document that is stored as plain JSON. An item has at most two documents."""
PIECE = 350_000
"""The size of a piece in bytes; each piece is a separate item."""

Item = dict[str, Any]


def filed(value: object) -> tuple[Item, dict[str, bytes]]:
    """A document as an attribute, and its pieces by name; the attribute lists the names if there are pieces."""
    text = json.dumps(encoded(value))
    if len(text) <= INLINE:
        return {"S": text}, {}
    packed = zlib.compress(text.encode())
    name = hashlib.sha256(packed).hexdigest()[:16]
    starts = range(0, len(packed), PIECE)
    pieces = {f"piece-{name}-{start // PIECE:03}": packed[start : start + PIECE] for start in starts}
    return {"L": [{"S": part} for part in pieces]}, pieces


def document(attribute: Item, items: Mapping[str, Item]) -> object:
    """The document of an attribute; `items` are those of the record, by part."""
    if "S" in attribute:
        return parsed(attribute["S"])
    packed = b"".join(items[part["S"]]["content"]["B"] for part in attribute["L"])
    return parsed(zlib.decompress(packed).decode())
