"""The table of exemptions: an exemption is found by its resource, and by its end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.errors import BadInput, NotDeployed, NotDone, Unreadable
from chalicelib.exemptions.exemptions import Exemption, granted, resource_key
from chalicelib.exemptions.scopes import PortScope
from chalicelib.exemptions.store import TRIES, Exemptions
from chalicelib.exposure.networks import network_of
from chalicelib.exposure.ports import PortRange
from chalicelib.resources import SecurityGroup
from tests import trust_table
from tests.rules.exempt import IN_A_MONTH, NOW

TABLE = "dd-aws-dev-trust"
TRANSACTION = "before-call.dynamodb.TransactWriteItems"
CLIENT = boto3.client("dynamodb", region_name="eu-west-1")


@pytest.fixture
def store() -> Iterator[Exemptions]:
    with mock_aws():
        trust_table.create(CLIENT, TABLE, "dev")
        yield Exemptions(CLIENT, TABLE)


def exemption(group_id: str = "sg-1", port: int = 22, days: int = 30) -> Exemption:
    group = SecurityGroup("111122223333", "eu-west-1", group_id, "web", ())
    scope = PortScope("tcp", PortRange(port, port), network_of("0.0.0.0/0"))
    until = NOW + timedelta(days=days)
    [made] = granted(group, [("EC2_SG_PROHIBITED_PORT", scope)], "alice", "OPS-7", until, NOW)
    return made


@contextmanager
def beforehand(act: Callable[[], None], times: int) -> Iterator[None]:
    """Act just before each of the next `times` transactions."""
    left = times

    def intervene(**_: Any) -> None:
        nonlocal left
        if left:
            left, kept = 0, left - 1
            act()
            left = kept

    CLIENT.meta.events.register_first(TRANSACTION, intervene)
    try:
        yield
    finally:
        CLIENT.meta.events.unregister(TRANSACTION, intervene)


def items() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = CLIENT.scan(TableName=TABLE)["Items"]
    return found


def test_what_is_put_is_found_by_its_resource_alone(store: Exemptions) -> None:
    ours, others = exemption(), exemption("sg-11")
    for each in (ours, exemption(port=23), others):
        store.put(each)
    assert set(store.of(ours.resource)) == {ours, exemption(port=23)}
    assert store.of(others.resource) == (others,)
    assert store.of("111122223333/eu-west-1/AWS::EC2::SecurityGroup/sg-2") == ()


def test_all_are_found_by_their_end_the_soonest_first(store: Exemptions) -> None:
    late, soon = exemption(days=20), exemption("sg-2", days=3)
    for each in (late, soon):
        store.put(each)
    assert [due.exemption for due in store.due()] == [soon, late]
    assert [due.exemption for due in store.due(NOW + timedelta(days=7))] == [soon]


def test_to_put_it_again_with_another_end_leaves_one(store: Exemptions) -> None:
    for days in (30, 60, 60):
        store.put(exemption(days=days))
    assert [due.exemption for due in store.due()] == [exemption(days=60)]
    assert len(items()) == 2


@pytest.mark.parametrize("is_there", [False, True])
def test_of_two_who_put_it_at_once_neither_leaves_an_end_that_does_not_count(store: Exemptions, is_there: bool) -> None:
    if is_there:
        store.put(exemption(days=2))
    with beforehand(lambda: store.put(exemption(days=60)), times=1):
        store.put(exemption(days=30))
    assert store.of(exemption().resource) == (exemption(days=30),)
    assert [due.exemption for due in store.due()] == [exemption(days=30)]


def test_nor_does_whoever_puts_it_while_it_is_removed(store: Exemptions) -> None:
    store.put(exemption(days=2))
    with beforehand(lambda: store.put(exemption(days=60)), times=1):
        store.remove(exemption(days=2))
    assert items() == []


def test_what_changes_again_and_again_is_not_put(store: Exemptions) -> None:
    ends = count(31)
    with (
        beforehand(lambda: store.put(exemption(days=next(ends))), times=TRIES),
        pytest.raises(Unreadable, match="changes faster than it can be written"),
    ):
        store.put(exemption())
    assert len(store.due()) == 1


def test_what_is_removed_is_gone(store: Exemptions) -> None:
    for each in (exemption(), exemption(port=23)):
        store.put(each)
    store.remove(exemption())
    assert store.of(exemption().resource) == (exemption(port=23),)
    assert [due.exemption for due in store.due()] == [exemption(port=23)]


def test_what_was_told_of_an_end_is_remembered_until_the_end_changes(store: Exemptions) -> None:
    store.put(exemption())
    store.note(exemption(), "week")
    assert [due.told for due in store.due()] == ["week"]
    store.put(exemption(days=60))
    assert [due.told for due in store.due()] == [""]


def test_nothing_is_remembered_of_what_was_removed_meanwhile(store: Exemptions) -> None:
    store.note(exemption(), "week")
    assert items() == []


def test_entries_expire_a_month_after_the_end(store: Exemptions) -> None:
    store.put(exemption())
    expiry = str(int((IN_A_MONTH + timedelta(days=30)).timestamp()))
    assert [item["expiresAt"]["N"] for item in items()] == [expiry] * 2


def test_a_stage_without_the_table_has_no_exemptions_and_can_take_none() -> None:
    with mock_aws():
        store = Exemptions(CLIENT, TABLE)
        assert store.of(resource_key(SecurityGroup("111122223333", "eu-west-1", "sg-1", "web", ()))) == ()
        with pytest.raises(NotDeployed):
            store.put(exemption())


def test_an_exemption_that_nobody_can_read_is_no_exemption_and_not_none_either(store: Exemptions) -> None:
    kind = f"exemption#{exemption().resource}"
    CLIENT.put_item(TableName=TABLE, Item={"kind": {"S": kind}, "name": {"S": "x-1"}, "document": {"S": "{}"}})
    with pytest.raises(NotDone, match=r"exemptions of .+sg-1 cannot be read: .+x-1") as caught:
        store.of(exemption().resource)
    assert isinstance(caught.value.__cause__, BadInput)


def test_one_that_nobody_can_read_keeps_no_other_from_being_found_by_its_end(
    store: Exemptions, caplog: pytest.LogCaptureFixture
) -> None:
    store.put(exemption())
    key = {"kind": {"S": "exemption-due"}, "name": {"S": "2026-01-01T00:00:00Z#x-1"}}
    CLIENT.put_item(TableName=TABLE, Item=key | {"document": {"S": "{}"}})
    assert [due.exemption for due in store.due()] == [exemption()]
    assert "x-1" in caplog.text
