"""The environment variables by which processes find the sandbox, and find nothing else."""

import os

from sandbox.slack.receiver import WEB_API
from sandbox.state import Running, State

ACCOUNT_ID = "000000000000"
REGION = "eu-west-1"
ROOT_KEY = "test"
"""The access key, and its secret, of the account's root user: the emulator knows it by this name."""


def of_functions(state: State, running: Running) -> dict[str, str]:
    """The variables that a deployed function needs in addition to its role's credentials, which the emulator sets."""
    return {
        "AWS_ENDPOINT_URL_EC2": running.front,
        "AWS_ENDPOINT_URL_CONFIG_SERVICE": running.front,
        "AWS_ENDPOINT_URL_S3_CONTROL": running.front,
        "AWS_ENDPOINT_URL_SERVICE_QUOTAS": running.front,
        "SLACK_API_URL": running.slack + WEB_API,
        "AWS_ENDPOINT_URL_CLOUDTRAIL": running.front,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_DATA_PATH": str(state.botocore_data),
    }


def of_people(state: State, running: Running) -> dict[str, str]:
    """What boto3, chalice and ddaws need to work in the sandbox as its root user.

    Every variable that could lead to a real account (a profile, a session token, a proxy) is set, not just left alone.
    """
    return {
        **of_functions(state, running),
        "AWS_ENDPOINT_URL": running.aws,
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "AWS_SESSION_TOKEN": "",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_PROFILE": "default",
        "AWS_CONFIG_FILE": str(state.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": str(state.aws_config),
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": _no_proxy(),
        "no_proxy": _no_proxy(),
    }


def bare(state: State) -> dict[str, str]:
    """What the sandbox's own processes keep of the environment they were started from.

    The emulator hands its environment on to the functions it runs, so whatever is in it could make a function work here
    that fails on AWS.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {**kept, "HOME": str(state.scratch), "TMPDIR": str(state.scratch)}


def _no_proxy() -> str:
    return ",".join(filter(None, ["127.0.0.1", os.environ.get("NO_PROXY") or os.environ.get("no_proxy")]))
