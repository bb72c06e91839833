"""People and tools of the account: IAM users, who may do what their policy says and no more."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from sandbox import Sandbox
from sandbox.environment import REGION


@dataclass(frozen=True)
class User:
    """An IAM user with an access key."""

    name: str
    access_key: str
    secret: str

    @property
    def credentials(self) -> Mapping[str, str]:
        """As environment variables."""
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_SESSION_TOKEN": ""}


def create_user(box: Sandbox, name: str, statements: Sequence[Mapping[str, Any]]) -> User:
    """A new user, with a policy of these statements."""
    iam = box.client("iam")
    iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17", "Statement": statements}
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return User(name, key["AccessKeyId"], key["SecretAccessKey"])


def ec2_of(box: Sandbox, user: User, user_agent: str) -> Any:
    """A boto3 client of EC2 that works as `user`, and says `user_agent` of itself."""
    return boto3.Session(user.access_key, user.secret, region_name=REGION).client(
        "ec2", endpoint_url=box.running.front, config=Config(proxies={}, user_agent=user_agent)
    )
