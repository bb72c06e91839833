"""The stage's own environment, before anything imports `app`: chalice.test.Client would set it too late."""

import json
import os
from pathlib import Path

import pytest

from tests.noted import points

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep on one worker what shares a sandbox: the chapters of the story, and the tests of any other file."""
    for item in items:
        if item.get_closest_marker("e2e") and "crash" not in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("story" if item.path.parent.name == "e2e" else item.path.stem))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print where processes have died."""
    if noted := points(terminalreporter.stats):
        terminalreporter.section("where processes died")
    for line in noted:
        terminalreporter.write_line(line)
