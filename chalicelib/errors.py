"""Every error this product raises on purpose.

::

    DdAwsError
    |-- BadInput            a message, an event, a setting or a rule parameter that cannot be right: never retried
    |-- AwsRefused          AWS refuses this call for good; the same call will never succeed: never retried
    |-- MustWait            nothing may be changed now: the work waits, and loses nothing by that
    `-- NotDone             the work is not finished, and trying again may finish it: raised, so that SQS retries
        |-- Superseded      what a plan would change has gone: read again, and plan again
        |   `-- Gone        the resource itself does not exist, or no longer: there is nothing to judge or to fix
        |-- Unreadable      what decides about a change cannot be read, or written down: it waits
        `-- NotDeployed     a part of the foundation that this stage does not have
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class DdAwsError(Exception):
    """The root of the tree."""


class BadInput(DdAwsError):
    """Something from outside has the wrong shape.

    Parameters
    ----------
    field : str
        Where it was found, as a path: ``messageBody.violations[0].violationType``.
    value : object
        What stood there; None: nothing did.
    expected : str
        What should have stood there.

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
    """AWS refuses a call for good.

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
        Who or what holds it up.
    seconds : int
        How long it holds at least; 0: nobody knows.
    """

    def __init__(self, reason: str, seconds: int = 0) -> None:
        self.seconds = seconds
        super().__init__(reason)


class NotDone(DdAwsError):
    """A fix did not (yet) do what it should."""


class Superseded(NotDone):
    """Someone was faster: what the plan would change is no longer there.

    Parameters
    ----------
    answer : Mapping or None
        AWS's answer, where it did not refuse the whole call.
    is_perhaps_ours : bool
        Whether the call was sent more than once: whoever was faster may have been our own earlier try.
    """

    def __init__(self, reason: str, answer: Mapping[str, Any] | None = None, *, is_perhaps_ours: bool = False) -> None:
        self.answer = answer
        self.is_perhaps_ours = is_perhaps_ours
        super().__init__(reason)


class Gone(Superseded):
    """The resource does not exist, or no longer."""


class Unreadable(NotDone):
    """What people have decided, or what was done before, cannot be read or written down: so nothing may be changed."""


class NotDeployed(NotDone):
    """A part of the foundation is not there: it was never deployed, or somebody has deleted it."""


def _printable(text: str) -> str:
    """`text` with each character escaped that cannot be seen, or that SQS does not take: names come from outside."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


@dataclass(frozen=True)
class Failure:
    """What went wrong with one resource, or with what several share, while its neighbours went on.

    Attributes
    ----------
    subject : str
        The resource's id, or what was tried, in words; empty where a resource does not even show its id.
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
