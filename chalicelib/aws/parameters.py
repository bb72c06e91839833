"""SSM Parameter Store: secrets."""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.errors import aws_errors, code

REMEMBERED_FOR = 120
"""Seconds for which a secret is cached: less than Lambda's retries last, so that the last retry reads a new one."""


@aws_errors
class Parameters:
    """Reads SecureStrings, and caches them. Missing parameters and errors are not cached.

    Parameters
    ----------
    client
        boto3's SSM client.
    now : callable
        A clock in seconds.
    """

    def __init__(self, client: Any, now: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._now = now
        self._remembered: dict[str, tuple[float, str]] = {}

    def secret(self, name: str) -> str | None:
        """The parameter's value without surrounding white space; None if the parameter does not exist.

        Raises
        ------
        AwsRefused, NotDone
            SSM or KMS does not return it.
        """
        until, value = self._remembered.get(name, (0.0, ""))
        if self._now() < until:
            return value
        with aws_errors.about(f"the SSM parameter {name} cannot be read"):
            try:
                answer = self._client.get_parameter(Name=name, WithDecryption=True)
            except ClientError as error:
                if code(error) == "ParameterNotFound":
                    return None
                raise
        value = str(answer["Parameter"]["Value"]).strip()
        self._remembered[name] = (self._now() + REMEMBERED_FOR, value)
        return value
