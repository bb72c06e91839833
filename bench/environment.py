"""The environment that the app is measured in: a stage of the project's own, and no real account."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).parent.parent
REGION = "eu-west-1"
ACCOUNT_ID = "123456789012"
STAGE = "sandbox"


def variables() -> Mapping[str, str]:
    """The stage's variables, credentials that open nothing, and a coordinator that does not wait for messages."""
    config = json.loads((PROJECT / ".chalice" / "config.json").read_text())
    return {
        **config["stages"][STAGE]["environment_variables"],
        "COORDINATOR_POLL_SECONDS": "0",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": REGION,
    }


def isolated() -> dict[str, str]:
    """This process's environment without AWS variables, and with `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, **variables()}


def use() -> None:
    """Make this process's environment the isolated one."""
    replacement = isolated()
    os.environ.clear()
    os.environ.update(replacement)
