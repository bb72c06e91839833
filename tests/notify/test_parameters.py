"""Secrets from SSM, against moto."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from chalicelib.aws.parameters import REMEMBERED_FOR, Parameters
from chalicelib.errors import AwsRefused, NotDone

NAME = "/dd-aws/dev/slack-webhook-url"


@pytest.fixture
def ssm() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("ssm", region_name="eu-west-1")


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def parameters(ssm: Any, clock: list[float]) -> Parameters:
    return Parameters(ssm, now=lambda: clock[0])


def put(ssm: Any, value: str) -> None:
    ssm.put_parameter(Name=NAME, Value=value, Type="SecureString", Overwrite=True)


def test_a_secure_string_is_decrypted(ssm: Any, parameters: Parameters) -> None:
    put(ssm, "https://hooks.slack.example/x")
    assert parameters.secret(NAME) == "https://hooks.slack.example/x"


def test_white_space_around_a_value_is_an_accident(ssm: Any, parameters: Parameters) -> None:
    put(ssm, " https://hooks.slack.example/x\n")
    assert parameters.secret(NAME) == "https://hooks.slack.example/x"


def test_a_missing_parameter_is_none_and_looked_for_again(ssm: Any, parameters: Parameters) -> None:
    assert parameters.secret(NAME) is None
    put(ssm, "x")
    assert parameters.secret(NAME) == "x"


def test_a_secret_is_remembered_for_two_minutes(ssm: Any, parameters: Parameters, clock: list[float]) -> None:
    put(ssm, "old")
    parameters.secret(NAME)
    put(ssm, "new")
    clock[0] = REMEMBERED_FOR - 1
    assert parameters.secret(NAME) == "old"
    clock[0] = REMEMBERED_FOR
    assert parameters.secret(NAME) == "new"


def test_a_failure_is_raised_and_not_remembered(ssm: Any, clock: list[float]) -> None:
    put(ssm, "x")
    refusing = _Refusing(ssm)
    parameters = Parameters(refusing, now=lambda: clock[0])
    with pytest.raises(AwsRefused, match=f"{NAME}.*AccessDenied"):
        parameters.secret(NAME)
    refusing.refuses = False
    assert parameters.secret(NAME) == "x"


def test_an_unreachable_ssm_is_raised() -> None:
    nowhere = boto3.client(
        "ssm",
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:9",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=1),
    )
    with pytest.raises(NotDone, match=NAME):
        Parameters(nowhere).secret(NAME)


class _Refusing:
    """SSM, which denies the read at first."""

    def __init__(self, ssm: Any) -> None:
        self._ssm = ssm
        self.refuses = True

    def get_parameter(self, **asked: Any) -> Any:
        if self.refuses:
            error = {"Error": {"Code": "AccessDeniedException", "Message": json.dumps(asked)}}
            raise self._ssm.exceptions.ClientError(error, "GetParameter")
        return self._ssm.get_parameter(**asked)
