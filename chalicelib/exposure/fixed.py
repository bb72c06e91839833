"""Fixed values: those that name one thing, in AWS's sense of "public" (S3 User Guide, The meaning of "public")."""

import re

ACCOUNT_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:\d{12}:.+", re.DOTALL)
NOT_FIXED = re.compile(r"[*?]|\$\{")


def is_fixed(value: str) -> bool:
    """True where `value` holds no wildcard (``*``, ``?``) and no policy variable (``${...}``)."""
    return bool(value) and not NOT_FIXED.search(value)


def names_an_account(value: str) -> bool:
    """True for a fixed ARN that carries the twelve digits of its account."""
    return is_fixed(value) and bool(ACCOUNT_ARN.fullmatch(value))


def text_of(value: object) -> str:
    """A scalar of a policy document as IAM compares it: ``true`` and ``"true"``, ``1`` and ``"1"`` are the same."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def texts_of(value: object) -> tuple[str, ...]:
    """A scalar or a list of a policy document, as a tuple of texts."""
    return tuple(map(text_of, value)) if isinstance(value, list | tuple) else (text_of(value),)
