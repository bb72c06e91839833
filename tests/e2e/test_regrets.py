"""Fixes can be taken back, exemptions end, and what another tool opens again is closed each time."""

import pytest

from sandbox.environment import ACCOUNT_ID
from tests.e2e.account import telling
from tests.e2e.chapter_end import OffAgain
from tests.e2e.chapter_regrets import Regrets
from tests.e2e.fighting import FIXES, TERRAFORM, USER_AGENT
from tests.e2e.permissions import grants_of, needless, uses_by
from tests.e2e.undoing import OPERATOR, documented_statements

pytestmark = pytest.mark.e2e


def test_an_undo_puts_back_what_the_fix_took(regrets: Regrets) -> None:
    for undone in regrets.undone:
        assert undone.before == undone.leak.fixed, undone.printed
        assert undone.after == undone.leak.leaking, undone.printed


def test_what_was_undone_is_exempt_and_so_the_next_evaluation_leaves_it(regrets: Regrets) -> None:
    for undone in regrets.undone:
        resource_id = undone.leak.resource_id
        assert regrets.results[resource_id]["ComplianceType"] == "COMPLIANT"
        assert "OPS-9 (bob)" in regrets.results[resource_id]["Annotation"]
        assert regrets.facts[resource_id] == undone.leak.leaking


def test_people_are_told_of_an_undo_once(regrets: Regrets) -> None:
    for undone in regrets.undone:
        assert len(telling(regrets.told, "Undone", undone.leak.resource_id)) == 1


def test_what_somebody_has_changed_since_the_fix_is_explained_and_left_as_it_is(regrets: Regrets) -> None:
    [bucket] = regrets.drifted
    assert "the policy has changed since the fix" in bucket.printed
    for drifted in regrets.drifted:
        assert drifted.failed
        assert "Nothing was changed" in drifted.printed
        assert drifted.after == drifted.before
        assert not telling(regrets.told, "Undone", drifted.leak.resource_id)


def test_to_undo_takes_just_the_permissions_that_the_manual_names(off_again: OffAgain) -> None:
    assert needless(grants_of(documented_statements()), uses_by(OPERATOR, off_again.calls)) == []


def test_what_is_exempt_no_more_is_found_told_and_fixed(regrets: Regrets) -> None:
    assert {leak.resource_type for leak in regrets.ended} == {"AWS::EC2::SecurityGroup", "AWS::S3::Bucket"}
    for leak in regrets.ended:
        assert len(telling(regrets.told, "Exemption ended", leak.resource_id)) == 1
        assert len(telling(regrets.told, "Fixed", leak.resource_id)) == 1
        assert regrets.facts[leak.resource_id] == leak.fixed


def test_what_a_tool_opens_again_after_the_third_fix_is_told_once_and_closed_each_time(regrets: Regrets) -> None:
    fight = regrets.fight
    assert fight.fixed == FIXES + 1
    assert len(fight.told) == 1
    assert fight.left == fight.group.fixed


def test_people_are_told_who_fights_and_with_what(who_fights: list[str]) -> None:
    for told in who_fights:
        assert f"arn:aws:iam::{ACCOUNT_ID}:user/{TERRAFORM}` from 127.0.0.1 by {USER_AGENT}" in told


def test_the_alarm_hears_of_a_fight(regrets: Regrets) -> None:
    assert regrets.fight.alarming


def test_a_resource_that_was_flapping_stays_closed_and_can_be_resumed(regrets: Regrets) -> None:
    group = regrets.fight.group
    assert regrets.facts[group.resource_id] == group.fixed
    assert any(" Resumed: " in text and group.resource_id in text for text in regrets.told)
