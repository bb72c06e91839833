"""Which conditions limit a policy statement to fixed values, and why the others do not."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib.exposure.fixed import is_fixed, texts_of
from chalicelib.exposure.networks import RFC_1918, Internet, Total, Unit, network_of

OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([a-z]+?)(IfExists)?", re.IGNORECASE)
MATCHES = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
ORGANIZATION_PATH = re.compile(r"o-[A-Za-z0-9]+/[^$]*(?:\$(?!\{)[^$]*)*", re.DOTALL)
"""A path whose organization is fixed, with any wildcards after it, but without policy variables."""
CIDR = re.compile(r"[0-9A-Fa-f:.]+(?:/[0-9]{1,3})?")
"""An address or a range as IAM writes it. Python would also accept masks and zones."""
ACCESS_POINT_ARN = re.compile(r"(arn:[^:]+:s3:[^:]*:\d{12}:accesspoint/)(.+)", re.DOTALL)
INTERNET = Internet(private=RFC_1918)
SOURCE_IP = "aws:sourceip"
UNSIGNED = "anonymous"
"""The account and the user ID of every unsigned request (IAM User Guide, Principal key values)."""


@dataclass(frozen=True)
class Clause:
    """One line of a ``Condition``: an operator, a key, and the values that the key is compared with."""

    operator: str
    key: str
    values: tuple[str, ...]


def clauses_of(condition: object) -> tuple[Clause, ...]:
    """The lines of a ``Condition``. A request has to satisfy all of them."""
    blocks = condition.items() if isinstance(condition, Mapping) else ()
    return tuple(
        Clause(operator, key, texts_of(values))
        for operator, tests in blocks
        if isinstance(tests, Mapping)
        for key, values in tests.items()
    )


def weaknesses(clauses: tuple[Clause, ...]) -> tuple[str, ...] | None:
    """Why none of `clauses` limits a statement to fixed values, a sentence per clause; None if one does."""
    required = _required_keys(clauses)
    found = tuple(_weakness(clause, required) for clause in clauses)
    return None if None in found else tuple(filter(None, found))


def source_networks(clauses: tuple[Clause, ...]) -> Unit | None:
    """The networks to which `clauses` limit a statement; None if they do not, or if another clause is a limit, too.

    Of several limits to networks, the one with the fewest addresses counts.
    """
    required = _required_keys(clauses)
    limits = [clause for clause in clauses if _weakness(clause, required) is None]
    if not limits or any(clause.key.lower() != SOURCE_IP for clause in limits):
        return None
    units = (tuple(map(network_of, clause.values)) for clause in limits)
    return min(units, key=lambda unit: sum(INTERNET.public(unit).addresses.values()))


def _required_keys(clauses: tuple[Clause, ...]) -> frozenset[str]:
    """The keys that every admitted request has: ``Null`` is ``false`` for them."""
    return frozenset(
        clause.key.lower()
        for clause in clauses
        if clause.operator.lower() == "null" and {value.lower() for value in clause.values} == {"false"}
    )


def _weakness(clause: Clause, required: frozenset[str]) -> str | None:
    """Why `clause` is no limit to fixed values; None if it is one."""
    key = clause.key.lower()
    match = OPERATOR.fullmatch(clause.operator)
    if key not in CHECKS:
        return f"{clause.key} does not count as a limit"
    if not match or not _matches(match[2].lower(), key):
        return f"{clause.operator} does not limit {clause.key} to fixed values"
    may_be_missing = match[3] or (match[1] or "").lower() == "forallvalues"
    if may_be_missing and key not in required:
        return f"{clause.operator} is true if {clause.key} is missing"
    return CHECKS[key](clause)


def _matches(operator: str, key: str) -> bool:
    """True for an operator that requires a value of `key`, rather than excluding or counting values."""
    return operator in MATCHES or (operator == "ipaddress" and key == SOURCE_IP)


def _fixed(clause: Clause, is_good: Callable[[str], bool] = is_fixed) -> str | None:
    """Why a value is not fixed. One such value is enough, because a request has to match only one of the values."""
    bad = [value for value in clause.values or ("",) if not is_good(value)]
    return f"{clause.key} {bad[0] or 'without a value'} is not fixed" if bad else None


def _fixed_identity(clause: Clause) -> str | None:
    if any(value.lower() == UNSIGNED for value in clause.values):
        return f"{clause.key} {UNSIGNED} matches every unsigned request"
    return _fixed(clause)


def _fixed_address(clause: Clause) -> str | None:
    weakness = _fixed(clause, _is_network)
    if weakness:
        return weakness
    broad = INTERNET.reached_by(map(network_of, clause.values))
    if not broad:
        return None
    if isinstance(broad[0], Total):
        return f"{clause.key} admits {broad[0]}"
    return f"{clause.key} {broad[0]} is broader than /{INTERNET.prefix(broad[0].version)}"


def _is_network(value: str) -> bool:
    try:
        network_of(value)
    except ValueError:
        return False
    return bool(CIDR.fullmatch(value))


def _fixed_organization(clause: Clause) -> str | None:
    return _fixed(clause, lambda value: is_fixed(value) or bool(ORGANIZATION_PATH.fullmatch(value)))


def _fixed_access_point(clause: Clause) -> str | None:
    return _fixed(clause, _is_access_point_of_an_account)


def _is_access_point_of_an_account(value: str) -> bool:
    """True if `value` is fixed. The access point's name may contain a wildcard, because the account stays fixed."""
    match = ACCESS_POINT_ARN.fullmatch(value)
    return is_fixed(value) or bool(match and is_fixed(match[1]) and "${" not in match[2])


CHECKS: Mapping[str, Callable[[Clause], str | None]] = {
    "aws:principalaccount": _fixed_identity,
    "aws:principalarn": _fixed,
    "aws:principalorgid": _fixed,
    "aws:principalorgpaths": _fixed_organization,
    "aws:sourceaccount": _fixed,
    "aws:sourcearn": _fixed,
    SOURCE_IP: _fixed_address,
    "aws:sourceowner": _fixed,
    "aws:sourcevpc": _fixed,
    "aws:sourcevpce": _fixed,
    "aws:userid": _fixed_identity,
    "s3:dataaccesspointaccount": _fixed,
    "s3:dataaccesspointarn": _fixed_access_point,
}
"""The keys that AWS counts as limits, in lower case, because keys are not case-sensitive."""
