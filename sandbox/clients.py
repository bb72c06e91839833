"""boto3 clients of a sandbox's root user that neither read nor change this process's environment."""

from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from sandbox.environment import REGION, ROOT_KEY
from sandbox.state import State

BEHIND_THE_FRONT = ("ec2", "config", "s3control", "service-quotas", "cloudtrail")


class Clients:
    """Makes clients of the services at two endpoints: the emulator's, and the front's."""

    def __init__(self, state: State, aws: str, front: str) -> None:
        self._aws = aws
        self._front = front
        core = botocore.session.Session()
        core.set_config_variable("profile", "default")
        core.set_config_variable("config_file", str(state.aws_config))
        core.set_config_variable("credentials_file", str(state.aws_config))
        core.set_config_variable("data_path", str(state.botocore_data))
        self._session = boto3.Session(
            botocore_session=core,
            region_name=REGION,
            aws_access_key_id=ROOT_KEY,
            aws_secret_access_key=ROOT_KEY,
        )
        self._made = cache(self._make)

    def __call__(self, service: str) -> Any:
        """The client of `service`, which is named as boto3 names it; made at first use, which takes a while."""
        return self._made(service)

    def _make(self, service: str) -> Any:
        endpoint = self._front if service in BEHIND_THE_FRONT else self._aws
        return self._session.client(service, endpoint_url=endpoint, config=Config(inject_host_prefix=False, proxies={}))
