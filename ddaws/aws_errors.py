"""Explains botocore's errors to operators, with the next step."""

import re
from typing import Any

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

LOGIN = "Log in again (such as 'aws sso login'), or renew the credentials, and repeat the command."
CREDENTIALS = "Set --profile or AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; see 'aws configure list'."
NETWORK = "Check the network, a proxy (HTTPS_PROXY), the region, and AWS_ENDPOINT_URL if it is set."

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
INVALID = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "AuthFailure",
    }
)
SKEWED = frozenset({"RequestExpired", "RequestTimeTooSkewed"})
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "403",
        "AuthorizationError",
        "AuthorizationErrorException",
    }
)
THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "SlowDown",
    }
)
WITHOUT_CREDENTIALS = (boto.NoCredentialsError, boto.PartialCredentialsError, boto.ProfileNotFound)
LOGGED_OUT = (
    boto.SSOError,
    boto.TokenRetrievalError,
    boto.CredentialRetrievalError,
    boto.RefreshWithMFAUnsupportedError,
    boto.MetadataRetrievalError,
)
UNREACHABLE = (boto.HTTPClientError, boto.ConnectionError)
_ACTION = re.compile(r"perform: ([A-Za-z0-9-]+:[A-Za-z0-9]+)")


def explained(error: BotoCoreError | ClientError) -> str:
    """The error in one or two sentences; the last one gives the next step."""
    if isinstance(error, ClientError):
        return _refusal(error)
    said = _sentence(str(error))
    if isinstance(error, WITHOUT_CREDENTIALS):
        return f"{said} {CREDENTIALS}"
    if isinstance(error, boto.NoRegionError):
        return "No region is set. Name one: --region eu-west-1, or AWS_REGION."
    if isinstance(error, LOGGED_OUT):
        return f"{said} {LOGIN}"
    if isinstance(error, UNREACHABLE):
        return f"AWS cannot be reached: {said} {NETWORK}"
    return said


def denied_action(error: Exception) -> str:
    """The IAM action that AWS names as missing (``dynamodb:Query``); empty if it names none."""
    found = _ACTION.search(str(error))
    return found[1] if found else ""


def is_denied(error: Exception) -> bool:
    """Whether AWS refuses a call because a permission is missing."""
    return isinstance(error, ClientError) and _code(error) in DENIED


def _refusal(error: ClientError) -> str:
    code, message = _code(error), _message(error)
    operation = error.operation_name
    if code in EXPIRED:
        return f"The credentials have expired ({code}). {LOGIN}"
    if code in INVALID:
        return f"AWS does not accept the credentials ({code}: {message}) {CREDENTIALS}"
    if code in SKEWED:
        return f"AWS does not accept the time of the request ({code}). Set this computer's clock."
    if is_denied(error):
        action = denied_action(error) or operation
        return f"A permission is missing: {action}. {message} Allow it, or use another profile (--profile)."
    if code in THROTTLED:
        return f"AWS throttles {operation} ({code}). Repeat the command in a minute."
    return f"AWS refuses {operation} ({code}): {message}"


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _message(error: ClientError) -> str:
    details: dict[str, Any] = error.response.get("Error", {})
    return _sentence(str(details.get("Message") or details.get("Code") or "no reason given"))


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
