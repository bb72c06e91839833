"""Fixed values, as AWS defines them (S3 User Guide, The meaning of "public")."""

import re

NOT_FIXED = re.compile(r"[*?]|\$\{")
ACCOUNT_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:\d{12}:.+", re.DOTALL)


def is_fixed(value: str) -> bool:
    """True if `value` contains no wildcard (``*``, ``?``) and no policy variable (``${...}``)."""
    return bool(value) and not NOT_FIXED.search(value)


def names_an_account(value: str) -> bool:
    """True for a fixed ARN that contains the twelve digits of its account."""
    return is_fixed(value) and bool(ACCOUNT_ARN.fullmatch(value))


def texts_of(value: object) -> tuple[str, ...]:
    """A scalar or a list of a policy document as strings, as IAM compares them: ``1`` as ``"1"``, true as ``"true"``.

    A value that is not a scalar becomes an empty string, which is never fixed.
    """
    return tuple(map(_text, value)) if isinstance(value, list | tuple) else (_text(value),)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""
