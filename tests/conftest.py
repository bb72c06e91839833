"""The stage's own environment, before anything imports `app`: chalice.test.Client would set it too late."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.noted import points
from tests.scheduling import BySandbox

PROJECT = Path(__file__).parent.parent
STAGE = "sandbox"

os.environ.update(
    json.loads((PROJECT / ".chalice" / "config.json").read_text())["stages"][STAGE]["environment_variables"],
    COORDINATOR_POLL_SECONDS="0",
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="eu-west-1",
    MOTO_EC2_LOAD_DEFAULT_AMIS="false",
)
for inherited in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
    del os.environ[inherited]
for inherited in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN"):
    os.environ.pop(inherited, None)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BySandbox | None:
    """With ``--dist loadscope``: keep on one worker what shares a sandbox."""
    return BySandbox(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print where processes have died."""
    if noted := points(terminalreporter.stats):
        terminalreporter.section("where processes died")
    for line in noted:
        terminalreporter.write_line(line)
