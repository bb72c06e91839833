"""No error of AWS or of the network ends in a traceback: each is a sentence that says what to do."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError
from click.testing import CliRunner, Result

from ddaws.__main__ import main
from ddaws.account import Account
from ddaws.aws_errors import explained
from tests.ddaws.fakes import client_error

type Command = Callable[..., Result]

WHAT_TO_DO: list[tuple[BotoCoreError | ClientError, str]] = [
    (boto.NoCredentialsError(), "--profile or AWS_PROFILE"),
    (boto.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "AWS_SECRET_ACCESS_KEY"),
    (boto.ProfileNotFound(profile="nobody"), "--profile"),
    (boto.NoRegionError(), "--region"),
    (boto.TokenRetrievalError(provider="sso", error_msg="expired"), "aws sso login"),
    (boto.UnauthorizedSSOTokenError(), "aws sso login"),
    (boto.SSOTokenLoadError(error_msg="none"), "aws sso login"),
    (boto.EndpointConnectionError(endpoint_url="https://sts.nowhere"), "AWS cannot be reached"),
    (boto.ConnectTimeoutError(endpoint_url="https://x"), "AWS cannot be reached"),
    (boto.ReadTimeoutError(endpoint_url="https://x"), "AWS cannot be reached"),
    (boto.ProxyConnectionError(proxy_url="http://x"), "HTTPS_PROXY"),
    (boto.SSLError(endpoint_url="https://x", error="certificate"), "AWS cannot be reached"),
    (client_error("ExpiredToken"), "have expired"),
    (client_error("ExpiredTokenException"), "have expired"),
    (client_error("RequestExpired"), "clock"),
    (client_error("InvalidClientTokenId", "bad"), "does not accept the credentials"),
    (client_error("UnrecognizedClientException", "bad"), "does not accept the credentials"),
    (client_error("AccessDenied", "bob is not authorized to perform: sqs:SendMessage"), "missing: sqs:SendMessage."),
    (client_error("UnauthorizedOperation", "no"), "missing: Operation."),
    (client_error("ThrottlingException"), "in a minute"),
    (client_error("Odd", "what"), "AWS refuses Operation (Odd): what."),
]


@pytest.mark.parametrize(("error", "text"), WHAT_TO_DO, ids=lambda each: type(each).__name__)
def test_an_error_says_what_to_do(error: BotoCoreError | ClientError, text: str) -> None:
    assert text in explained(error)
    assert explained(error).endswith((".", ")"))


@pytest.fixture
def command(project: Path, account: Account) -> Command:
    def run(*arguments: str, **environment: str | None) -> Result:
        line = (*arguments, "--project-dir", str(project))
        return CliRunner().invoke(main, line, env=environment)

    return run


@pytest.mark.parametrize("error", [error for error, _ in WHAT_TO_DO], ids=lambda each: type(each).__name__)
def test_a_command_that_meets_it_ends_with_a_line_and_a_status(
    command: Command, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse() -> Account:
        raise error

    monkeypatch.setattr(Account, "connect", refuse)
    result = command("status", "--stage", "dev")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("error: ")


def test_an_endpoint_that_nobody_answers_at_is_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    result = command("status", "--stage", "dev", AWS_ENDPOINT_URL=endpoint)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "cannot be reached" in result.stderr


def test_the_stage_may_come_from_the_environment(command: Command) -> None:
    assert "stage dev is not deployed" in command("status", DDAWS_STAGE="dev").stderr


def test_without_a_stage_the_option_and_the_variable_are_named(command: Command) -> None:
    result = command("status", DDAWS_STAGE=None)
    assert result.exit_code == 2
    assert "--stage" in result.stderr
    assert "DDAWS_STAGE" in result.stderr


@pytest.mark.parametrize(
    ("options", "environment", "region"),
    [
        (("--region", "us-east-2"), {"AWS_REGION": "eu-west-3"}, "us-east-2"),
        ((), {"AWS_REGION": "eu-west-3"}, "eu-west-3"),
        ((), {"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
    ],
)
def test_the_region_is_that_of_the_option_or_of_the_environment(
    command: Command, options: tuple[str, ...], environment: dict[str, str], region: str
) -> None:
    assert f"not deployed in {region}" in command("status", "--stage", "dev", *options, **environment).stderr


def test_a_profile_counts_more_than_keys_in_the_environment(command: Command, tmp_path: Path) -> None:
    profiles = tmp_path / "config"
    profiles.write_text("[profile audit]\nregion = ap-south-1\naws_access_key_id = a\naws_secret_access_key = b\n")
    environment = {"AWS_CONFIG_FILE": str(profiles), "AWS_DEFAULT_REGION": None}
    assert "in ap-south-1" in command("status", "--stage", "dev", "--profile", "audit", **environment).stderr
    unknown = command("status", "--stage", "dev", "--profile", "nobody", **environment)
    assert (unknown.exit_code, "nobody" in unknown.stderr) == (2, True)
