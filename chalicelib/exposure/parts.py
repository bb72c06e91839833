"""What a violation is made of: each source, statement and grant by itself, whatever its place and its wording."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from chalicelib.findings import LISTS, Violation

WORDS = ("reason", "sid", "index")
"""What says nothing of what is open: it may change while that stays, and stay while that changes."""


def parts(violation: Violation) -> frozenset[str]:
    """The parts of a violation, each 16 hexadecimal digits; two violations share those that are the same.

    Examples
    --------
    >>> one = parts(Violation("T", {"reason": "a", "fromPort": 22, "cidrs": ["0.0.0.0/0"]}))
    >>> one <= parts(Violation("T", {"reason": "b", "fromPort": 22, "cidrs": ["::/0", "0.0.0.0/0"]}))
    True
    >>> one <= parts(Violation("T", {"reason": "a", "fromPort": 23, "cidrs": ["0.0.0.0/0"]}))
    False
    """
    details = _wordless(violation.violation_details)
    common = {key: value for key, value in details.items() if key not in LISTS}
    members = [{key: member} for key in LISTS for member in details.get(key, ())]
    return frozenset(_hash([violation.violation_type, common, member]) for member in members or [{}])


def _wordless(details: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: [_wordless(each) if isinstance(each, Mapping) else each for each in value]
        if isinstance(value, list)
        else value
        for key, value in details.items()
        if key not in WORDS
    }


def _hash(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]
