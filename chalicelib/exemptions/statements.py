"""The meaning of a policy statement, independent of its spelling: the scope of an exemption of a statement.

Key order, the order of values, repeated values, and a scalar instead of a list of one value mean the same to AWS, and
so do ``true`` and ``"true"``. Anything else counts as a difference, even if it is none. Then the exemption covers less.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.exposure.deleted_principals import living_part

OLDEST_VERSION = "2008-10-17"
"""The version of a policy without ``Version``. In it, ``${...}`` is plain text, so a statement's meaning differs."""


def statement_hash(statement: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    """The SHA-256 of the meaning of `statement` in `policy`, in hexadecimal digits.

    Its ``Sid`` is ignored. So are principals that no longer exist, because S3 requires that a put omits them.

    Examples
    --------
    >>> one = statement_hash({"Action": "s3:GetObject", "Sid": "Read"}, {})
    >>> one == statement_hash({"Action": ["s3:GetObject", "s3:GetObject"]}, {"Version": "2008-10-17"})
    True
    """
    said = living_part(statement) or statement
    meant = {
        "Version": str(policy.get("Version") or OLDEST_VERSION),
        "Statement": _members([(key, value) for key, value in said.items() if key != "Sid"]),
    }
    return hashlib.sha256(json.dumps(meant, sort_keys=True).encode()).hexdigest()


def _members(pairs: Iterable[tuple[str, Any]]) -> Any:
    """An object; as an ordered list if a key is repeated, because it is unknown which value counts."""
    listed = [(str(key), _canonical(value)) for key, value in pairs]
    plain = dict(listed)
    return plain if len(plain) == len(listed) else [listed]


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _members(value.items())
    items = value if isinstance(value, list | tuple) else [value]
    return sorted({_scalar(item) for item in items})


def _scalar(item: Any) -> str:
    """A string as JSON; a number or a boolean as the string that AWS compares it as."""
    if isinstance(item, bool):
        return json.dumps(str(item).lower())
    if isinstance(item, int):
        return json.dumps(str(item))
    return json.dumps(item if isinstance(item, str | float) or item is None else _canonical(item), sort_keys=True)
