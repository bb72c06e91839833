"""IAM's condition operators, according to AWS's documentation: whether a request satisfies a ``Condition``.

Source: IAM User Guide, IAM JSON policy elements: Condition operators; and Set operators for multivalued context keys.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

type Context = Mapping[str, str]
"""The keys of a request, in lower case, each with a single value."""

OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?")
VARIABLE = re.compile(r"\$\{([^}]+)\}")


def holds(condition: Mapping[str, Mapping[str, object]], context: Context) -> bool:
    """True if the request satisfies every line of `condition`."""
    return all(
        _line_holds(operator, context.get(key.lower()), tuple(_texts(values)))
        for operator, tests in condition.items()
        for key, values in tests.items()
    )


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """True if `value` matches `pattern`, in which ``*`` is any text and ``?`` any character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return bool(re.fullmatch(expression, value, re.DOTALL | (re.IGNORECASE if ignore_case else 0)))


def filled(text: str, context: Context) -> str | None:
    """`text` with its policy variables replaced; None if the request lacks one, so that nothing matches."""
    names = [name.lower() for name in VARIABLE.findall(text)]
    if not all(name in context for name in names):
        return None
    return VARIABLE.sub(lambda found: context[found[1].lower()], text)


def _line_holds(operator: str, actual: str | None, expected: tuple[str, ...]) -> bool:
    if operator == "Null":
        return (actual is None) == ("true" in expected)
    match = OPERATOR.fullmatch(operator)
    if not match:
        return False
    quantifier, name, if_exists = match.groups()
    positive = name.replace("Not", "", 1)
    negated, compare = positive != name, COMPARISONS.get(positive, _never)
    if actual is None:
        return bool(if_exists) or quantifier == "ForAllValues" or (negated and quantifier != "ForAnyValue")
    return any(compare(actual, value) for value in expected) != negated


def _texts(values: object) -> Iterable[str]:
    for value in values if isinstance(values, list | tuple) else (values,):
        yield str(value).lower() if isinstance(value, bool) else str(value)


def _arn(actual: str, pattern: str) -> bool:
    """ARNs are compared part by part."""
    parts, patterns = actual.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(lambda a, p: matches(p, a), parts, patterns))


def _never(_actual: str, _value: str) -> bool:
    """S3 accepts no policy with an unknown operator."""
    return False


def _in_network(actual: str, network: str) -> bool:
    return ip_address(actual) in ip_network(network, strict=False)


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), UTC) if text.isdecimal() else datetime.fromisoformat(text)


COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda actual, value: actual == value,
    "StringEqualsIgnoreCase": lambda actual, value: actual.lower() == value.lower(),
    "StringLike": lambda actual, value: matches(value, actual),
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "IpAddress": _in_network,
    "Bool": lambda actual, value: actual.lower() == value.lower(),
    "DateGreaterThan": lambda actual, value: _moment(actual) > _moment(value),
    "DateLessThan": lambda actual, value: _moment(actual) < _moment(value),
    "NumericGreaterThan": lambda actual, value: float(actual) > float(value),
    "NumericLessThan": lambda actual, value: float(actual) < float(value),
}
