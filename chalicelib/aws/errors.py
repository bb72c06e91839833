"""The translation of botocore's exceptions into this product's, used by all gateways.

``@aws_errors`` on a class applies to all of its public methods; on a function, or in a ``with`` statement, only to
that. Codes that are an expected response ("NoSuchBucket") are handled inside. All others become:

===========================================  =====================================================================
AWS's response                               Exception
===========================================  =====================================================================
access denied, by any policy                 AwsRefused: the same call is denied again until a person allows it
an invalid call                              AwsRefused
a part of the foundation is missing          NotDeployed, in the gateways to that part
throttling, 5xx, timeout, no credentials     NotDone, like every error that is not known to be permanent
===========================================  =====================================================================

`table_errors` is for the tables of people's decisions and of the journal. A denied call and a temporary error both
become Unreadable, because nothing may be changed until the table can be read again, and the message waits.
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
"""Parts of error codes with which AWS denies a call permanently; each service spells them differently."""
_DENIED_IN_WORDS = ("explicit deny", "is not authorized to perform", "not authorized to perform this operation")
_IMPOSSIBLE = frozenset({"ValidationException", "ValidationError", "InvalidBucketName", "403"})
"""Codes of calls for which no later try succeeds; S3 answers a HEAD request with nothing but 403."""
_IMPOSSIBLE_HERE = (ParamValidationError, InvalidRegionError, NoRegionError, UnknownRegionError)
"""Exceptions for calls that botocore does not send."""
_ERRORS = (ClientError, BotoCoreError, ResponseParserError)


@dataclass(frozen=True)
class AwsErrors:
    """A decorator of classes and functions, and a context manager, that translates botocore's exceptions.

    Attributes
    ----------
    refused, passing : type
        The exception for a permanent refusal (AwsRefused, or one that takes only a reason), and for a temporary error.
    missing : frozenset of str
        The error codes if a part of the foundation is missing.
    next_step : str
        What a person can do about a denied call; ``{action}`` is the denied action.
    subject : str
        The subject of the error, which botocore's message does not contain: ``the journal``.
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
        """The same translation, with `subject`."""
        return replace(self, subject=subject)

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if isinstance(error, _ERRORS):
            raise self.translated(error) from error

    def translated(self, error: Exception) -> DdAwsError:
        """The exception to raise instead of botocore's."""
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
