"""The one way by which gateways translate botocore's exceptions into this product's.

``@aws_errors`` on a class treats all of its public methods, also those that are written later; on a function, or in a
``with`` statement, that alone. Codes that are an answer ("there is no such bucket") are read inside. What comes out:

===========================================  =====================================================================
What AWS answers                             What is raised
===========================================  =====================================================================
a refusal, by whatever policy                AwsRefused: the same call is refused again, until a person allows it
a call that can never be right               AwsRefused
a part of the foundation is missing          NotDeployed, for the gateways to that part
throttling, 5xx, no answer, no credentials   NotDone, as is all that is not known to be final
===========================================  =====================================================================

For the tables that hold people's decisions and the journal there is `table_errors`: a refusal is Unreadable there, as
is whatever may pass, because nothing may be changed until the table can be read again, and the message waits.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from inspect import isfunction, isgeneratorfunction
from types import TracebackType
from typing import Any, Self, cast

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    InvalidRegionError,
    NoRegionError,
    ParamValidationError,
    UnknownRegionError,
)
from botocore.parsers import ResponseParserError

from chalicelib.errors import AwsRefused, DdAwsError, NotDeployed, NotDone, Unreadable

_DENIED = (
    "accessdenied",  # also KMS.AccessDeniedException, KMSAccessDenied, AllAccessDenied
    "accessdisabled",
    "accountproblem",
    "authfailure",
    "authorizationerror",
    "forbidden",
    "methodnotallowed",
    "notauthorized",
    "notsignedup",
    "operationnotpermitted",
    "optinrequired",
    "subscriptionrequired",
    "unauthorized",
)
"""What an error code has in it where AWS refuses a call for good; each service spells it differently."""
_DENIED_IN_WORDS = ("explicit deny", "is not authorized to perform", "not authorized to perform this operation")
_IMPOSSIBLE = frozenset({"ValidationException", "ValidationError", "InvalidBucketName", "403"})
"""Calls that no later try makes right; 403 is all that S3 says to a HEAD request."""
_IMPOSSIBLE_HERE = (ParamValidationError, InvalidRegionError, NoRegionError, UnknownRegionError)
"""What botocore does not even send."""
_ERRORS = (ClientError, BotoCoreError, ResponseParserError)


@dataclass(frozen=True)
class AwsErrors:
    """A decorator of classes and functions, and a context manager, that translates what botocore raises.

    Attributes
    ----------
    refused, passing : type
        What a final refusal is raised as (AwsRefused, or else an error that takes a reason alone), and what may pass.
    missing : frozenset of str
        The error codes that say that a part of the foundation is missing.
    next_step : str
        What a person can do about a refusal; ``{action}`` is the refused action.
    subject : str
        What the error is about, where botocore's own message leaves that out: ``the journal``.
    """

    refused: type[AwsRefused | NotDone] = AwsRefused
    passing: type[NotDone] = NotDone
    missing: frozenset[str] = frozenset()
    next_step: str = (
        "Find what denies {action} to the function's role, and allow it: the role's own policy, its permissions "
        "boundary, a service control policy (SCP), a resource control policy (RCP), or the resource's own policy, "
        "such as a bucket policy."
    )
    subject: str = ""

    def __call__[T: type | Callable[..., Any]](self, target: T) -> T:
        if isinstance(target, type):
            for name, method in list(vars(target).items()):
                if isfunction(method) and not name.startswith("_"):
                    setattr(target, name, self._treated(method))
            return target
        return cast("T", self._treated(target))

    def about(self, subject: str) -> Self:
        """The same, for what is about `subject`."""
        return replace(self, subject=subject)

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if isinstance(error, _ERRORS):
            raise self.translated(error) from error

    def translated(self, error: Exception) -> DdAwsError:
        """The error to raise in the place of one of botocore's."""
        reason = f"{self.subject}: {error}" if self.subject else str(error)
        if not reason.endswith("."):
            reason += "."
        if isinstance(error, ClientError) and code(error) in self.missing:
            return NotDeployed(f"{reason} Next step: deploy the stage, which creates it.")
        if not _is_final(error):
            return self.passing(reason)
        action = error.operation_name if isinstance(error, ClientError) else "the call"
        next_step = self.next_step.format(action=action)
        if issubclass(self.refused, AwsRefused):
            return self.refused(reason, next_step)
        return self.refused(f"{reason} Next step: {next_step}")

    def _treated(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if isgeneratorfunction(function):

            @wraps(function)
            def generate(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return (yield from function(*args, **kwargs))

            return generate

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return call


def code(error: ClientError) -> str:
    """AWS's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _is_final(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return isinstance(error, _IMPOSSIBLE_HERE)
    name = code(error).lower().replace("_", "")
    message = str(error.response.get("Error", {}).get("Message", "")).lower()
    return (
        code(error) in _IMPOSSIBLE
        or any(word in name for word in _DENIED)
        or any(words in message for words in _DENIED_IN_WORDS)
    )


aws_errors = AwsErrors()

queue_errors = AwsErrors(
    missing=frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NotFound", "NotFoundException"})
)
"""For our own queues and topic."""

table_errors = AwsErrors(
    refused=Unreadable,
    passing=Unreadable,
    missing=frozenset({"ResourceNotFoundException"}),
    next_step="Allow {action} to the function's role (.chalice/policies has what it needs).",
)
"""For our own tables."""
