"""Every command that a message shows can be pasted into a shell, and is one that ``ddaws`` knows."""

import re
import shlex
from collections.abc import Iterable
from html import unescape

import click
import pytest

from ddaws.__main__ import main
from tests.notify import every_message
from tests.notify.test_messages import shown

TEXTS = ("dev", "two words", "it's", '"quoted"', "$(reboot) ; rm -rf / | cat", "--help", "-x", "a&b<c>d", "*", "")
VERBS = {"approve", "reject", "undo", "resume", "pending", "pause"}


def commands(texts: Iterable[str]) -> list[list[str]]:
    """The commands in messages, each as a shell would split it."""
    found = (re.findall(r"`((?:python -m )?ddaws [^`\n]+)`", text) for text in texts)
    return [shlex.split(unescape(command)) for each in found for command in each]


def everything(text: str) -> list[str]:
    single = [shown(message.blocks) + "\n" + message.text for message in every_message.messages(text)]
    return single + [shown(blocks) for _, blocks in every_message.digests(text)]


@pytest.mark.parametrize("text", TEXTS)
def test_every_command_that_a_message_shows_parses(text: str) -> None:
    found = commands(everything(text))
    assert {command[1] for command in found} == (VERBS if text else set())
    for program, *arguments in found:
        assert program == "ddaws"
        context = click.Context(main)
        name, verb, rest = main.resolve_command(context, arguments)
        assert verb
        assert verb.make_context(name, rest, parent=context).params["stage"] in (text, "dev")


@pytest.mark.parametrize("text", ["`id`", "a\nb", "a\u202eb", "@here", "x" * 2000, "https://a"])
def test_a_command_that_cannot_be_shown_exactly_is_not_shown(text: str) -> None:
    arguments = {argument for command in commands(everything(text)) for argument in command}
    assert not {argument for argument in arguments if text in argument or argument.startswith("xx")}


def test_no_message_shows_a_command_outside_of_code() -> None:
    for text in everything("dev"):
        assert "ddaws " not in re.sub(r"`[^`\n]+`", "", text)


def test_a_fix_shows_its_undo_in_digests_too() -> None:
    lines = [text for text in everything("r-1") if "✅" in text]
    assert lines
    for line in lines:
        assert "`ddaws undo r-1 --stage dev --reason 'why it has to stay open'`" in line
