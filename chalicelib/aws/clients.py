"""boto3 clients, one per service, account and region, created at first use."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from chalicelib.aws.errors import aws_errors

PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=10)
"""A call without a response fails within a minute, before any function's timeout."""
POLLING = PATIENT.merge(Config(read_timeout=30))
"""For SQS, whose long polls take up to 20 seconds."""
HURRIED = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=2, read_timeout=2)
"""For tables, which respond in milliseconds. A call that hangs must not use up the function's time."""


@cache
@aws_errors
def client(service: str, account_id: str, region: str, config: Config = PATIENT) -> Any:  # noqa: ARG001 - one account
    """A client of `service` in `region`, with credentials for `account_id`, which today is always our own."""
    if service == "sqs" and config is PATIENT:
        config = POLLING
    return boto3.client(service, region_name=region, config=config)
