"""Installed packages are pinned, match the requirements, and are checked by hash."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
LOCKS = ("requirements.txt", "requirements-dev.txt")


def entries(file: str) -> list[str]:
    """The requirements of a file, one a line."""
    text = (PROJECT / file).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith(("#", "-r "))]


def pins(file: str) -> dict[str, str]:
    found = (PINNED.match(line) for line in entries(file))
    return {re.sub(r"[._-]+", "-", match[1]).lower(): match[2] for match in found if match}


@pytest.mark.parametrize("file", LOCKS)
def test_every_entry_of_a_lock_is_pinned_and_has_its_hashes(file: str) -> None:
    assert entries(file)
    assert not [entry for entry in entries(file) if not PINNED.match(entry) or not HASH.search(entry)]


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_has_what_was_asked_for_in_the_version_that_was_asked_for(file: str) -> None:
    asked = pins("requirements.in") | (pins("requirements-dev.in") if file == "requirements-dev.txt" else {})
    locked = pins(file)
    missing = {name: version for name, version in asked.items() if locked.get(name) != version}
    assert not missing, "run: make lock"


def test_lambda_and_people_get_the_same_files() -> None:
    people = {entry.split()[0]: set(HASH.findall(entry)) for entry in entries("requirements-dev.txt")}
    for entry in entries("requirements.txt"):
        assert people[entry.split()[0]] == set(HASH.findall(entry))


def test_make_installs_nothing_whose_hash_is_not_on_record() -> None:
    installing = re.findall(r"\$\(PIP\) install (.+?);", (PROJECT / "Makefile").read_text())
    ours = "--no-index --no-deps --no-build-isolation --editable ."
    assert sorted(installing) == ["$(LOCKER)", ours, "--require-hashes -r requirements-dev.txt"]


def test_lambda_gets_no_package_that_it_already_has() -> None:
    assert not pins("requirements.txt").keys() & {"boto3", "botocore", "chalice"}
