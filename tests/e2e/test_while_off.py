"""With auto-response off, problems are found, told and queued, and nothing is touched."""

import pytest

from tests.e2e.account import function
from tests.e2e.chapter_off import WhileOff
from tests.e2e.planting import LEAKS

pytestmark = pytest.mark.e2e
SEVEN = {
    "notifier",
    "coordinator",
    "evaluate_security_group",
    "evaluate_s3_bucket",
    "remediate_security_group",
    "remediate_s3_bucket",
    "investigator",
}


def test_the_seven_functions_are_there_and_no_schedule_is(while_off: WhileOff) -> None:
    assert set(while_off.functions) == SEVEN
    assert while_off.schedules == []


def test_each_function_has_a_role_of_its_own(while_off: WhileOff) -> None:
    roles = {name: configuration["Role"] for name, configuration in while_off.functions.items()}
    assert {name: role.rpartition("/")[2] for name, role in roles.items()} == {name: function(name) for name in SEVEN}


@pytest.mark.parametrize("leak", [*LEAKS, "by hand"])
def test_a_problem_waits_in_the_queue_with_the_calls_that_would_fix_it(while_off: WhileOff, leak: str) -> None:
    planted = while_off.planted
    problem = planted.by_hand if leak == "by hand" else planted.leaks[leak]
    findings = while_off.waiting[problem.resource_id]
    assert len(findings) >= 3, "found by its change, and again by two judgements on demand"
    for finding in findings:
        assert [f"{step['service']}:{step['action']}" for step in finding["requiredSteps"]] == [problem.change]


def test_nothing_is_touched(while_off: WhileOff) -> None:
    assert while_off.facts == {leak.resource_id: leak.leaking for leak in while_off.planted.all}


def test_the_coordinator_does_nothing_at_all(while_off: WhileOff) -> None:
    assert while_off.calls == []


def test_a_webhook_alone_is_enough_to_be_told(while_off: WhileOff) -> None:
    [post] = while_off.by_webhook
    assert "Alarm: " in post.text
    assert not post.thread


def test_slack_is_told_of_each_problem_once(while_off: WhileOff) -> None:
    told = [text for text in while_off.told if " Non-compliant: " in text]
    expected = {leak.resource_id for leak in while_off.planted.all}
    assert sorted(resource_id for resource_id in expected for text in told if f" {resource_id} " in text) == sorted(
        expected
    )


def test_a_harmless_change_is_compliant_and_queues_nothing(while_off: WhileOff) -> None:
    assert while_off.verdict_of_harmless == "COMPLIANT"
    assert while_off.planted.harmless not in while_off.waiting
    assert not [text for text in while_off.told if while_off.planted.harmless in text]


def test_nothing_but_the_problems_is_queued(while_off: WhileOff) -> None:
    assert set(while_off.waiting) == {leak.resource_id for leak in while_off.planted.all}


def test_a_second_deployment_finds_nothing_to_do(while_off: WhileOff) -> None:
    assert while_off.second_deployment.endswith("Nothing to do: everything is deployed as declared.\n")
    assert while_off.touched_by_it == []
