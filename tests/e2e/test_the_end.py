"""Auto-response off again, a permission too few, and everything taken away."""

import pytest

from sandbox.demo.deployment import CHANNEL_PARAMETER, TOKEN_PARAMETER, WEBHOOK_PARAMETER
from sandbox.environment import ACCOUNT_ID, REGION
from sandbox.project import STAGE
from tests.e2e.chapter_burst import Burst
from tests.e2e.chapter_decisions import Decisions
from tests.e2e.chapter_end import Destroyed, Forbidden, Inventory, OffAgain
from tests.e2e.chapter_modes import Modes
from tests.e2e.chapter_off import WhileOff
from tests.e2e.chapter_otherwise import Otherwise
from tests.e2e.chapter_trouble import Trouble
from tests.e2e.chapter_who import ROLE

pytestmark = pytest.mark.e2e


def test_the_schedule_is_gone_and_the_function_is_not(off_again: OffAgain) -> None:
    assert off_again.schedules == []
    assert "coordinator" in off_again.functions


def test_a_new_problem_stays_in_the_queue_and_in_the_account(off_again: OffAgain) -> None:
    assert off_again.waiting
    assert off_again.facts == off_again.late.leaking


def test_an_event_of_the_schedule_that_is_gone_is_not_acted_upon(off_again: OffAgain) -> None:
    assert off_again.failure == ""
    assert [action for action in off_again.coordinated if not action.startswith("logs:")] == []


def test_without_its_permission_a_remediator_changes_nothing_and_says_so(forbidden: Forbidden) -> None:
    assert forbidden.facts == forbidden.leak.leaking
    [told] = forbidden.told
    assert "not authorized" in told
    [letter] = forbidden.kept
    assert "UnauthorizedOperation" in letter.reason


@pytest.fixture
def theirs(
    while_off: WhileOff, otherwise: Otherwise, trouble: Trouble, decisions: Decisions, burst: Burst, modes: Modes
) -> Inventory:
    """What the story's people have made since the account was empty, of the kinds that a deployment makes."""
    before = (*while_off.planted.all, otherwise.bucket, trouble.healed_meanwhile)
    leaks = (*before, *decisions.exempt, *burst.opened, *modes.all)
    buckets = {("list_buckets", leak.resource_id) for leak in leaks if leak.resource_type == "AWS::S3::Bucket"}
    parameters = (WEBHOOK_PARAMETER, TOKEN_PARAMETER, CHANNEL_PARAMETER)
    return {*(("describe_parameters", name) for name in parameters), *buckets, ("list_roles", ROLE)}


def test_destroy_leaves_what_is_not_ours_and_the_history(destroyed: Destroyed, theirs: Inventory) -> None:
    history = ("list_buckets", f"dd-aws-{STAGE}-config-history-{ACCOUNT_ID}-{REGION}")
    assert destroyed.left == {history, *theirs}


def test_destroy_takes_the_history_too_on_demand(destroyed: Destroyed, theirs: Inventory) -> None:
    assert destroyed.left_in_the_end == theirs
