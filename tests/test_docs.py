"""The files, commands, names and sums in the documentation are correct."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bench.costs import monthly
from bench.usage import LARGE, SMALL, AccountSize, Stage, usage
from chalicelib.slack.messages import kinds
from chalicelib.slack.threads import SHOWN
from ddaws.cli import main, parse
from tests.source import PROJECT

PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
README = (PROJECT / "README.md").read_text()
OPERATIONS = (PROJECT / "docs" / "OPERATIONS.md").read_text()
TEMPLATE = (PROJECT / "infrastructure" / "foundation.yaml").read_text()
EVERY_PAGE = "\n".join(page.read_text() for page in PAGES)


def name_of(page: Path) -> str:
    return str(page.relative_to(PROJECT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_heading_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", page.read_text())
    targets = [(page.parent / file if file else page, anchor) for file, anchor in links]
    assert not [anchor for target, anchor in targets if anchor not in _anchors(target)]


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):.*##", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|[`&])make ((?:[a-z0-9]+ ?)+)", EVERY_PAGE, re.MULTILINE))
    mentioned = {word for words in named for word in words.split("  ")[0].split()}
    assert mentioned <= targets


@pytest.mark.parametrize("line", sorted(set(re.findall(r"^ddaws .+", EVERY_PAGE, re.MULTILINE))))
def test_every_command_that_a_page_shows_can_be_pasted(line: str) -> None:
    assert parse(line)


def test_every_command_that_a_page_mentions_exists() -> None:
    for line in re.findall(r"`(?:AWS_\S+ )?ddaws ([a-z ]+)", EVERY_PAGE):
        command: click.Command = main
        for word in line.split():
            if isinstance(command, click.Group):
                assert word in command.commands, line
                command = command.commands[word]


def test_the_picture_shows_every_function() -> None:
    picture = (PROJECT / "docs" / "flow.svg").read_text()
    functions = json.loads((PROJECT / ".chalice" / "config.json").read_text())["lambda_functions"]
    assert len(functions) == 7
    assert not [name for name in functions if f">{name}</text>" not in picture]


def test_the_picture_has_its_colors_without_any_style() -> None:
    picture = re.sub(r"<style>.*?</style>", "", (PROJECT / "docs" / "flow.svg").read_text(), flags=re.DOTALL)
    assert "var(" not in picture
    shapes = re.findall(r"<(?:rect|path|text)\b[^>]*>", picture)
    assert len(shapes) > 100
    assert not [shape for shape in shapes if not re.search(r'\b(?:fill|stroke)="(?:#[0-9a-f]{6}|none)"', shape)]


def test_the_demonstration_counts_its_chapters_without_a_gap() -> None:
    picture = (PROJECT / "docs" / "demo.svg").read_text().replace("&#160;", " ")
    numbers = [int(number) for number in re.findall(r">(\d+)\. [A-Z]", picture)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


@pytest.mark.parametrize("kind", list(kinds.Kind), ids=lambda kind: kind.name)
def test_every_kind_of_slack_message_is_explained(kind: kinds.Kind) -> None:
    assert f"{kind.emoji} {kind.title}" in OPERATIONS
    assert kind.emoji in README
    assert kind.title in README


def test_what_the_channel_shows_beside_a_thread_is_what_the_page_says() -> None:
    [sentence] = re.findall(r"([^.]*) are shown in the channel as well", OPERATIONS)
    assert {kind for kind in kinds.Kind if kind.emoji in sentence} == SHOWN


def test_every_dead_letter_queue_and_no_other_is_explained() -> None:
    declared = re.findall(r"QueueName: !Sub (dd-aws-\$\{Stage\}-\S+-dlq)", TEMPLATE)
    assert set(re.findall(r"^\| `(\S+-dlq)`", OPERATIONS, re.MULTILINE)) == {
        name.replace("${Stage}", "dev") for name in declared
    }


def test_every_alarm_is_explained() -> None:
    explained = [pattern.replace("…", ".+").replace("<function>", "[a-z0-9_]+") for pattern in _explained_alarms()]
    alarms = re.findall(r"AlarmName: !Sub dd-aws-\$\{Stage\}-(\S+)", TEMPLATE)
    assert not [alarm for alarm in alarms if not any(re.fullmatch(pattern, alarm) for pattern in explained)]


def test_the_readme_says_after_how_many_receives_a_message_goes_to_the_dead_letter_queue() -> None:
    [receives] = re.findall(r"RemediationDeadLetterQueue\.Arn\s+maxReceiveCount: (\d+)", TEMPLATE)
    assert f"moves a message to the dead-letter queue after {receives} receives" in README


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_readme_quotes_the_costs_as_they_are(size: AccountSize) -> None:
    off, on = (monthly(usage(size, Stage.read(), auto_response=is_on)) for is_on in (False, True))
    what = f"{size.groups:,} groups, {size.buckets:,} buckets, {size.changes:,} changes a month"
    assert f"| {what} | {off:.2f} | {on:.2f} |" in README


def test_decisions_are_numbered_and_say_what_follows_from_them() -> None:
    decisions = sorted((PROJECT / "docs" / "decisions").glob("0*.md"))
    assert [int(decision.name[:4]) for decision in decisions] == list(range(1, len(decisions) + 1))
    for decision in decisions:
        text = decision.read_text()
        assert text.startswith(f"# {int(decision.name[:4])}. ")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"]
        assert decision.name in (decision.parent / "README.md").read_text()


def _anchors(page: Path) -> set[str]:
    """GitHub's anchors of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _explained_alarms() -> Iterator[str]:
    section = OPERATIONS.split("## Alarms")[1].split("##")[0]
    yield from re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
