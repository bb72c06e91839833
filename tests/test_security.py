"""docs/SECURITY.md: each entry point, and the test that limits its impact."""

import re

import pytest

from tests.source import PROJECT

PAGE = (PROJECT / "docs" / "SECURITY.md").read_text()
TESTS = sorted(set(re.findall(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`", PAGE)))
ROWS = [
    line
    for line in PAGE.splitlines()
    if line.startswith("| ") and not re.match(r"\| (---|[^|]+\|[^|]+\| Held by)", line)
]


@pytest.mark.parametrize(("file", "test"), TESTS)
def test_each_test_that_the_page_names_exists(file: str, test: str) -> None:
    assert re.search(rf"^def {test}\(", (PROJECT / file).read_text(), re.MULTILINE)


@pytest.mark.parametrize("row", ROWS)
def test_each_line_names_the_test_that_holds_it(row: str) -> None:
    assert "::test_" in row.split("|")[-2]


@pytest.mark.parametrize("kind", ["Queue", "Topic", "Function", "DynamoDB::Table"])
def test_the_page_speaks_of_every_queue_topic_function_and_table(kind: str) -> None:
    template = (PROJECT / "infrastructure" / "foundation.yaml").read_text()
    names = {
        "Queue": re.findall(r"QueueName: !Sub dd-aws-\$\{Stage\}-([a-z0-9-]+)", template),
        "DynamoDB::Table": re.findall(r"TableName: !Sub dd-aws-\$\{Stage\}-([a-z0-9-]+)", template),
        "Topic": ["topic"],
        "Function": ["notifier", "evaluate_", "coordinator", "remediate_", "investigator"],
    }[kind]
    assert names
    assert [name for name in names if not name.endswith("-dlq") and name not in PAGE] == []
