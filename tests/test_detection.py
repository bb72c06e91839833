"""The tests that docs/DETECTION.md names for its decisions exist."""

import re
from functools import cache
from pathlib import Path

import pytest

from chalicelib.exposure.conditions import CHECKS
from tests.source import PROJECT

PAGE = PROJECT / "docs" / "DETECTION.md"
TEXT = PAGE.read_text()
HELD_BY = re.findall(r"\[([^\]]+)\]\((\.\./tests/[^)]+)\)", TEXT)


@cache
def sentences_of(path: Path) -> frozenset[str]:
    return frozenset(re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize(("sentence", "file"), HELD_BY)
def test_the_test_that_a_sentence_of_the_page_stands_for_exists(sentence: str, file: str) -> None:
    assert f"test_{sentence.replace(' ', '_')}" in sentences_of(PAGE.parent / file)


def test_every_decision_is_held_by_a_test() -> None:
    tables = TEXT.split("## Blind spots")[0]
    rows = [
        line for line in tables.splitlines() if line.startswith("| ") and not re.match(r"\| (---|\s*\||Question)", line)
    ]
    limits = ("| Limit |", "| who |", "| from where |", "| on whose behalf |", "| through what |")
    decisions = [row for row in rows if not row.startswith(limits)]
    assert len(decisions) > 30
    assert not [row for row in decisions if "../tests/" not in row and not row.endswith("| the same |")]


def test_the_page_names_every_key_that_is_a_limit_and_no_other() -> None:
    [table] = re.findall(r"\| Limit \|.*?\n\n", TEXT, re.DOTALL)
    assert {key.lower() for key in re.findall(r"`((?:aws|s3):\w+)`", table)} == set(CHECKS)
