"""An account with a remediation, and the commands that undo it."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ddaws import undo_calls
from ddaws.__main__ import main
from tests.handlers.conftest import SETTINGS, Account, account, clients
from tests.infrastructure.declarations import PROJECT

__all__ = ["account", "clients"]

type Command = Callable[..., Result]


@pytest.fixture
def stage(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """The account with both of the stage's tables."""
    account.create_tables()
    monkeypatch.setattr(undo_calls, "BACKOFF", (0.0,))
    return account


@pytest.fixture
def command() -> Command:
    def run(verb: str, *arguments: str, says: str | None = None) -> Result:
        given = (verb, "--project-dir", str(PROJECT), "--stage", SETTINGS.stage, *arguments)
        return CliRunner().invoke(main, given, input=says, catch_exceptions=False)

    return run


def undone(command: Command, remediation: str, *more: str, **how: Any) -> Result:
    asked = ("--yes",) if how.get("says") is None else ()
    return command("undo", remediation, "--reason", "OPS-7", "--owner", "alice", *asked, *more, **how)
