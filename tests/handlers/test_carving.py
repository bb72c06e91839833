"""Carving live groups: the harmless rules are added, then the entry is revoked; AWS or people may interfere."""

from collections.abc import Mapping
from typing import Any

import pytest

import app
from tests.answers import answered, calls, refusal
from tests.handlers.pipeline import evaluate_security_group

from .conftest import SETTINGS, Account
from .events import TICK, scheduled
from .groups import ANYONE, authorize, made, revoke, rules, words
from .intruder import once
from .pipeline import remediated

SSH = {"prohibitedPorts": "22", "portRange": "carve"}
ALL = {**SSH, "carveAllTraffic": "true"}


def carved(account: Account, parameters: Mapping[str, str] = SSH) -> dict[str, Any]:
    """Evaluate, coordinate and remediate; the outcome."""
    evaluate_security_group(scheduled(parameters), None)
    [outcome] = remediated(account, "remediate_security_group")
    return outcome


def test_a_range_is_carved_and_keeps_description_and_tags(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (20, 30), ANYONE, tags={"team": "a"})
    authorize(account, group, "tcp", (443, 443), ANYONE)
    outcome = carved(account)
    assert words(account, group) == ["tcp 20-21 0.0.0.0/0", "tcp 23-30 0.0.0.0/0", "tcp 443-443 0.0.0.0/0"]
    tags = {rule["FromPort"]: (rule["Description"], rule["Tags"]) for rule in rules(account, group)}
    assert tags[20] == tags[23] == ("why", [{"Key": "team", "Value": "a"}])
    assert outcome["status"] == "fixed"
    assert outcome["removed"] == ['tcp 20-30 from 0.0.0.0/0 "why"']
    assert outcome["added"] == ['tcp 20-21 from 0.0.0.0/0 "why"', 'tcp 23-30 from 0.0.0.0/0 "why"']


def test_all_traffic_is_carved_with_leave_and_the_outcome_names_what_is_lost(account: Account) -> None:
    group = made(account)
    authorize(account, group, "-1", (-1, -1), "::/0")
    outcome = carved(account, ALL)
    assert words(account, group) == [
        "icmpv6 -1--1 ::/0",
        "tcp 0-21 ::/0",
        "tcp 23-65535 ::/0",
        "udp 0-21 ::/0",
        "udp 23-65535 ::/0",
    ]
    assert outcome["status"] == "fixed"
    assert "GRE, ESP, AH" in outcome["notes"][0]


def test_all_traffic_is_revoked_as_a_whole_unless_carving_it_is_allowed_and_the_outcome_says_what_went_with_it(
    account: Account,
) -> None:
    group = made(account)
    authorize(account, group, "-1", (-1, -1), ANYONE)
    authorize(account, group, "tcp", (443, 443), ANYONE)
    evaluate_security_group(scheduled(SSH), None)
    [message] = account.bodies(SETTINGS.remediation_queue)
    outcome = carved(account)
    assert words(account, group) == ["tcp 443-443 0.0.0.0/0"]
    assert outcome["status"] == "fixed"
    lost = "tcp 0-21, 23-442, 444-65535; udp 0-21, 23-65535; ICMP; all other protocols"
    assert lost in message["notes"][0]
    assert lost in outcome["notes"][0]
    assert "carveAllTraffic" in outcome["notes"][1]


def test_an_entry_that_is_revoked_as_a_whole_by_setting_names_its_harmless_ports_in_message_and_outcome(
    account: Account,
) -> None:
    group = made(account)
    authorize(account, group, "tcp", (20, 8080), ANYONE)
    whole = {**SSH, "portRange": "revoke"}
    evaluate_security_group(scheduled(whole), None)
    [message] = account.bodies(SETTINGS.remediation_queue)
    outcome = carved(account, whole)
    assert words(account, group) == []
    assert message["notes"] == outcome["notes"][:1]
    assert "Harmless traffic that is closed with it: tcp 20-21, 23-8080." in outcome["notes"][0]


def test_without_parameters_a_range_is_carved(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (20, 30), ANYONE)
    carved(account, {})
    assert words(account, group) == ["tcp 20-21 0.0.0.0/0", "tcp 23-30 0.0.0.0/0"]


def test_the_internet_in_pieces_is_closed_and_what_is_harmless_stays(account: Account) -> None:
    group = made(account)
    eights = [f"{first}.0.0.0/8" for first in range(13, 63, 2)]
    authorize(account, group, "tcp", (22, 22), *eights, "10.0.0.0/8", "8.8.8.8/32")
    authorize(account, group, "tcp", (443, 443), *eights[:5])
    outcome = carved(account)
    assert outcome["status"] == "fixed"
    left = ["tcp 22-22 10.0.0.0/8", "tcp 22-22 8.8.8.8/32", *(f"tcp 443-443 {each}" for each in eights[:5])]
    assert sorted(words(account, group)) == sorted(left)


def test_over_the_quota_nothing_changes(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (443, 443), *(f"203.0.113.{number}/32" for number in range(58)))
    authorize(account, group, "tcp", (20, 30), ANYONE)
    before = words(account, group)
    outcome = carved(account)
    assert words(account, group) == before
    assert outcome["status"] == "failed"
    assert "61 inbound rules for IPv4, where 60 are allowed" in outcome["reason"]


def test_a_raised_quota_counts(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (443, 443), *(f"203.0.113.{number}/32" for number in range(57)))
    authorize(account, group, "tcp", (20, 30), ANYONE)
    with answered("service-quotas", "GetServiceQuota", lambda _: {"Quota": {"Value": 59.0}}):
        assert carved(account)["status"] == "failed"


def test_the_default_quota_counts_where_the_account_has_none_of_its_own(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (20, 30), ANYONE)
    with (
        answered("service-quotas", "GetServiceQuota", lambda _: refusal("NoSuchResourceException")),
        answered("service-quotas", "GetAWSDefaultServiceQuota", lambda _: {"Quota": {"Value": 2.0}}),
    ):
        assert "where 2 are allowed" in carved(account)["reason"]


@pytest.mark.parametrize(
    ("service", "operation"), [("service-quotas", "GetServiceQuota"), ("ec2", "DescribeSecurityGroupRules")]
)
def test_where_quota_or_tags_may_not_be_read_nothing_changes_and_it_is_final_at_once(
    account: Account, service: str, operation: str
) -> None:
    group = made(account)
    authorize(account, group, "tcp", (20, 30), ANYONE)
    with answered(service, operation, lambda _: refusal("AccessDeniedException")):
        outcome = carved(account)
    assert outcome["status"] == "failed"
    assert "permissions boundary" in outcome["nextStep"]
    assert words(account, group) == ["tcp 20-30 0.0.0.0/0"]
    assert account.waiting(SETTINGS.remediation_queue) == 0


def test_where_nothing_is_put_back_neither_quota_nor_tags_are_asked_for(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (22, 22), ANYONE)
    with calls("ec2", "service-quotas") as asked:
        assert carved(account)["status"] == "fixed"
    assert {operation for operation, _ in asked} == {"DescribeSecurityGroups", "RevokeSecurityGroupIngress"}


def test_a_quota_that_was_used_up_meanwhile_is_told_and_nothing_is_revoked(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (20, 30), ANYONE)
    code = "RulesPerSecurityGroupLimitExceeded"
    with answered("ec2", "AuthorizeSecurityGroupIngress", lambda _: refusal(code)):
        outcome = carved(account)
    assert words(account, group) == ["tcp 20-30 0.0.0.0/0"]
    assert (outcome["status"], code in outcome["reason"]) == ("failed", True)
    assert "L-0EA8095F" in outcome["nextStep"]


def test_a_remainder_that_somebody_makes_meanwhile_is_not_made_twice(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (20, 30), ANYONE)
    with once(
        "before-call.ec2.AuthorizeSecurityGroupIngress", lambda: authorize(account, group, "tcp", (20, 21), ANYONE)
    ):
        assert carved(account)["status"] == "fixed"
    assert words(account, group) == ["tcp 20-21 0.0.0.0/0", "tcp 23-30 0.0.0.0/0"]


def test_a_rule_that_somebody_revokes_meanwhile_is_not_granted_again(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (20, 30), ANYONE)
    with once("before-call.ec2.RevokeSecurityGroupIngress", lambda: revoke(account, group, "tcp", (20, 30))):
        outcome = carved(account)
    assert words(account, group) == []
    assert outcome["status"] == "superseded"
    assert (outcome["removed"], outcome["added"]) == ([], [])
    assert len(outcome["notes"]) == 2
    assert account.waiting(SETTINGS.remediation_queue) == 0


def test_what_is_left_after_somebody_interfered_is_carved_by_the_next_delivery(account: Account) -> None:
    group = made(account)
    authorize(account, group, "tcp", (20, 30), ANYONE, "::/0")
    evaluate_security_group(scheduled(SSH), None)
    app.coordinator(TICK, None)
    work = account.work("remediate_security_group")
    with (
        once("before-call.ec2.RevokeSecurityGroupIngress", lambda: revoke(account, group, "tcp", (20, 30))),
        pytest.raises(ExceptionGroup),
    ):
        app.remediate_security_group(work, None)
    assert words(account, group) == ["tcp 20-30 ::/0"]
    app.remediate_security_group(work, None)
    assert words(account, group) == ["tcp 20-21 ::/0", "tcp 23-30 ::/0"]
    assert account.notifications()[-1]["status"] == "fixed"


def test_what_ec2_revokes_beyond_the_plan_is_put_back_at_once_and_told(account: Account) -> None:
    """If moto does not return the revoked rules, EC2's response by the service model."""
    account.create_tables()
    group = made(account)
    authorize(account, group, "tcp", (20, 30), ANYONE)
    authorize(account, group, "tcp", (443, 443), ANYONE, tags={"team": "a"})

    def too_much(request: Mapping[str, Any]) -> dict[str, Any]:
        for ports in ((20, 30), (443, 443)):
            revoke(account, group, "tcp", ports)
        revoked = [
            {
                "GroupId": group,
                "IsEgress": False,
                "IpProtocol": "tcp",
                "FromPort": low,
                "ToPort": high,
                "CidrIpv4": ANYONE,
            }
            for low, high in ((20, 30), (443, 443))
        ]
        return {"Return": True, "RevokedSecurityGroupRules": revoked}

    with answered("ec2", "RevokeSecurityGroupIngress", too_much):
        outcome = carved(account)
    assert words(account, group) == ["tcp 20-21 0.0.0.0/0", "tcp 23-30 0.0.0.0/0", "tcp 443-443 0.0.0.0/0"]
    [web] = [rule for rule in rules(account, group) if rule["FromPort"] == 443]
    assert (web["Description"], web["Tags"]) == ("why", [{"Key": "team", "Value": "a"}])
    assert outcome["status"] == "fixed"
    assert outcome["notes"] == [
        'EC2 also revoked tcp 443 from 0.0.0.0/0 "why", which was not planned. It was restored.'
    ]
