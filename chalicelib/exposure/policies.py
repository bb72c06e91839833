"""Which statements of a bucket policy give the public access, and the policy without them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.exposure.conditions import INTERNET, clauses_of, source_networks, weaknesses
from chalicelib.exposure.networks import Unit
from chalicelib.exposure.principals import public_principals, without_public
from chalicelib.repeated_keys import kept, readings, repeated_key

Policy = Mapping[str, Any]
STATEMENT, CONDITION = "Statement", "Condition"


@dataclass(frozen=True)
class PublicStatement:
    """A statement that makes its policy public.

    Attributes
    ----------
    index : int
        Its index in the policy, from 0.
    sid : str or None
        Its ``Sid``.
    reason : str
        Which element gives the public access, and why the conditions are no limit.
    """

    index: int
    sid: str | None
    reason: str

    @property
    def name(self) -> str:
        return name_of(self.index, self.sid)


def name_of(index: int, sid: str | None) -> str:
    """The name of a statement for people: its ``Sid``, or its number."""
    return f'statement "{sid}"' if sid else f"statement {index + 1}"


def statements_of(policy: Policy | None) -> tuple[Any, ...]:
    """The statements of a policy: a list, a single one, or none; of every `Statement` if that key is repeated."""
    return tuple(statement for some in _blocks(policy or {}) for statement in _listed(some))


def public_statements(policy: Policy | None) -> tuple[PublicStatement, ...]:
    """The statements that make `policy` public. One is enough. A Deny statement changes nothing.

    The address ranges to which several statements are limited add up. A statement with a repeated key is public if it
    is public in any reading.
    """
    statements = statements_of(policy)
    read = [_readings(statement) for statement in statements]
    reasons = [_reason(statement, some) for statement, some in zip(statements, read, strict=True)]
    left = [some if some and not reason else [] for some, reason in zip(read, reasons, strict=True)]
    together = _together(left)
    return tuple(
        PublicStatement(index, _sid(statements[index]), reason)
        for index, alone in enumerate(reasons)
        if (reason := alone or together.get(index))
    )


def private_statements(policy: Policy, exempt: Collection[int] = ()) -> tuple[tuple[int, Any], ...]:
    """Each statement without its public part, with its index in `policy`.

    Statements whose index is in `exempt` are kept unchanged. A public statement with a repeated key is removed as a
    whole.
    """
    public = {each.index for each in public_statements(policy)} - set(exempt)
    left = (
        (index, _private_part(statement) if index in public else statement)
        for index, statement in enumerate(statements_of(policy))
    )
    return tuple((index, statement) for index, statement in left if statement is not None)


def with_statements(policy: Policy, statements: Mapping[int, Any]) -> Policy | None:
    """`policy` with only these statements, by index, in its own form (a list or a single one); None: no policy is left.

    If ``Statement`` is repeated, blocks without a remaining statement are removed, because S3 accepts no empty block.
    """
    if not statements:
        return None
    found, start = [], 0
    for key, value in policy.items():
        if key != STATEMENT:
            found.append((key, value))
            continue
        end = start + len(_listed(value))
        some = [statements[index] for index in range(start, end) if index in statements]
        start = end
        if some:
            found.append((key, some if isinstance(value, list | tuple) else some[0]))
    return kept(found)


def _blocks(policy: Policy) -> list[Any]:
    return [value for key, value in policy.items() if key == STATEMENT]


def _listed(value: Any) -> tuple[Any, ...]:
    """The statements of one ``Statement``."""
    return tuple(value) if isinstance(value, list | tuple) else (value,) if value else ()


def _sid(statement: Any) -> str | None:
    return statement.get("Sid") if isinstance(statement, Mapping) else None


def _readings(statement: Any) -> list[Any] | None:
    """The ways to read `statement`; None if there are too many. Names in a condition are not case-sensitive."""
    if not isinstance(statement, Mapping):
        return [statement]
    if repeated_key(statement) is None and not _repeats_in_other_case(statement):
        return [statement]
    pairs = [(key, _folded(value) if key == CONDITION else value) for key, value in statement.items()]
    return readings(kept(pairs))


def _repeats_in_other_case(statement: Mapping[str, Any]) -> bool:
    return any(_folded(value) != value for key, value in statement.items() if key == CONDITION)


def _folded(condition: Any) -> Any:
    """`condition` with operators and keys that differ only in case under one name."""
    if not isinstance(condition, Mapping):
        return condition
    blocks = [(operator, _renamed(keys) if isinstance(keys, Mapping) else keys) for operator, keys in condition.items()]
    return _renamed(kept(blocks))


def _renamed(some: Mapping[str, Any]) -> Mapping[str, Any]:
    first: dict[str, str] = {}
    return kept([(first.setdefault(key.lower(), key), value) for key, value in some.items()])


def _together(statements: list[list[Any]]) -> dict[int, str]:
    """Why statements, by index, are public together although none is public alone: their source addresses add up."""
    units: dict[int, Unit] = {}
    for index, read in enumerate(statements):
        networks = [network for each in read for network in _networks(each)]
        if networks:
            units[index] = tuple(networks)
    offending = INTERNET.offenders({unit: INTERNET.public(unit) for unit in units.values()})
    return {
        index: f"its aws:SourceIp is a part of {offending[unit]}, which the policy's statements admit together"
        for index, unit in units.items()
        if unit in offending
    }


def _networks(statement: Any) -> Unit:
    """The networks from which `statement` admits everyone; none if it is not public or has another fixed limit."""
    if not _allows(statement) or not _admitted(statement):
        return ()
    return source_networks(clauses_of(statement.get(CONDITION))) or ()


def _private_part(statement: Any) -> Any:
    if repeated_key(statement) is not None or "NotPrincipal" in statement:
        return None
    principal = without_public(statement.get("Principal"))
    return None if principal is None else {**statement, "Principal": principal}


def _reason(statement: Any, read: list[Any] | None) -> str | None:
    """Why `statement` is public, in one of the ways to read it; None if it is not public in any."""
    repeated = repeated_key(statement)
    if read is None:
        return f"{repeated or CONDITION} and other keys are repeated, in more combinations than can be evaluated"
    reason = next(filter(None, map(_reason_of_reading, read)), None)
    if reason is None or len(read) < 2:
        return reason
    return f"{repeated or 'a key of its Condition'} is repeated, so the statement may be read as: {reason}"


def _reason_of_reading(statement: Any) -> str | None:
    """Why `statement` is public; None if it is not. A value that is not an object grants nothing."""
    if not _allows(statement):
        return None
    admitted = _admitted(statement)
    failed = weaknesses(clauses_of(statement.get(CONDITION)))
    return "; ".join((admitted, *failed)) if admitted and failed is not None else None


def _allows(statement: Any) -> bool:
    return isinstance(statement, Mapping) and str(statement.get("Effect")).lower() == "allow"


def _admitted(statement: Mapping[str, Any]) -> str | None:
    """How `statement` names the public, and in which element; None if it names only fixed principals."""
    if "NotPrincipal" in statement:
        return "NotPrincipal admits everyone else"
    public = public_principals(statement.get("Principal"))
    return f"Principal admits {', '.join(public)}" if public else None
