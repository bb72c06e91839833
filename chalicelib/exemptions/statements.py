"""What a policy statement says, whatever its spelling: an exemption of it covers just that, and nothing broader.

Key order, the order of values, repeated values, and a scalar in place of a list of one mean the same to AWS; so do
``true`` and ``"true"``. Everything else counts as a difference, be it one or not: then the exemption covers less.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.exposure.deleted_principals import living_part

OLDEST_VERSION = "2008-10-17"
"""The version of a policy that names none; in it ``${...}`` is plain text, so a statement means something else."""


def statement_hash(statement: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    """The SHA-256 of what `statement` says in `policy`, in hexadecimal digits.

    Its ``Sid`` says nothing. Neither do principals that no longer exist: S3 has us take them out of a policy.

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
    """An object; as a list, in order, where a key stands more than once: which value counts is not known."""
    listed = [(str(key), _canonical(value)) for key, value in pairs]
    plain = dict(listed)
    return plain if len(plain) == len(listed) else [listed]


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _members(value.items())
    items = value if isinstance(value, list | tuple) else [value]
    return sorted({_scalar(item) for item in items})


def _scalar(item: Any) -> str:
    """A text as JSON; a number or a boolean as the text that AWS compares it as."""
    if isinstance(item, bool):
        return json.dumps(str(item).lower())
    if isinstance(item, int):
        return json.dumps(str(item))
    return json.dumps(item if isinstance(item, str | float) or item is None else _canonical(item), sort_keys=True)
