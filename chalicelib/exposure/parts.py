"""The parts of a violation: each source, statement and grant by itself, independent of order and wording."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from chalicelib.findings import LISTS, Violation

WORDS = ("reason", "sid", "index")
"""Details that do not identify what is open. They may change although the violation is the same."""


def parts(violation: Violation) -> frozenset[str]:
    """The parts of a violation, each as 16 hexadecimal digits. Two violations share their equal parts.

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
