"""Prefix lists from AWS Config's event, or a scheduled run, to the live group."""

from typing import Any

import pytest

from chalicelib.errors import NotDone
from tests.answers import answered, calls, refusal
from tests.handlers.pipeline import evaluate_security_group

from .conftest import SETTINGS, Account
from .events import group_change, scheduled
from .groups import authorize, made, prefix_list, words
from .pipeline import remediated

SSH = {"prohibitedPorts": "22"}


def described(account: Account, group: str) -> dict[str, Any]:
    found: dict[str, Any] = account.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    return found


@pytest.mark.parametrize("is_scheduled", [True, False])
def test_exactly_the_reference_to_a_list_with_the_internet_in_it_is_revoked(
    account: Account, is_scheduled: bool
) -> None:
    group, broad, narrow = (
        made(account),
        prefix_list(account, "10.0.0.0/8", "0.0.0.0/0"),
        prefix_list(account, "fd00::/8"),
    )
    authorize(account, group, "tcp", (22, 22), broad, narrow)
    authorize(account, group, "tcp", (443, 443), broad)
    evaluate_security_group(scheduled(SSH) if is_scheduled else group_change(described(account, group), SSH), None)
    [outcome] = remediated(account, "remediate_security_group")
    assert words(account, group) == sorted([f"tcp 22-22 {narrow}", f"tcp 443-443 {broad}"])
    assert outcome["status"] == "fixed"
    assert outcome["violations"] == [f"tcp 22 (port 22 SSH) is open to {broad} (which admits 0.0.0.0/0)"]
    assert outcome["removed"] == [f"tcp 22 from {broad} (which admits 0.0.0.0/0)"]
    assert outcome["added"] == []


def test_a_list_of_awss_own_is_read_like_any_other(account: Account) -> None:
    lists = account.ec2.describe_managed_prefix_lists()["PrefixLists"]
    cloudfront = next(each for each in lists if each["PrefixListName"].endswith("cloudfront.origin-facing"))
    group = made(account)
    authorize(account, group, "tcp", (22, 22), cloudfront["PrefixListId"])
    evaluate_security_group(scheduled(SSH), None)
    assert account.bodies(SETTINGS.remediation_queue) == []


def test_a_list_and_a_range_that_make_up_a_broad_network_both_go(account: Account) -> None:
    group, half = made(account), prefix_list(account, "52.0.0.0/8")
    authorize(account, group, "tcp", (22, 22), half, "53.0.0.0/8", "54.0.0.0/8")
    evaluate_security_group(scheduled(SSH), None)
    assert remediated(account, "remediate_security_group")[0]["status"] == "fixed"
    assert words(account, group) == ["tcp 22-22 54.0.0.0/8"]


def test_a_list_is_carved_as_one(account: Account) -> None:
    group, broad = made(account), prefix_list(account, "::/0")
    authorize(account, group, "tcp", (20, 30), broad)
    evaluate_security_group(scheduled({**SSH, "portRange": "carve"}), None)
    assert remediated(account, "remediate_security_group")[0]["status"] == "fixed"
    assert words(account, group) == [f"tcp 20-21 {broad}", f"tcp 23-30 {broad}"]


def test_an_evaluator_reads_a_list_once_a_minute_and_a_remediator_whenever_it_judges(account: Account) -> None:
    broad = prefix_list(account, "0.0.0.0/0")
    for name in ("one", "two"):
        authorize(account, made(account, name), "tcp", (22, 22), broad)
    with calls("ec2") as asked:
        evaluate_security_group(scheduled(SSH), None)
        evaluate_security_group(scheduled(SSH), None)
    assert [operation for operation, _ in asked].count("GetManagedPrefixListEntries") == 1
    with calls("ec2") as asked:
        remediated(account, "remediate_security_group")
    assert [operation for operation, _ in asked].count("GetManagedPrefixListEntries") == 2


def test_a_list_that_harms_nobody_is_never_read(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (443, 443), prefix_list(account, "0.0.0.0/0"))
    with calls("ec2") as asked:
        evaluate_security_group(scheduled(SSH), None)
    assert "GetManagedPrefixListEntries" not in {operation for operation, _ in asked}


def test_a_list_that_is_not_shared_any_more_is_left_alone_and_its_neighbour_fixed(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (22, 22), "pl-0123456789abcdef0", "0.0.0.0/0")
    hidden = refusal("InvalidPrefixListID.NotFound")
    with answered("ec2", "GetManagedPrefixListEntries", lambda _: hidden):
        evaluate_security_group(scheduled(SSH), None)
        [outcome] = remediated(account, "remediate_security_group")
    assert words(account, group) == ["tcp 22-22 pl-0123456789abcdef0"]
    assert outcome["status"] == "fixed"
    assert "pl-0123456789abcdef0 is admitted to a prohibited port" in outcome["notes"][0]


def test_a_list_that_may_not_be_read_is_an_error_and_no_verdict_and_stops_no_neighbour(account: Account) -> None:
    group, neighbour = (
        made(account),
        account.ec2.create_security_group(GroupName="next", Description="a test")["GroupId"],
    )
    authorize(account, group, "tcp", (22, 22), prefix_list(account, "0.0.0.0/0"))
    authorize(account, neighbour, "tcp", (22, 22), "0.0.0.0/0")
    denied = refusal("UnauthorizedOperation")
    with (
        answered("ec2", "GetManagedPrefixListEntries", lambda _: denied),
        pytest.raises(NotDone, match=r"pl-\w+ cannot be read"),
    ):
        evaluate_security_group(scheduled(SSH), None)
    assert [each["targetResourceId"] for each in account.bodies(SETTINGS.remediation_queue)] == [neighbour]


def test_a_list_that_the_remediator_may_not_read_changes_nothing_and_is_final_at_once(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (22, 22), prefix_list(account, "0.0.0.0/0"), "0.0.0.0/0")
    before = words(account, group)
    evaluate_security_group(scheduled(SSH), None)
    denied = refusal("UnauthorizedOperation")
    with answered("ec2", "GetManagedPrefixListEntries", lambda _: denied):
        [outcome] = remediated(account, "remediate_security_group")
    assert outcome["status"] == "failed"
    assert words(account, group) == before
    assert account.waiting(SETTINGS.remediation_queue) == 0
