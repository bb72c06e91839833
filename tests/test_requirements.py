"""What is installed is pinned, and is what was asked for."""

import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent
PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)")


def pins(file: str) -> dict[str, str]:
    found = (PINNED.match(line) for line in (PROJECT / file).read_text().splitlines())
    return {re.sub(r"[._-]+", "-", match[1]).lower(): match[2] for match in found if match}


def test_every_line_of_the_lock_is_pinned() -> None:
    lines = (PROJECT / "requirements-dev.txt").read_text().splitlines()
    assert not [line for line in lines if line and not line.startswith("#") and not PINNED.fullmatch(line)]


def test_the_lock_has_what_was_asked_for_in_the_version_that_was_asked_for() -> None:
    asked = pins("requirements.txt") | pins("requirements-dev.in")
    locked = pins("requirements-dev.txt")
    missing = {name: version for name, version in asked.items() if locked.get(name) != version}
    assert not missing, "run: make lock"


def test_lambda_gets_nothing_that_it_has_already() -> None:
    assert not pins("requirements.txt").keys() & {"boto3", "botocore", "chalice"}
