"""Prefix lists from AWS Config's event, or a scheduled run, to the live group."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import NotDone
from chalicelib.exemptions.exemptions import Exemption
from chalicelib.exemptions.scopes import PortScope
from chalicelib.exemptions.store import Exemptions
from chalicelib.exposure.ports import PortRange
from chalicelib.wiring import HUB
from tests.answers import answered, calls, refusal
from tests.handlers.pipeline import evaluate_security_group
from tests.peer_defects.verdicts import verdicts

from .conftest import ACCOUNT, REGION, SETTINGS, Account
from .events import change, group_change, scheduled
from .groups import authorize, made, prefix_list, words
from .pipeline import carried_out, dispatched, remediated

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


def test_a_prefix_list_of_aws_is_read_like_any_other(account: Account) -> None:
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


def test_a_harmless_prefix_list_is_never_read(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (443, 443), prefix_list(account, "0.0.0.0/0"))
    with calls("ec2") as asked:
        evaluate_security_group(scheduled(SSH), None)
    assert "GetManagedPrefixListEntries" not in {operation for operation, _ in asked}


@pytest.mark.parametrize("code", ["InvalidPrefixListID.NotFound", "UnauthorizedOperation"])
def test_beside_a_list_that_cannot_be_read_the_range_alone_is_revoked(code: str, account: Account) -> None:
    group, hidden = made(account), prefix_list(account, "0.0.0.0/0")
    authorize(account, group, "tcp", (22, 22), hidden, "0.0.0.0/0")
    with answered("ec2", "GetManagedPrefixListEntries", lambda _: refusal(code)):
        evaluate_security_group(scheduled(SSH), None)
        event = dispatched(account, "remediate_security_group")
        [finding] = [json.loads(record["body"])["messageBody"] for record in event["Records"]]
        [outcome] = carried_out(account, "remediate_security_group", event)
    assert [each["violationDetails"]["reason"] for each in finding["violations"]] == [
        "tcp 22 (port 22 SSH) is open to 0.0.0.0/0"
    ]
    [step] = finding["requiredSteps"]
    [permission] = step["parameters"]["IpPermissions"]
    assert permission["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    assert "PrefixListIds" not in permission
    assert hidden in finding["notes"][0]
    assert words(account, group) == [f"tcp 22-22 {hidden}"]
    assert outcome["status"] == "partially_fixed"
    presumed = f"presumed: tcp 22 (port 22 SSH) is open to the internet by {hidden}, whose entries could not be read"
    assert outcome["left"] == [presumed]


@pytest.mark.parametrize("code", ["InvalidPrefixListID.NotFound", "UnauthorizedOperation"])
def test_a_list_that_cannot_be_read_is_presumed_to_admit_the_internet_and_left_to_people(
    code: str, account: Account
) -> None:
    group, hidden = made(account), prefix_list(account, "10.0.0.0/8")
    authorize(account, group, "tcp", (22, 22), hidden)
    event = group_change(described(account, group), SSH)
    with answered("ec2", "GetManagedPrefixListEntries", lambda _: refusal(code)):
        assert verdicts(evaluate_security_group, event) == {group: "NON_COMPLIANT"}
        [finding] = [json.loads(each["Body"]) for each in account.messages(SETTINGS.remediation_queue)]
        account.send(SETTINGS.remediation_queue, json.dumps(finding))
        [outcome] = remediated(account, "remediate_security_group")
    assert finding["requiredSteps"] == []
    assert finding["violations"][0]["violationDetails"]["presumed"] is True
    assert words(account, group) == [f"tcp 22-22 {hidden}"]
    assert outcome["status"] == "failed"
    assert hidden in outcome["reason"]


def test_a_list_that_cannot_be_read_hides_no_readable_list_beside_it(account: Account) -> None:
    group, hidden, broad = made(account), prefix_list(account, "10.0.0.0/8"), prefix_list(account, "0.0.0.0/0")
    authorize(account, group, "tcp", (22, 22), hidden, broad)

    def denied(request: Any) -> Any:
        return refusal("UnauthorizedOperation") if hidden in str(request["body"]) else None

    with answered("ec2", "GetManagedPrefixListEntries", denied):
        evaluate_security_group(scheduled(SSH), None)
        [outcome] = remediated(account, "remediate_security_group")
    assert words(account, group) == [f"tcp 22-22 {hidden}"]
    assert outcome["status"] == "partially_fixed"


def test_a_list_that_is_throttled_is_no_verdict_but_the_range_beside_it_is_one(account: Account) -> None:
    group, both = account.group("list-alone"), account.group("list-and-range")
    some = prefix_list(account, "0.0.0.0/0")
    authorize(account, group, "tcp", (22, 22), some)
    authorize(account, both, "tcp", (22, 22), some, "0.0.0.0/0")
    for each, expected in ((group, {}), (both, {both: "NON_COMPLIANT"})):
        with (
            answered("ec2", "GetManagedPrefixListEntries", lambda _: refusal("RequestLimitExceeded")),
            calls("config", account_id=HUB) as made_calls,
            pytest.raises(NotDone, match=some),
        ):
            evaluate_security_group(group_change(described(account, each), SSH), None)
        told = [one for name, put in made_calls if name == "PutEvaluations" for one in put["Evaluations"]]
        assert {one["ComplianceResourceId"]: one["ComplianceType"] for one in told} == expected


def test_a_list_that_is_exempt_by_its_id_is_not_presumed_to_offend(account: Account) -> None:
    account.create_tables()
    group, hidden = made(account), prefix_list(account, "10.0.0.0/8")
    authorize(account, group, "tcp", (22, 22), hidden)
    scope = PortScope("tcp", PortRange(22, 22), hidden)
    now = datetime.now(UTC)
    key = f"{ACCOUNT}/{REGION}/AWS::EC2::SecurityGroup/{group}"
    exemption = Exemption(key, "EC2_SG_PROHIBITED_PORT", scope, "alice", "OPS-7", now, now + timedelta(days=7))
    Exemptions(account.dynamodb, SETTINGS.trust_table).put(exemption)
    event = group_change(described(account, group), SSH)
    with answered("ec2", "GetManagedPrefixListEntries", lambda _: refusal("UnauthorizedOperation")):
        assert verdicts(evaluate_security_group, event) == {group: "COMPLIANT"}


@pytest.mark.parametrize("configuration", [None, "", "{", {}, {"ipPermissions": None}, {"ipPermissions": [{}]}])
def test_an_item_without_rules_is_no_proof_that_there_are_none(configuration: Any, account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (22, 22), "0.0.0.0/0")
    if isinstance(configuration, dict):
        configuration = {"groupId": group, "groupName": "g", **configuration}
    item = change("AWS::EC2::SecurityGroup", group, SSH, configuration=configuration)
    assert verdicts(evaluate_security_group, item) == {group: "NON_COMPLIANT"}


def test_an_item_whose_rule_has_no_source_is_no_proof_that_it_admits_nobody(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (22, 22), "0.0.0.0/0")
    rule = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
    configuration = {"groupId": group, "groupName": "g", "ipPermissions": [rule]}
    item = change("AWS::EC2::SecurityGroup", group, SSH, configuration=configuration)
    assert verdicts(evaluate_security_group, item) == {group: "NON_COMPLIANT"}


def test_an_item_without_rules_of_a_group_that_is_gone_is_not_applicable(account: Account) -> None:
    item = change("AWS::EC2::SecurityGroup", "sg-0123456789abcdef0", SSH, configuration=None)
    assert verdicts(evaluate_security_group, item) == {"sg-0123456789abcdef0": "NOT_APPLICABLE"}


def test_a_finding_about_a_group_that_is_gone_ends_as_gone(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (22, 22), "0.0.0.0/0")
    evaluate_security_group(group_change(described(account, group), SSH), None)
    account.ec2.delete_security_group(GroupId=group)
    [outcome] = remediated(account, "remediate_security_group")
    assert outcome["status"] == "gone"
    assert (outcome["removed"], outcome["left"]) == ([], [])
    assert account.waiting(SETTINGS.remediation_queue) == 0
