"""The caller who opened a violation, among all who changed the resource."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import BadInput
from chalicelib.findings import Violation
from chalicelib.investigation.actors import answer
from tests.trust.trail import (
    ANN,
    ROOT,
    SERVICE,
    SSH_OPEN,
    entry,
    event,
    ingress,
    inquiry,
    modified,
    read,
    rule,
    session,
)

OWN = frozenset({"dd-aws-dev-remediate_security_group"})
OURS = session("dd-aws-dev-remediate_security_group", "remediate_security_group")
RDP = Violation(
    SSH_OPEN.violation_type,
    {**SSH_OPEN.violation_details, "reason": "tcp 3389 is open to 0.0.0.0/0", "fromPort": 3389, "toPort": 3389},
)
OPEN_RDP = entry("tcp", 3389, 3389, "0.0.0.0/0")


def made(*rule_ids: str) -> dict[str, Any]:
    """SSH from everywhere, with the rules' IDs."""
    items = [{"securityGroupRuleId": each, "isEgress": False} for each in rule_ids]
    return ingress("Authorize", 5, responseElements={"securityGroupRuleSet": {"items": items}})


def found(*raws: dict[str, Any], about: Any = None) -> tuple[str, tuple[str, ...]]:
    """The ID of the event that was found, and the violations that it opened."""
    told = answer(about or inquiry(), map(read, raws), OWN)
    return (told.event.event_id if told.event else ""), told.opened


def test_whoever_opened_just_that_is_told_before_whoever_came_later() -> None:
    later = ingress("Authorize", 11, entry("tcp", 443, 443, "0.0.0.0/0"))
    assert found(ingress("Authorize", 10), later) == ("AuthorizeSecurityGroupIngress-10", (SSH_OPEN.reason,))


def test_whoever_may_have_found_it_open_is_told_as_the_last_change_alone() -> None:
    """A modified rule may only have a new description; the entries of a prefix list may be from others."""
    name, opened = found(ingress("Authorize", 5), modified(rule(), 10))
    assert (name, opened) == ("ModifySecurityGroupRules-10", ())
    by_list = replace(SSH_OPEN, violation_details={**SSH_OPEN.violation_details, "prefixListIds": ["pl-1"]})
    assert found(ingress("Authorize", 5), about=inquiry(by_list)) == ("AuthorizeSecurityGroupIngress-5", ())


def test_nobody_is_certain_to_have_opened_what_somebody_may_have_closed_by_modifying_its_rule() -> None:
    """A modification has only the new values; CloudTrail may not have the later opening yet."""
    narrowed = modified(rule("10.0.0.0/8"), 7)
    for opened in (ingress("Authorize", 5), made("sgr-0d28445c956a5d8ac"), made("sgr-0d28445c956a5d8ac", "sgr-2")):
        assert found(opened, narrowed) == (narrowed["eventID"], ())
    assert found(ingress("Authorize", 7), narrowed)[1] == (), "CloudTrail counts whole seconds"
    unnamed = modified([rule("10.0.0.0/8"), {"SecurityGroupRule": {}}], 7)
    assert found(made("sgr-other"), unnamed) == (unnamed["eventID"], ())


def test_whoever_made_another_rule_than_the_one_that_was_modified_is_certain() -> None:
    opened = made("sgr-other")
    assert found(opened, modified(rule("10.0.0.0/8"), 7)) == (opened["eventID"], (SSH_OPEN.reason,))


def test_whoever_opened_it_after_the_modification_is_certain() -> None:
    again = ingress("Authorize", 8)
    told = found(ingress("Authorize", 5), modified(rule("10.0.0.0/8"), 7), again)
    assert told == (again["eventID"], (SSH_OPEN.reason,))


def test_of_two_who_opened_it_the_later_is_told() -> None:
    assert found(ingress("Authorize", 9), ingress("Authorize", 10))[0] == "AuthorizeSecurityGroupIngress-10"


def test_without_such_a_call_the_last_that_may_have_is_told_as_that() -> None:
    near = ingress("Authorize", 9, entry("tcp", 443, 443, "0.0.0.0/0"))
    assert found(event("CreateSecurityGroup", {}, 5), near) == ("AuthorizeSecurityGroupIngress-9", ())


@pytest.mark.parametrize(
    "raw",
    [
        ingress("Authorize", 10, errorCode="Client.UnauthorizedOperation", errorMessage="You are not authorized"),
        ingress("Authorize", 10, readOnly=True),
        ingress("Authorize", 21),
        ingress("Authorize", 10, userIdentity=OURS),
        event("DescribeSecurityGroups", {"securityGroupIdSet": {}}),
        ingress("Revoke", 10),
    ],
)
def test_nobody_is_told_for_what_failed_read_came_later_is_ours_or_opens_nothing(raw: dict[str, Any]) -> None:
    assert found(raw) == ("", ())


def test_whoever_opened_it_before_our_last_fix_is_not_told_for_who_did_it_again() -> None:
    """CloudTrail may have the first opening and our fix, but not yet the second opening."""
    first, fixed = ingress("Authorize", 5), ingress("Revoke", 7, userIdentity=OURS)
    assert found(first, fixed) == ("", ())
    again = ingress("Authorize", 11)
    assert found(first, fixed, again)[0] == again["eventID"]


def test_our_fix_of_what_is_asked_about_hides_nobody() -> None:
    assert found(ingress("Authorize", 10), ingress("Revoke", 13, userIdentity=OURS))[0].endswith("-10")


def test_what_was_opened_after_our_fix_of_it_is_not_what_was_found() -> None:
    fixed, again = ingress("Revoke", 13, userIdentity=OURS), ingress("Authorize", 14)
    assert found(ingress("Authorize", 10), fixed, again)[0].endswith("-10")
    assert found(fixed, again) == ("", ())


def test_nor_does_our_fix_within_the_second_of_the_detection_since_cloudtrail_counts_whole_seconds() -> None:
    about = replace(inquiry(), detected_at="2026-11-05T03:12:00.700Z")
    fixed = ingress("Revoke", 12, userIdentity=OURS)
    assert found(ingress("Authorize", 10), fixed, about=about)[0].endswith("-10")


def test_what_somebody_closed_in_between_is_not_told_either() -> None:
    assert found(ingress("Authorize", 5), ingress("Revoke", 7)) == ("", ())


def test_a_role_of_our_name_in_another_account_or_stage_is_not_ours() -> None:
    abroad = session("dd-aws-dev-remediate_security_group", account="210987654321")
    other = session("dd-aws-prod-remediate_security_group")
    for identity in (abroad, other):
        assert found(ingress("Authorize", 10, userIdentity=identity))[1]


def test_whoever_opened_most_of_it_is_told_with_what_that_was() -> None:
    both = ingress("Authorize", 8, entry("tcp", 22, 22, "0.0.0.0/0"), OPEN_RDP)
    assert found(both, about=inquiry(SSH_OPEN, RDP))[1] == (SSH_OPEN.reason, RDP.reason)
    one = ingress("Authorize", 10, OPEN_RDP)
    assert found(ingress("Authorize", 8), one, about=inquiry(SSH_OPEN, RDP)) == (one["eventID"], (RDP.reason,))


def test_what_was_opened_after_the_first_detection_counts_since_findings_are_folded() -> None:
    about = replace(inquiry(), detected_at="2026-11-05T03:01:00Z")
    assert found(ingress("Authorize", 10), about=about)[1]


@pytest.mark.parametrize(
    ("identity", "who", "described"),
    [
        (ANN, "arn:aws:iam::123456789012:user/ann", "IAM user ann"),
        (ROOT, "arn:aws:iam::123456789012:root", "the account's root user"),
        (SERVICE, "autoscaling.amazonaws.com", "an AWS service"),
        (
            session("path/deploy", "run-42"),
            "arn:aws:sts::123456789012:assumed-role/deploy/run-42",
            "session run-42 of role arn:aws:iam::123456789012:role/path/deploy",
        ),
        (
            {**ANN, "invokedBy": "cloudformation.amazonaws.com"},
            "arn:aws:iam::123456789012:user/ann",
            "IAM user ann, through cloudformation.amazonaws.com",
        ),
        ({"type": "AWSAccount", "accountId": "210987654321"}, "210987654321", "AWSAccount"),
        ({}, "unknown", "unknown"),
    ],
)
def test_each_kind_of_caller_has_its_words(identity: dict[str, Any], who: str, described: str) -> None:
    caller = read(ingress("Authorize", 10, userIdentity=identity))
    assert (caller.who, caller.described) == (who, described)


@pytest.mark.parametrize("key", ["eventID", "eventName", "eventSource", "eventTime"])
def test_an_event_without_what_makes_it_one_is_refused_by_name(key: str) -> None:
    with pytest.raises(BadInput, match=f"event.{key}"):
        read({**ingress("Authorize", 10), key: None})
