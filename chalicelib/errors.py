"""Every error that this product raises on purpose.

::

    DdAwsError
    |-- BadInput            an invalid message, event, setting or rule parameter: never retried
    |-- AwsRefused          AWS refuses this call permanently: never retried
    |-- MustWait            nothing may be changed now: the work waits and is not lost
    `-- NotDone             the work is not finished; a retry may finish it: raised, so that SQS delivers again
        |-- Superseded      what a plan would change has changed: read and plan again
        |   `-- Gone        the resource does not exist: there is nothing to evaluate or to fix
        |-- Unreadable      data that decides about a change cannot be read or written: the change waits
        `-- NotDeployed     the stage lacks a part of the foundation
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class DdAwsError(Exception):
    """The root of the tree."""


class BadInput(DdAwsError):
    """Input from outside is invalid.

    Parameters
    ----------
    field : str
        The path of the value: ``messageBody.violations[0].violationType``.
    value : object
        The value; None if it is missing.
    expected : str
        What is expected.

    Examples
    --------
    >>> str(BadInput("prohibitedPorts", "22,ssh", "ports or ranges of ports, such as 22,6000-6063"))
    "prohibitedPorts: expected ports or ranges of ports, such as 22,6000-6063; got '22,ssh'"
    """

    def __init__(self, field: str, value: object, expected: str) -> None:
        self.field = field
        self.value = value
        self.expected = expected
        found = "it is missing" if value is None else f"got {shortened(_printable(repr(value)))}"
        super().__init__(f"{shortened(_printable(field))}: expected {expected}; {found}")


class AwsRefused(DdAwsError):
    """AWS refuses a call permanently.

    Parameters
    ----------
    reason : str
        AWS's error code and message.
    next_step : str
        What a person can do about it.
    """

    def __init__(self, reason: str, next_step: str) -> None:
        self.reason = reason
        self.next_step = next_step
        super().__init__(f"{reason} Next step: {next_step}")


class MustWait(DdAwsError):
    """Nothing may be changed now.

    Parameters
    ----------
    reason : str
        Why nothing may be changed.
    seconds : int
        The minimum time to wait; 0 if unknown.
    """

    def __init__(self, reason: str, seconds: int = 0) -> None:
        self.seconds = seconds
        super().__init__(reason)


class NotDone(DdAwsError):
    """The work is not finished; a retry may finish it."""


class Superseded(NotDone):
    """Somebody else changed the resource first: what the plan would change is no longer there.

    Parameters
    ----------
    answer : Mapping or None
        AWS's response if AWS did not refuse the whole call.
    is_perhaps_ours : bool
        Whether the call was sent more than once: the other change may be our own earlier attempt.
    """

    def __init__(self, reason: str, answer: Mapping[str, Any] | None = None, *, is_perhaps_ours: bool = False) -> None:
        self.answer = answer
        self.is_perhaps_ours = is_perhaps_ours
        super().__init__(reason)


class Gone(Superseded):
    """The resource does not exist."""


class Unreadable(NotDone):
    """People's decisions or earlier changes cannot be read or written, so nothing may be changed."""


class NotDeployed(NotDone):
    """A part of the foundation is missing: it was never deployed, or somebody deleted it."""


def _printable(text: str) -> str:
    """`text` with every character escaped that is invisible or that SQS rejects: names come from outside."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


@dataclass(frozen=True)
class Failure:
    """An error that concerns one resource, or a part that several share; the others continue.

    Attributes
    ----------
    subject : str
        The resource's ID, or a description of the failed operation; empty if the resource's ID is unknown.
    """

    subject: str
    error: Exception

    def __str__(self) -> str:
        """For example ``sg-1: KeyError: 'GroupName'``."""
        kind = "" if isinstance(self.error, DdAwsError) else f"{type(self.error).__name__}: "
        return f"{self.subject or 'a resource without an id'}: {kind}{self.error}"


def shortened(text: str, limit: int = 200) -> str:
    """Cut `text` to `limit` characters, the last of which is then an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
