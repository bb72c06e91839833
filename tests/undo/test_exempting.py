"""Restored settings are exempt for the requested time, and only if they are restored."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result

from chalicelib.exemptions.exemptions import Exemption, granted
from chalicelib.exemptions.scopes import PortScope
from chalicelib.exemptions.store import Exemptions
from chalicelib.exposure.networks import network_of
from chalicelib.exposure.ports import PortRange
from chalicelib.resources import SecurityGroup
from tests.answers import answered, refusal
from tests.handlers.conftest import ACCOUNT, REGION, SETTINGS, Account

from .conftest import Command, undone
from .test_groups import ANYONE, CARVE, fixed, made, rules

AUTHORIZE = ("ec2", "AuthorizeSecurityGroupIngress")
REFUSED = refusal("UnauthorizedOperation")


class Killed(BaseException):
    """An error that ends the process immediately."""


def exempt(account: Account) -> list[Exemption]:
    return [due.exemption for due in Exemptions(account.dynamodb, SETTINGS.trust_table).due()]


def days(account: Account) -> list[int]:
    """The end of each exemption."""
    return [(each.until - each.granted_at).days for each in exempt(account) if each.until]


def exempted(account: Account, group: str, lasts: int) -> None:
    """Exempt for some days what the undo will restore."""
    now = datetime.now(UTC).replace(microsecond=0)
    scope = PortScope("tcp", PortRange(22, 22), network_of(ANYONE))
    subject = SecurityGroup(ACCOUNT, REGION, group, "web", ())
    [each] = granted(subject, [("EC2_SG_PROHIBITED_PORT", scope)], "bob", "OPS-1", now + timedelta(days=lasts), now)
    Exemptions(account.dynamodb, SETTINGS.trust_table).put(each)


def told(account: Account) -> list[str]:
    return [each.get("event") or each["status"] for each in account.notifications()]


@contextmanager
def answers(*said: Mapping[str, Any] | None) -> Iterator[None]:
    """EC2's errors for the next calls that authorize; None makes the call."""
    left = iter(said)
    with answered(*AUTHORIZE, lambda _: next(left, None)):
        yield


def refused(command: Command, remediation: str, *more: str) -> Result:
    with answers(REFUSED):
        result = undone(command, remediation, *more)
    assert result.exit_code == 1
    assert "UnauthorizedOperation" in result.output
    return result


@pytest.mark.parametrize(("before", "after", "owner"), [(1, 30, "alice"), (60, 60, "bob")])
def test_what_is_exempt_already_is_prolonged_where_it_ends_sooner(
    before: int, after: int, owner: str, stage: Account, command: Command
) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    exempted(stage, group, before)
    assert undone(command, remediation, "--for", "30d").exit_code == 0
    assert days(stage) == [after]
    assert [each.owner for each in exempt(stage)] == [owner]


def test_what_ec2_refuses_to_put_back_is_not_exempt_either_and_both_is_told(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    refused(command, remediation)
    assert (exempt(stage), rules(stage, group), told(stage)) == ([], set(), ["granted", "removed"])


def test_settings_that_somebody_else_restores_at_that_moment_are_not_exempt_either(
    stage: Account, command: Command
) -> None:
    made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    with answers(refusal("InvalidPermission.Duplicate")):
        result = undone(command, remediation)
    assert "the resource has changed since it was read" in " ".join(result.output.split())
    assert exempt(stage) == []


def test_what_was_exempt_before_a_refused_undo_is_so_for_as_long_as_before(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)
    exempted(stage, group, 1)
    refused(command, remediation, "--for", "30d")
    assert (days(stage), [each.owner for each in exempt(stage)]) == ([1], ["bob"])


def test_an_exemption_that_cannot_be_taken_back_is_named(stage: Account, command: Command) -> None:
    made(stage, (22, 22, ANYONE, "a"))
    remediation = fixed(stage)

    def refuse_and_lock(_: Mapping[str, Any]) -> Mapping[str, Any]:
        stage.dynamodb.delete_table(TableName=SETTINGS.trust_table)
        return REFUSED

    with answered(*AUTHORIZE, refuse_and_lock):
        result = undone(command, remediation)
    assert "UnauthorizedOperation" in result.stderr
    assert "these exemptions may be in force: x-" in result.stderr


def test_an_undo_that_has_put_back_a_part_leaves_all_of_it_exempt(stage: Account, command: Command) -> None:
    group = made(stage, (22, 22, ANYONE, "a"), (22, 22, "52.0.0.0/7", "b"))
    remediation = fixed(stage)
    with answers(None, REFUSED):
        assert undone(command, remediation).exit_code == 1
    assert (len(rules(stage, group)), len(exempt(stage))) == (1, 2)
    assert undone(command, remediation).exit_code == 0
    assert len(rules(stage, group)) == 2


def test_an_undo_that_dies_has_told_what_is_exempt_and_is_finished_by_the_next(
    stage: Account, command: Command
) -> None:
    group = made(stage, (20, 30, ANYONE, "a"))
    before = rules(stage, group)
    remediation = fixed(stage, CARVE)

    def die(_: Mapping[str, Any]) -> Mapping[str, Any]:
        raise Killed

    with answered(*AUTHORIZE, die), pytest.raises(Killed):
        undone(command, remediation)
    assert ([str(each.scope) for each in exempt(stage)], told(stage)) == (["tcp 22 from 0.0.0.0/0"], ["granted"])
    assert undone(command, remediation).exit_code == 0
    assert rules(stage, group) == before
    assert len(exempt(stage)) == 1
