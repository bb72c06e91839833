"""The AWS account and region that a command works on, and the only place that creates boto3 clients."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import BadInput
from ddaws.aws_errors import UNREACHABLE, explained

RETRIES = Config(retries={"mode": "standard", "max_attempts": 6})


class Account:
    """One account in one region.

    Credentials, region and endpoints come from the environment, as boto3 reads it.
    """

    def __init__(self, session: boto3.Session, account_id: str) -> None:
        self._session = session
        self.account_id = account_id
        self.region: str = session.region_name
        self.partition: str = session.get_partition_for_region(self.region)
        self.client = cache(self._client)
        self.client_in = cache(self._client_in)

    @classmethod
    def connect(cls) -> Self:
        """Find the account and region of the credentials.

        Raises
        ------
        BadInput
            AWS STS does not accept them, or no region is set.
        BotoCoreError
            AWS cannot be reached.
        """
        try:
            session = boto3.Session()
            if not session.region_name:
                raise BadInput("--region or AWS_REGION", session.region_name, "a region, such as eu-west-1")
            identity = session.client("sts", config=RETRIES).get_caller_identity()
        except UNREACHABLE:
            raise
        except (BotoCoreError, ClientError) as error:
            expected = "credentials that sts:GetCallerIdentity accepts"
            raise BadInput("AWS credentials", explained(error), expected) from error
        return cls(session, identity["Account"])

    def _client(self, service: str) -> Any:
        return self._session.client(service, config=RETRIES)

    def _client_in(self, region: str, service: str) -> Any:
        """A client for another region."""
        return self._session.client(service, region_name=region, config=RETRIES)

    def pages(self, service: str, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
        """Every entry under `key` of every page of a list operation, named as in boto3."""
        for page in self.client(service).get_paginator(operation).paginate(**parameters):
            yield from page.get(key, [])

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this account and region; `resource` is the last part of the ARN."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def speaks_https(self, service: str) -> bool:
        """Whether the service's endpoint is HTTPS: always true for AWS, rarely for an emulator."""
        return str(self.client(service).meta.endpoint_url).startswith("https:")


def error_code(error: ClientError) -> str:
    """The AWS error code: ``ResourceNotFoundException``."""
    return str(error.response.get("Error", {}).get("Code", ""))
