"""Which conditions of a policy statement limit it to fixed values, and why the others do not."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib.exposure.fixed import is_fixed, texts_of
from chalicelib.exposure.networks import RFC_1918, Internet, network_of

OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([a-z]+?)(IfExists)?", re.IGNORECASE)
MATCHES = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
MATCHES_ADDRESS = {*MATCHES, "ipaddress"}
ROLE_SESSION = re.compile(r"ARO\w*:.*", re.DOTALL)
ACCESS_POINT_ARN = re.compile(r"(arn:[^:]+:s3:[^:]*:\d{12}:accesspoint/)(.+)", re.DOTALL)
INTERNET = Internet(private=RFC_1918)


@dataclass(frozen=True)
class Clause:
    """One line of a ``Condition``: an operator, a key, and the values it is compared with."""

    operator: str
    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.operator} {self.key} {', '.join(self.values)}"


def clauses_of(condition: object) -> tuple[Clause, ...]:
    """The lines of a ``Condition``; a request has to satisfy them all."""
    blocks = condition.items() if isinstance(condition, Mapping) else ()
    return tuple(
        Clause(operator, key, texts_of(values))
        for operator, tests in blocks
        if isinstance(tests, Mapping)
        for key, values in tests.items()
    )


def weaknesses(clauses: tuple[Clause, ...]) -> tuple[str, ...] | None:
    """Why none of `clauses` limits a statement to fixed values, a sentence per clause; None where one does."""
    required = _required_keys(clauses)
    found = []
    for clause in clauses:
        weakness = _weakness(clause, required)
        if weakness is None:
            return None
        found.append(weakness)
    return tuple(found)


def _required_keys(clauses: tuple[Clause, ...]) -> frozenset[str]:
    """The keys that a request has to carry: ``Null`` with ``false``."""
    return frozenset(
        clause.key.lower()
        for clause in clauses
        if clause.operator.lower() == "null" and set(map(str.lower, clause.values)) == {"false"}
    )


def _weakness(clause: Clause, required: frozenset[str]) -> str | None:
    """Why `clause` limits nobody to fixed values; None where it does."""
    key = clause.key.lower()
    match = OPERATOR.fullmatch(clause.operator)
    if key not in CHECKS:
        return f"{clause.key} does not tell who may come in"
    if not match or match[2].lower() not in (MATCHES_ADDRESS if key == "aws:sourceip" else MATCHES):
        return f"{clause.operator} does not limit {clause.key} to fixed values"
    optional = match[3] or (match[1] or "").lower() == "forallvalues"
    if optional and key not in required:
        return f"{clause.operator} is true where {clause.key} is missing"
    return CHECKS[key](clause)


def _check_values(clause: Clause, is_good: Callable[[str], bool] = is_fixed) -> str | None:
    bad = [value for value in clause.values if not is_good(value)]
    if bad or not clause.values:
        return f"{clause.key} is not fixed ({', '.join(bad) or 'no value'})"
    return None


def _check_user_id(clause: Clause) -> str | None:
    return _check_values(clause, lambda value: is_fixed(value) and not ROLE_SESSION.fullmatch(value))


def _check_access_point(clause: Clause) -> str | None:
    return _check_values(clause, _is_access_point_of_an_account)


def _is_access_point_of_an_account(value: str) -> bool:
    """True where `value` is fixed, but for wildcards in the access point's name."""
    match = ACCESS_POINT_ARN.fullmatch(value)
    return is_fixed(value) or bool(match and is_fixed(match[1]) and "${" not in match[2])


def _check_addresses(clause: Clause) -> str | None:
    try:
        networks = [network_of(value) for value in clause.values]
    except ValueError:
        return _check_values(clause, _is_network)
    broad = INTERNET.reached_by(networks)
    if not broad:
        return _check_values(clause)
    line = INTERNET.ipv4_prefix if broad[0].version == 4 else INTERNET.ipv6_prefix
    return f"{clause.key} {', '.join(map(str, broad))} is broader than /{line}"


def _is_network(value: str) -> bool:
    try:
        network_of(value)
    except ValueError:
        return False
    return True


CHECKS: Mapping[str, Callable[[Clause], str | None]] = {
    **dict.fromkeys(
        (
            "aws:principalorgid",
            "aws:principalorgpaths",
            "aws:principalarn",
            "aws:principalaccount",
            "aws:sourcearn",
            "aws:sourcevpc",
            "aws:sourcevpce",
            "aws:sourceowner",
            "aws:sourceaccount",
            "s3:dataaccesspointaccount",
        ),
        _check_values,
    ),
    "aws:sourceip": _check_addresses,
    "aws:userid": _check_user_id,
    "s3:dataaccesspointarn": _check_access_point,
}
