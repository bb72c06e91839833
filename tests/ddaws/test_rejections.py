"""What is rejected may be exempt: exactly what was shown, and only once it is rejected."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest

from chalicelib.approvals.holds import State
from chalicelib.approvals.store import Holds
from chalicelib.exemptions.exemptions import Exemption
from chalicelib.exemptions.store import Exemptions
from ddaws.account import Account

from .test_decisions import RULE, STAGE, Command, command, open_group, open_port, store, told, waits
from .test_exempt import started

__all__ = ["command", "started", "store", "told"]

EXEMPT = ("--reason", "OPS-7", "--exempt-for", "30d", "--owner", "alice")
EXEMPTING = "before-call.dynamodb.TransactWriteItems"


class Meanwhile(BytesIO):
    """The yes of somebody who was asked, and before whose answer something happens."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__(b"y\n")
        self._happens = happens

    def read1(self, size: int | None = -1, /) -> bytes:
        self._happens()
        return super().read1(size)


@contextmanager
def no_exemptions(account: Account) -> Iterator[None]:
    """DynamoDB refuses to write any."""

    def refuse(**_: Any) -> tuple[Any, dict[str, Any]]:
        refused = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        return type("Response", (), {"status_code": 400, "headers": {}})(), refused

    events = account.client("dynamodb").meta.events
    events.register_first(EXEMPTING, refuse)
    try:
        yield
    finally:
        events.unregister(EXEMPTING, refuse)


def exempt(account: Account, group: str) -> tuple[Exemption, ...]:
    key = f"{account.account_id}/{account.region}/AWS::EC2::SecurityGroup/{group}"
    return Exemptions(account.client("dynamodb"), f"dd-aws-{STAGE}-trust").of(key)


def test_a_rejected_finding_can_be_exempt_as_it_was_found(
    command: Command, store: Holds, account: Account, started: list[Any]
) -> None:
    group, found = open_group(account, 22)
    result = command("reject", waits(store, about=found).hold_id, *EXEMPT, "--yes")
    assert result.exit_code == 0, result.output
    [exemption] = exempt(account, group)
    assert (exemption.owner, exemption.reason) == ("alice", "OPS-7")
    assert started == [[RULE]]
    assert "No finding waits" in command("waiting").output


def test_a_rejection_does_not_exempt_later_violations(command: Command, store: Holds, account: Account) -> None:
    """Only what waits under the id is shown, rejected and exempt."""
    group, found = open_group(account, 22, 3389)
    hold = waits(store, about=found)
    result = command("reject", hold.hold_id, *EXEMPT, "--yes")
    assert (result.exit_code, "3389" in result.output) == (0, False)
    assert [str(each.scope) for each in exempt(account, group)] == ["tcp 22 from 0.0.0.0/0"]


def test_a_rejection_does_not_exempt_violations_opened_during_the_question(
    command: Command, store: Holds, account: Account
) -> None:
    group, found = open_group(account, 22)
    opens = Meanwhile(lambda: open_port(account, group, 3389))
    result = command("reject", waits(store, about=found).hold_id, *EXEMPT, answer=opens)
    assert result.exit_code == 0, result.output
    assert [str(each.scope) for each in exempt(account, group)] == ["tcp 22 from 0.0.0.0/0"]


def test_nothing_is_exempt_if_the_finding_changed_during_the_question(
    command: Command, store: Holds, account: Account, told: Callable[[], list[dict[str, Any]]]
) -> None:
    group, found = open_group(account, 22)
    changes = Meanwhile(lambda: waits(store, about=found, since="2030-01-01T00:00:00Z"))
    result = command("reject", waits(store, about=found).hold_id, *EXEMPT, answer=changes)
    assert (result.exit_code, "has not changed since it was shown" in result.output) == (2, True)
    assert (exempt(account, group), told()) == ((), [])


def test_a_finding_is_rejected_even_if_its_exemption_fails_and_can_be_rejected_again(
    command: Command, store: Holds, account: Account, told: Callable[[], list[dict[str, Any]]]
) -> None:
    group, found = open_group(account, 22)
    hold = waits(store, about=found)
    with no_exemptions(account):
        assert command("reject", hold.hold_id, *EXEMPT, "--yes").exit_code == 1
    assert [each["messageType"] for each in told()] == ["FindingDecided"]
    left = store.read(hold.hold_id)
    assert left
    assert (left.state, left.reason) == (State.REJECTED, "OPS-7")
    assert command("reject", hold.hold_id, *EXEMPT, "--yes").exit_code == 0
    assert len(exempt(account, group)) == 1


@pytest.mark.parametrize("lasting", ["0d", "400d", "soon"])
def test_an_impossible_exemption_is_refused_before_the_question(
    command: Command, store: Holds, account: Account, lasting: str
) -> None:
    hold = waits(store, about=open_group(account, 22)[1])
    result = command("reject", hold.hold_id, "--reason", "OPS-7", "--exempt-for", lasting)
    assert (result.exit_code, "Leave this" in result.output) == (2, False)
    assert store.read(hold.hold_id) == hold
