"""boto3 clients, one per service, account and region, made at first use."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=30)


@cache
def client(service: str, account_id: str, region: str) -> Any:  # noqa: ARG001 - one account today: its own credentials
    """A client of `service` in `region`, with credentials for `account_id`."""
    return boto3.client(service, region_name=region, config=_CONFIG)


def code(error: ClientError) -> str:
    """AWS's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))
